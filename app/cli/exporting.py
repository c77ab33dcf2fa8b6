"""`selaras export`: files of a released round."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from app.access.accounts import Role
from app.access.sign_in import Viewer
from app.audit import log
from app.cli.output import ACTOR, Failed, opened, say
from app.kit.clock import now
from app.kit.language import LANGUAGES, language
from app.kit.runtime import Runtime
from app.people import organisation
from app.results import release
from app.results.export import answers, offer, reading
from app.results.export.extract import Extract
from app.results.export.offer import File, Wanted

EVERY = timedelta(seconds=0.5)
RoundId = Annotated[str, typer.Argument(metavar="ROUND", help="Id of the round.")]


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export_)


def export_(
    round_id: RoundId,
    output: Annotated[str, typer.Option("-o", "--output", help="File to write, - for stdout.")],
    what: Annotated[
        str,
        typer.Option(
            help="scores, comments, wide or long (a line a ballot or an answer), bundle, audit."
        ),
    ] = "scores",
    format_: Annotated[
        str, typer.Option("--format", help=f"One of {', '.join(offer.FORMATS['scores'])}.")
    ] = "csv",
    for_: Annotated[str, typer.Option("--for", help="excel or analysis.")] = "excel",
    department: Annotated[
        str, typer.Option(help="Path of the department slides and the report are about.")
    ] = "",
    words: Annotated[str, typer.Option("--language", help=f"{' or '.join(LANGUAGES)}.")] = "",
) -> None:
    """Write a file of a released round.

    Example: selaras export k7m2px --what scores --format xlsx -o scores.xlsx
    """
    if what == "audit" and format_ in {"csv", "json"}:
        _export_audit(round_id, output)
        return
    asked = offer.wanted(what, format_, for_, department)
    with opened() as runtime, runtime.database.writing() as session:
        settings = runtime.settings
        reader = language(words or settings.language)
        name = organisation.read(session, settings.organisation).name
        extract = reading.read(session, round_id, reader, name)
        rows = answers.read(session, runtime.keyring, round_id, extract.survey, asked.what)
        file = _made(runtime, session, replace(extract, answers=rows), asked)
        log.record(session, ACTOR, "release.exported", round_id, **asked.noted())
    _sent(output, file.pieces)


def _made(runtime: Runtime, session: Session, extract: Extract, asked: Wanted) -> File:
    if asked.format != "pdf":
        return offer.make(extract, asked)
    # Only who asks for pages waits for what makes them.
    from app.main import make_site
    from app.web.routes import paper

    viewer = Viewer(ACTOR, "", Role.HR, frozenset())
    return paper.make(make_site(runtime), session, viewer, extract, asked)


def _export_audit(round_id: str, output: str) -> None:
    with opened() as runtime, runtime.database.writing() as session:
        report = release.audit_of(session, round_id)
        log.record(session, ACTOR, "release.audit_exported", round_id)
    _sent(output, [json.dumps(report, indent=2).encode() + b"\n"])


def _sent(output: str, pieces: Iterable[bytes]) -> None:
    if output == "-":
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        return
    _write(Path(output), _watched(pieces))
    say(f"Wrote {output}.")


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    """Whole or not at all: a file that is there is a file that is complete."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise Failed(f"{path} cannot be written: {error.strerror}") from error


def _watched(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces; who waits at a terminal is told how far they are."""
    told, size = now(), 0
    for piece in pieces:
        yield piece
        size += len(piece)
        if sys.stderr.isatty() and now() - told > EVERY:
            told = now()
            print(f"\r{size / 1e6:,.1f} MB", end="", file=sys.stderr, flush=True)  # noqa: T201
