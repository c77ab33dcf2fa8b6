"""`selaras demo`: a fictional company with people, closed rounds and an open one, served."""

import asyncio
import csv
import io
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated

import typer
from sqlmodel import Session, col, select

from app.access import accounts, sign_in
from app.access.models import Account
from app.actions import register
from app.audit import log
from app.audit.demonstration import FILLED
from app.audit.models import AuditEntry
from app.campaigns import audience, rounds
from app.campaigns.invitations import link_token
from app.campaigns.models import Invitation
from app.campaigns.rounds import RoundPlan
from app.cli import demo_story as story
from app.cli.demo_story import Chapter
from app.cli.output import Failed, say
from app.cli.serving import Host, Port, at_address, bound, run
from app.indicators import registry
from app.kit import clock, jobs, migration, settings
from app.kit.clock import now
from app.kit.database import Database
from app.kit.runtime import Runtime
from app.kit.settings import SMALLEST_GROUP, Settings
from app.people import importing
from app.people import plan as planning
from app.people.models import Employee
from app.people.tree import Tree
from app.responses import submission
from app.responses.submission import Submission, Submissions
from app.results import release
from app.results.closing import READY
from app.surveys import library
from app.surveys.coding import Layout
from app.surveys.definition import Survey

ACTOR = "demo"
SEED = 20261
# When the company of the demo began to use Selaras, and how long each of its rounds was open.
BEGINNING, LASTS = timedelta(days=300), timedelta(days=10)
HR, MANAGER, SMALL = (
    "aminah@contoh.example",
    "badrul@contoh.example",
    "chong@contoh.example",
)
# Departments, and how many people are in each.
COMPANY = {
    "Commercial/Sales/Key Accounts": 14,
    "Commercial/Sales/Retail": 23,
    "Commercial/Sales/Online": 15,
    "Commercial/Marketing/Brand": 15,
    "Commercial/Marketing/Campaigns": 19,
    "Commercial/Customer Service": 28,
    "Operations/Warehouse": 33,
    "Operations/Logistics": 25,
    "Operations/Procurement": 11,
    "Finance": 14,
    "People": 8,
    "Technology/Platform": 19,
    "Technology/Data": 13,
    "Legal": 3,
}
PLACES = ("Kuala Lumpur", "Shah Alam")
FIRST = (
    *("Aisyah", "Hafiz", "Mei Ling", "Kavitha", "Farid", "Siti", "Wei Jie", "Priya", "Nurul"),
    *("Azlan", "Chun Hao", "Lakshmi", "Izzat", "Sook Yee", "Ganesh", "Rosnah", "Daniel", "Anis"),
)
LAST = ("Rahman", "Tan", "Muthu", "Ismail", "Lim", "Abdullah", "Wong", "Nair", "Yusof", "Lee")


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Only fill the database.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Delete the demo database.")] = False,
) -> None:
    """Fill an empty database with a fictional company, and serve it.

    Example: selaras demo --port 8000
    """
    loaded = at_address(_with_mail(settings.load()), host, port)
    if remove:
        _remove(loaded)
        return
    if no_serve:
        _ready(loaded).close()
        return
    with bound(host, port) as listening:
        run(_ready(loaded), listening, work=True)


def _ready(loaded: Settings) -> Runtime:
    """The filled database, and where to look said."""
    runtime = Runtime.start(loaded)
    try:
        migration.upgrade(runtime.database)
        if not _is_demo(runtime.database):
            _fill(runtime)
        _say_where(runtime)
    except BaseException:
        runtime.close()
        raise
    return runtime


def _with_mail(loaded: Settings) -> Settings:
    """Without a mail server, mails of the demo go to files one can look at."""
    if loaded.mail_url:
        return loaded
    folder = (loaded.data_dir / "mail").absolute()
    return loaded.model_copy(update={"mail_url": f"file://{folder}"})


def _is_demo(database: Database) -> bool:
    with database.reading() as session:
        if session.exec(select(AuditEntry).where(AuditEntry.action == FILLED)).first():
            return True
        if session.exec(select(AuditEntry)).first() or session.exec(select(Account)).first():
            raise Failed(
                "this database is in use and not a demo: choose another folder with "
                "SELARAS_DATA_DIR"
            )
    return False


def _remove(loaded: Settings) -> None:
    database = Database(loaded.database)
    migration.upgrade(database)
    demo_only = _is_demo(database)
    database.close()
    if not loaded.embedded or not demo_only:
        raise Failed("only a demo in the embedded database can be removed")
    path = loaded.data_dir / "selaras.db"
    for one in (path, path.with_name("selaras.db-wal"), path.with_name("selaras.db-shm")):
        one.unlink(missing_ok=True)
    for mail in (loaded.data_dir / "mail").glob("*.eml"):
        mail.unlink()
    say("The demo is gone.")


def _fill(runtime: Runtime) -> None:
    say("Filling an empty database with Syarikat Contoh, a fictional company...")
    chance = random.Random(SEED)  # noqa: S311 - made-up answers, the same every time
    with clock.moved(-BEGINNING), runtime.database.writing() as session:
        importing.apply(session, planning.plan(session, _people(chance)))
        accounts.add(session, HR, "hr", [], ACTOR)
        accounts.add(session, MANAGER, "manager", ["Commercial/Marketing"], ACTOR)
        accounts.add(session, SMALL, "manager", ["Legal"], ACTOR)
        log.record(session, ACTOR, FILLED, "demo")
    for chapter in story.CHAPTERS:
        _closed(runtime, chance, chapter)
    _launched(runtime, chance, story.OPEN, story.SIDES, mail=True)
    with runtime.database.writing() as session:
        _figures(session, chance)


