"""What commands print: one JSON document on standard output, words on standard error."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer

from app.kit import migration, settings
from app.kit.runtime import Runtime

ACTOR = "command line"
# More than anybody reads at a terminal.
PROBLEMS_SHOWN = 50

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


class Failed(Exception):
    """A command could not do its work; the text is one sentence with the remedy."""


@contextmanager
def opened() -> Iterator[Runtime]:
    """The installation this command works on; an embedded database is migrated on the way."""
    loaded = settings.load()
    runtime = Runtime.start(loaded)
    try:
        if loaded.embedded:
            migration.upgrade(runtime.database)
        yield runtime
    finally:
        runtime.close()


def show(document: Any) -> None:
    """Print the one JSON document of this command."""
    print(json.dumps(document, ensure_ascii=False, indent=2))  # noqa: T201


def line(text: str = "") -> None:
    """Print a line of the result."""
    print(_harmless(text))  # noqa: T201


def say(text: str) -> None:
    """Tell the person at the terminal; never mixed with the result."""
    print(_harmless(text), file=sys.stderr, flush=True)  # noqa: T201


def _harmless(text: str) -> str:
    """The text without the signs out of a file that would steer the terminal."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text)


def fail(code: str, message: str, problems: Sequence[Any] = ()) -> None:
    """Say why nothing was done, as JSON too where JSON was asked for.

    `problems` are dataclasses, one for each place of a file that is wrong.
    """
    for problem in problems[:PROBLEMS_SHOWN]:
        say(str(problem))
    if len(problems) > PROBLEMS_SHOWN:
        say(f"... and {len(problems) - PROBLEMS_SHOWN} more (--json lists them all)")
    say(f"selaras: {message}")
    if "--json" in sys.argv[1:]:
        listed = {"problems": [asdict(one) for one in problems]} if problems else {}
        show({"error": {"code": code, "message": message, **listed}})


def table(header: list[str], rows: list[list[str]]) -> None:
    """Print columns as wide as what is in them."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in [header, *rows]:
        line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
