"""`selaras indicator`."""

from datetime import date
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from app.cli.output import ACTOR, AsJson, Failed, line, opened, say, show, table
from app.indicators import importing, registry
from app.kit.clock import now

app = typer.Typer(
    no_args_is_help=True,
    help="Shared business figures. Example: selaras indicator import figures.csv",
)


@app.callback()
def indicator() -> None:
    """Shared business figures. Example: selaras indicator import figures.csv."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV: period, indicator, value, department")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import monthly values; bad rows are left out and named, good ones are stored together.

    Example: selaras indicator import figures.csv --dry-run
    """
    content = _content(file)
    with opened() as runtime, runtime.database.writing() as session:
        planned = importing.plan(session, content, _today(runtime.settings.zone))
        if not dry_run:
            importing.apply(session, planned, ACTOR)
    if as_json:
        show(importing.as_json(planned))
        return
    for error in planned.errors:
        where = f"row {error.row}, {error.column}" if error.column else f"row {error.row}"
        say(f"{where}: {error.message}")
    for key in planned.added:
        say(f"{key} comes into use")
    line(
        f"{planned.new} new, {planned.replaced} replaced, {planned.same} the same, "
        f"{len(planned.errors)} errors" + (" (dry run: nothing was changed)" if dry_run else "")
    )


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """The indicators in use, with how many values each has.

    Example: selaras indicator list
    """
    with opened() as runtime, runtime.database.reading() as session:
        rows = registry.listed(session)
        held = [one.indicator_id for one in registry.values(session, [r.id for r in rows], None)]
        found = [
            {
                "key": row.key,
                "name": row.name_en,
                "unit": row.unit,
                "better": row.better,
                "target": row.target,
                "service_level": row.service_level,
                "values": held.count(row.id),
            }
            for row in rows
        ]
    if as_json:
        show(found)
        return
    heads = ["key", "name", "unit", "better", "values"]
    table(heads, [[str(one[head]) for head in heads] for one in found])


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}") from error


def _today(zone: ZoneInfo) -> date:
    return now().astimezone(zone).date()