def fill_quietly(runtime: Runtime) -> None:
    """The same for somebody who looks around in an installation that may have a mail server."""
    _fill(runtime)
    with runtime.database.writing() as session:
        for row in rounds.listed(session):
            jobs.cancel(session, row.id, [rounds.INVITE, READY, release.RELEASED])


def _people(chance: random.Random) -> bytes:
    """The people file of the company, as HR would upload it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    heads = ["employee_id", "name", "email", "department", "manager_id", "language"]
    writer.writerow([*heads, "location", "start_date"])
    number = 0
    for department, people in COMPANY.items():
        for _ in range(people):
            number += 1
            name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
            language = chance.choice(["ms", "ms", "en"])
            email = f"p{number:03}@contoh.example"
            place, since = PLACES[number % len(PLACES)], f"{2012 + number % 13}-03-01"
            row = [f"{number:04}", name, email, department, "", language]
            writer.writerow([*row, place, since])
    return buffer.getvalue().encode()


def _closed(runtime: Runtime, chance: random.Random, chapter: Chapter) -> None:
    """A round in the past, with its results and what was decided about them."""
    closed = -timedelta(days=chapter.days_ago)
    with clock.moved(closed - LASTS):
        round_id = _launched(runtime, chance, chapter, story.AUDIENCE, mail=False)
    with clock.moved(closed):
        with runtime.database.writing() as session:
            release.release(session, runtime.keyring, runtime.settings.zone, round_id, ACTOR)
            _decided(session, chapter, round_id)
        release.sweep(runtime.database)


def _launched(
    runtime: Runtime,
    chance: random.Random,
    chapter: Chapter,
    departments: Sequence[str],
    *,
    mail: bool,
) -> str:
    survey = library.template(story.SURVEY)
    with runtime.database.writing() as session:
        plan = RoundPlan(
            survey=survey,
            name=chapter.name,
            audience=audience.choose(session, survey, departments, {}),
            closes_at=now() + LASTS,
            min_group=runtime.settings.min_group,
            language=runtime.settings.language,
        )
        row = submission.launch(session, runtime.keyring, plan, ACTOR, SMALLEST_GROUP)
        if not mail:
            # Its invitations would only fill the folder of mails.
            jobs.cancel(session, row.id, [rounds.INVITE])
    _answer(runtime, chance, row.id, survey, chapter)
    return row.id


def _answer(
    runtime: Runtime, chance: random.Random, round_id: str, survey: Survey, chapter: Chapter
) -> None:
    """Bots answer through the same door as people, link by link."""
    submissions = Submissions(runtime.writer, runtime.keyring)
    layout = Layout.of(survey)
    with runtime.database.reading() as session:
        asked = list(_asked(session, runtime, round_id))
    sent = []
    for token, path, side in asked:
        if chance.random() <= chapter.participation:
            answers = story.answers(chance, survey, path, side, chapter.themes)
            key = f"demo-{token[-12:]}"
            sent.append(Submission(token, layout.pack(answers), answers.comments, key))
    asyncio.run(_send(submissions, sent))


def _decided(session: Session, chapter: Chapter, round_id: str) -> None:
    """What the departments decided after that round; what was done was done in time."""
    tree = Tree.read(session)
    for one in story.DECIDED:
        node = tree.find(one.department)
        if one.after == chapter.name and node is not None:
            due_on = (now() + timedelta(days=one.due_in)).date()
            row = register.add(session, one.given(node.id, due_on), one.origin(round_id), ACTOR)
            if one.done:
                row.done_at = now() + timedelta(days=one.due_in)


def _figures(session: Session, chance: random.Random) -> None:
    """A year of business figures, and what was agreed about them."""
    tree = Tree.read(session)
    for key, department, period, value in story.figures(chance, now().date()):
        row = registry.add_preset(session, key, ACTOR)
        row.target, row.service_level = story.AGREED.get(key, (None, None))
        row.source = "CRM"
        node = tree.find(department) if department else None
        registry.put(session, row, node.id if node else registry.COMPANY, period, value, ACTOR)


async def _send(submissions: Submissions, sent: list[Submission]) -> None:
    """All at once: what arrives together shares a commit."""
    await asyncio.gather(*(submissions.submit(one) for one in sent))


def _asked(
    session: Session, runtime: Runtime, round_id: str
) -> Iterator[tuple[str, str, str | None]]:
    row = rounds.get(session, round_id)
    nodes = {node.id: node for node in rounds.tree_of(session, round_id)}
    statement = (
        select(Invitation)
        .join(Employee, col(Employee.id) == col(Invitation.employee_id))
        .where(Invitation.round_id == round_id)
        .order_by(col(Employee.employee_id))
    )
    for one in session.exec(statement):
        node = nodes[one.department_id]
        yield link_token(runtime.keyring, row, one.id), node.path, node.side


def _say_where(runtime: Runtime) -> None:
    """Print where to look; each time with fresh links, since each works once."""
    base = runtime.settings.base_url
    say("")
    say("Sign in by opening one of these links (each works once):")
    for email, what in (
        (HR, "HR, sees everything"),
        (MANAGER, "manager of Marketing"),
        (SMALL, "manager of a team too small for a result of its own"),
    ):
        with runtime.database.writing() as session:
            account = accounts.by_email(session, email)
            if account is not None:
                token = sign_in.new_link(session, account, sign_in.INVITATION_LASTS)
                say(f"  {base}/sign-in/{token}  {what}")
    if runtime.settings.mail_url.startswith("file://"):
        say("Invitations of the open round, one with a personal link for each employee:")
        say(f"  {runtime.settings.mail_url.removeprefix('file://')}/*.eml")
    say("")
