"""`selaras results` and `export`."""

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from app.audit import log
from app.cli.output import ACTOR, AsJson, Failed, opened, say, show
from app.cli.release_table import print_release
from app.kit import csv
from app.results import export, release

ROWS = ("wide", "long")
WHAT = {"scores": export.scores, "comments": export.comments}  # and the audit, which is JSON
RoundId = Annotated[str, typer.Argument(metavar="ROUND", help="Id of the round.")]


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(results)
    app.command("export")(export_)


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


def export_(
    round_id: RoundId,
    output: Annotated[str, typer.Option("-o", "--output", help="File to write, - for stdout.")],
    what: Annotated[
        str,
        typer.Option(help="scores, comments, wide or long (a line a ballot or an answer), audit."),
    ] = "scores",
    format_: Annotated[str, typer.Option("--format", help="csv.")] = "csv",
    for_: Annotated[str, typer.Option("--for", help="excel or analysis.")] = "excel",
) -> None:
    """Write a file of a released round.

    Example: selaras export k7m2px --what scores -o scores.csv
    """
    if what == "audit" and format_ in {"csv", "json"}:
        _export_audit(round_id, output)
        return
    if what not in {*WHAT, *ROWS} or format_ != "csv":
        raise Failed(
            f"--what {what} --format {format_} is not offered yet: scores, comments, wide and long "
            "as csv are"
        )
    if for_ not in {"excel", "analysis"}:
        raise Failed("--for: choose excel or analysis")
    if what in ROWS:
        _export_rows(round_id, output, what, excel=for_ == "excel")
        return
    with opened() as runtime, runtime.database.writing() as session:
        content = release.read(session, round_id)
        log.record(session, ACTOR, "release.exported", round_id, what=what)
    _sent(output, WHAT[what](content, excel=for_ == "excel"))


def _export_rows(round_id: str, output: str, what: str, *, excel: bool) -> None:
    # It brings the numerical libraries, which few commands need.
    from app.results import row_files

    with opened() as runtime, runtime.database.writing() as session:
        file = row_files.kept(session, runtime.keyring, round_id, what)
        log.record(session, ACTOR, "release.exported", round_id, what=what)
    _sent(output, csv.write(file.header, file.lines, excel=excel))


def _export_audit(round_id: str, output: str) -> None:
    with opened() as runtime, runtime.database.writing() as session:
        report = release.audit_of(session, round_id)
        log.record(session, ACTOR, "release.audit_exported", round_id)
    _sent(output, [json.dumps(report, indent=2) + "\n"])


def _sent(output: str, pieces: Iterable[str]) -> None:
    if output == "-":
        for piece in pieces:
            sys.stdout.buffer.write(piece.encode())
        return
    _write(Path(output), pieces)
    say(f"Wrote {output}.")


def _write(path: Path, pieces: Iterable[str]) -> None:
    """Whole or not at all: a file that is there is a file that is complete."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            for piece in pieces:
                file.write(piece.encode())
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise Failed(f"{path} cannot be written: {error.strerror}") from error
