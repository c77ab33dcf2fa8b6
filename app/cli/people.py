"""`selaras people`."""

from pathlib import Path
from typing import Annotated

import typer

from app.access import bringing
from app.cli.output import ACTOR, AsJson, Failed, line, opened, say, show
from app.people import importing
from app.people import plan as planning

app = typer.Typer(
    no_args_is_help=True, help="The people file. Example: selaras people import people.csv"
)


@app.callback()
def people() -> None:
    """The people file. Example: selaras people import people.csv."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV: employee_id, name, email, department, ...")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Also deactivate who is absent from the file.")
    ] = False,
    deactivate: Annotated[
        int | None, typer.Option(help="The exact number, where --full deactivates many.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import people; bad rows are left out and named, good ones are stored together.

    Example: selaras people import people.csv --dry-run
    """
    content = _content(file)
    with opened() as runtime, runtime.database.writing() as session:
        plan = planning.plan(session, content, full=full, bounds=planning.BY_COMMAND)
        if not dry_run:
            bringing.bring(session, plan, ACTOR, deactivate=deactivate, name=file.name)
    if as_json:
        show(importing.as_json(plan))
        return
    for error in plan.errors:
        say(f"row {error.row}, {error.column}: {error.message}")
    line(
        f"{plan.new} new, {plan.changed} changed, {plan.moved} moved, {plan.same} the same, "
        f"{plan.deactivated} deactivated, {len(plan.errors)} errors"
        + (" (dry run: nothing was changed)" if dry_run else "")
    )


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}") from error
