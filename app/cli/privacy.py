"""`selaras privacy`."""

import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from app.audit import log
from app.campaigns import erasing, held, policy, rounds
from app.campaigns.erasing import Erasing
from app.campaigns.sheet import sheet
from app.cli.given import RoundId
from app.cli.output import ACTOR, AsJson, Failed, line, opened, say, show
from app.kit.language import LANGUAGES, Language
from app.people import organisation
from app.results import erasure, release

app = typer.Typer(
    no_args_is_help=True,
    help="What is held about people. Example: selaras privacy export aminah@example.com",
)

Who = Annotated[
    str, typer.Argument(metavar="EMAIL", help="Address of the person, or the employee id.")
]


@app.command()
def export(email: Who, as_json: AsJson = False) -> None:
    """Print everything that is held about a person, to be handed over.

    Example: selaras privacy export aminah@example.com --json
    """
    with opened() as runtime, runtime.database.writing() as session:
        found = held.held(session, email)
        for one in held.people_of(session, email):
            log.record(session, ACTOR, "person.exported", one.id)
    if as_json:
        show(found)
        return
    _print(found)


@app.command()
def erase(
    email: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person; says first what goes, and what an open round still needs.

    Example: selaras privacy erase aminah@example.com --yes
    """
    with opened() as runtime:
        with runtime.database.reading() as session:
            planned = erasing.plan(session, email)
        if not as_json:
            for sentence in _sentences(planned):
                say(sentence)
        if not yes and not (sys.stdin.isatty() and typer.confirm("Erase?", err=True)):
            raise Failed("nothing was erased: repeat it with --yes")
        with runtime.database.writing() as session:
            folder = runtime.settings.backup_folder
            done = erasure.erase(session, runtime.keyring, folder, email, ACTOR)
        swept = release.sweep(runtime.database, erasing.TABLES)
    if as_json:
        show({**asdict(done), "files_rewritten": swept})
    say("Erased. Take the person out of the people file too: the next import would add them again.")
    say("Older backups hold the person until their time; a restore erases them again.")


@app.command("sheet")
def sheet_(
    round_id: RoundId,
    language: Annotated[
        str, typer.Option(help=f"{' or '.join(LANGUAGES)}; all unless given.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Print the sheet for staff representatives, with the data-protection notice.

    Example: selaras privacy sheet k7m2px --language ms
    """
    if language and language not in LANGUAGES:
        raise Failed(f"--language: choose one of {', '.join(LANGUAGES)}")
    codes = [language] if language else list(LANGUAGES)
    with opened() as runtime, runtime.database.reading() as session:
        given = runtime.settings
        row = rounds.get(session, round_id)
        sheets = {
            code: sheet(
                session,
                round_id,
                Language(code),
                organisation=organisation.read(session, given.organisation).name,
                contact=given.contact,
                zone=given.zone,
            )
            for code in codes
        }
        frozen = policy.frozen(session, round_id)
    if as_json:
        sections = {code: [asdict(one) for one in some] for code, some in sheets.items()}
        show({"round": round_id, "hash": frozen.hash, "sheets": sections})
        return
    for code, some in sheets.items():
        line(f"{row.name} ({Language(code).name})")
        for section in some:
            line(f"\n{section.heading}")
            for sentence in section.lines:
                line(f"  - {sentence}")
        line(f"\n{frozen.hash}\n")


def _sentences(planned: Erasing) -> list[str]:
    said = []
    if planned.removed:
        said.append(f"{planned.removed} row of the people file is deleted.")
    if planned.blanked:
        said.append(
            f"{planned.blanked} row is blanked and stays, without name or address, until the "
            f"invitations of open rounds are deleted ({', '.join(planned.open_rounds)})."
        )
    if planned.invitations:
        said.append(f"{planned.invitations} invitations are deleted or stopped; the links end.")
    if planned.accounts:
        said.append("The account is deleted, its sessions end; the log keeps its id, no address.")
    if planned.uploads:
        said.append(f"{planned.uploads} people file that waits to be confirmed is deleted.")
    said.append("Answers cannot be found by person: they stay, with nothing that leads to anybody.")
    return said


def _print(value: Any, indent: int = 0) -> None:
    """JSON as lines that people read."""
    space = "  " * indent
    for name, content in value.items() if isinstance(value, dict) else enumerate(value, start=1):
        label = str(name).replace("_", " ")
        if isinstance(content, dict | list) and content:
            line(f"{space}{label}:")
            _print(content, indent + 1)
        else:
            line(f"{space}{label}: {'none' if content in (None, '', [], {}) else content}")
