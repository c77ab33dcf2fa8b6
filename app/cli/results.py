"""`selaras results`."""

from typing import Annotated

import typer

from app.cli.output import AsJson, opened, show
from app.cli.release_table import print_release
from app.results import release

RoundId = Annotated[str, typer.Argument(metavar="ROUND", help="Id of the round.")]


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(results)


def results(round_id: RoundId, as_json: AsJson = False) -> None:
    """Show a released round.

    Example: selaras results k7m2px
    """
    with opened() as runtime, runtime.database.reading() as session:
        content = release.read(session, round_id)
    if as_json:
        show(content)
        return
    print_release(content)
