"""`selaras demo`: a fictional company with people, a released round and an open one, served."""

import asyncio
import csv
import io
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

import typer
from sqlmodel import Session, col, select

from app.access import accounts, sign_in
from app.access.models import Account
from app.audit import log
from app.audit.demonstration import FILLED
from app.audit.models import AuditEntry
from app.campaigns import audience, rounds
from app.campaigns.invitations import link_token
from app.campaigns.models import Invitation
from app.campaigns.rounds import RoundPlan
from app.cli.output import Failed, say
from app.cli.serving import Host, Port, at_address, bound, run
from app.kit import jobs, migration, settings
from app.kit.clock import now
from app.kit.database import Database
from app.kit.runtime import Runtime
from app.kit.settings import SMALLEST_GROUP, Settings
from app.people import importing
from app.people import plan as planning
from app.people.models import Employee
from app.responses import submission
from app.responses.submission import Submission, Submissions
from app.results import release
from app.results.closing import READY
from app.surveys import library
from app.surveys.answering import Answers
from app.surveys.coding import Layout
from app.surveys.definition import Item, Survey
from app.surveys.paper import paper

ACTOR = "demo"
SEED = 20261
HR, MANAGER, SMALL = (
    "aminah@contoh.example",
    "badrul@contoh.example",
    "chong@contoh.example",
)
# Departments, and how many people are placed directly in each.
COMPANY = {
    "Commercial": 3,
    "Commercial/Sales": 4,
    "Commercial/Sales/Key Accounts": 14,
    "Commercial/Sales/Retail": 22,
    "Commercial/Sales/Online": 11,
    "Commercial/Marketing": 4,
    "Commercial/Marketing/Brand": 12,
    "Commercial/Marketing/Campaigns": 16,
    "Commercial/Customer Service": 28,
    "Operations": 4,
    "Operations/Warehouse": 31,
    "Operations/Logistics": 24,
    "Operations/Procurement": 9,
    "Finance": 14,
    "People": 8,
    "Technology": 5,
    "Technology/Platform": 17,
    "Technology/Data": 10,
    "Legal": 3,
}
PLACES = ("Kuala Lumpur", "Shah Alam")
FIRST = (
    *("Aisyah", "Hafiz", "Mei Ling", "Kavitha", "Farid", "Siti", "Wei Jie", "Priya", "Nurul"),
    *("Azlan", "Chun Hao", "Lakshmi", "Izzat", "Sook Yee", "Ganesh", "Rosnah", "Daniel", "Anis"),
)
LAST = ("Rahman", "Tan", "Muthu", "Ismail", "Lim", "Abdullah", "Wong", "Nair", "Yusof", "Lee")
# How each part of the company tends to answer, from 0 (disagrees) to 1 (agrees).
MOOD = {"Commercial/Sales": 0.5, "Commercial/Marketing": 0.68, "Operations": 0.58}
WEAK = {"lead_handover": -0.22, "tools_data": -0.08, "shared_goals": 0.12}
COMMENTS = (
    "Penyerahan prospek masih lambat.",
    "We hear of campaigns only once they run.",
    "Perancangan bersama sangat membantu.",
    "Different figures in every meeting.",
    "Mesyuarat mingguan berguna, teruskan.",
    "Nobody tells us why a lead was refused.",
)


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
    with runtime.database.writing() as session:
        importing.apply(session, planning.plan(session, _people(chance)))
        accounts.add(session, HR, "hr", [], ACTOR)
        accounts.add(session, MANAGER, "manager", ["Commercial/Marketing"], ACTOR)
        accounts.add(session, SMALL, "manager", ["Legal"], ACTOR)
        log.record(session, ACTOR, FILLED, "demo")
    _round(runtime, chance, "team_pulse", "Team pulse", [], 0.74, released=True)
    sides = ["Commercial/Sales", "Commercial/Marketing"]
    _round(runtime, chance, "sales_marketing_alignment", "Alignment I", sides, 0.8, released=True)
    _round(
        runtime, chance, "sales_marketing_alignment", "Alignment II", sides, 0.35, released=False
    )


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


def _round(
    runtime: Runtime,
    chance: random.Random,
    survey_key: str,
    name: str,
    departments: list[str],
    participation: float,
    *,
    released: bool,
) -> None:
    survey = library.template(survey_key)
    with runtime.database.writing() as session:
        plan = RoundPlan(
            survey=survey,
            name=name,
            audience=audience.choose(session, survey, departments, {}),
            closes_at=now() + timedelta(days=10),
            min_group=runtime.settings.min_group,
            language=runtime.settings.language,
        )
        row = submission.launch(session, runtime.keyring, plan, ACTOR, SMALLEST_GROUP)
        if released:
            # Its invitations would only fill the folder of mails.
            jobs.cancel(session, row.id, [rounds.INVITE])
    _answer(runtime, chance, row.id, survey, participation)
    if released:
        with runtime.database.writing() as session:
            rounds.close(session, row.id, ACTOR)
            release.release(session, runtime.keyring, runtime.settings.zone, row.id, ACTOR)
        release.sweep(runtime.database)


def _answer(
    runtime: Runtime, chance: random.Random, round_id: str, survey: Survey, participation: float
) -> None:
    """Bots answer through the same door as people, link by link."""
    submissions = Submissions(runtime.writer, runtime.keyring)
    layout = Layout.of(survey)
    with runtime.database.reading() as session:
        asked = list(_asked(session, runtime, round_id))
    sent = []
    for token, path, side in asked:
        if chance.random() <= participation:
            answers = _answers(chance, survey, path, side)
            key = f"demo-{token[-12:]}"
            sent.append(Submission(token, layout.pack(answers), answers.comments, key))
    asyncio.run(_send(submissions, sent))


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


def _answers(chance: random.Random, survey: Survey, path: str, side: str | None) -> Answers:
    leaning = chance.gauss(0, 0.12) + next(
        (mood for part, mood in MOOD.items() if path.startswith(part)), 0.62
    )
    codes: dict[str, bytes] = {}
    comments: dict[str, str] = {}
    for question in paper(survey, side):
        if question.scale is not None and chance.random() > 0.03:
            codes[question.column] = bytes(
                [_code(chance, question.item, leaning, question.scale.points)]
            )
        elif question.item.type == "text" and chance.random() < 0.3:
            comments[question.column] = chance.choice(COMMENTS)
    return Answers(codes, comments)


def _code(chance: random.Random, item: Item, leaning: float, points: int) -> int:
    view = leaning + WEAK.get(item.theme or "", 0.0) + chance.gauss(0, 0.18)
    if item.about == "other":
        view -= 0.12
    code = min(points - 1, max(0, round(view * (points - 1))))
    return points - 1 - code if item.reversed else code


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
