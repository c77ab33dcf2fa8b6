"""`selaras round raise`, `mend` and `add-people`: what may change about a round while it is open."""

from typing import Annotated

import typer

from app.campaigns import amending, joining, policy
from app.cli.given import RoundId
from app.cli.output import ACTOR, AsJson, Failed, line, opened, say, show
from app.kit.language import LANGUAGES
from app.responses import submission


def install(app: typer.Typer) -> None:
    """Add the commands to the group of rounds."""
    app.command("raise")(raise_)
    app.command()(mend)
    app.command("add-people")(add_people)


def raise_(
    round_id: RoundId,
    smallest: Annotated[int, typer.Argument(metavar="K", help="The new smallest group.")],
    as_json: AsJson = False,
) -> None:
    """Raise the smallest group that is shown; after launch it is never lowered.

    Example: selaras round raise k7m2px 8
    """
    with opened() as runtime, runtime.database.writing() as session:
        amending.raise_minimum(session, round_id, smallest, ACTOR)
        session.flush()
        frozen = policy.frozen(session, round_id)
    if as_json:
        show({"round": round_id, "min_group": frozen.min_group, "hash": frozen.hash})
    say(f"Round {round_id} shows groups of at least {frozen.min_group} answers; its form says so.")


def mend(
    round_id: RoundId,
    place: Annotated[
        str, typer.Option(help="title, intro, item:KEY, help:KEY, label:SCALE:N, theme:KEY, ...")
    ],
    language: Annotated[str, typer.Option(help=f"{' or '.join(LANGUAGES)}.")],
    text: Annotated[str, typer.Option(help="The text with its slip mended.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Confirm that it asks the same as before.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Mend a slip in a text without changing what it asks; both texts are kept and shown.

    Example: selaras round mend k7m2px --place item:goals_shared --language en --text "..." --yes
    """
    if not yes:
        raise Failed("only you can know that it asks the same as before: repeat it with --yes")
    with opened() as runtime, runtime.database.writing() as session:
        amending.mend(session, round_id, place, language, text, ACTOR)
        session.flush()
        kept = [
            {"place": one.place, "language": one.language, "from": one.was, "to": one.words}
            for one in amending.mendings(session, round_id)
        ]
    if as_json:
        show({"round": round_id, "mended": kept})
    say(f"The form of round {round_id} shows the new text; the results say what it was before.")


def add_people(
    round_id: RoundId,
    preview: Annotated[bool, typer.Option("--preview", help="Only show who would join.")] = False,
    as_json: AsJson = False,
) -> None:
    """Invite people who came to the departments of a round after its launch.

    Example: selaras round add-people k7m2px --preview
    """
    with opened() as runtime, runtime.database.writing() as session:
        waiting = joining.waiting(session, runtime.keyring, round_id)
        added = 0
        if not preview:
            added = submission.join(session, runtime.keyring, round_id, ACTOR)
    if as_json:
        departments = [
            {
                "department": one.department.path,
                "asked": one.department.invited,
                "new": len(one.people),
                "alone": one.alone,
            }
            for one in waiting
        ]
        show({"round": round_id, "added": added, "departments": departments})
        return
    for one in waiting:
        line(f"{one.department.path}: {len(one.people)} new{' (alone)' if one.alone else ''}")
    say(f"{added} people were added to round {round_id}.")
