"""Every command and every survey is named in a document."""

from collections.abc import Iterator, Sequence
from typing import Any

import typer

from app.cli.main import app
from tests.contracts.test_docs import COMMANDED, ROOT


def documents() -> str:
    return "\n".join(page.read_text() for page in COMMANDED)


def every_command(command: Any, words: Sequence[str]) -> Iterator[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield " ".join(words)
        return
    for name, one in inner.items():
        yield from every_command(one, [*words, name])


def test_every_command_is_in_a_document() -> None:
    commands = list(every_command(typer.main.get_command(app), ["selaras"]))
    assert len(commands) > 40
    held = documents()
    assert [one for one in commands if one not in held] == []


def test_every_survey_is_in_a_document() -> None:
    held = documents()
    surveys = [one.stem for one in (ROOT / "survey_templates").glob("*.toml")]
    assert surveys
    assert [one for one in surveys if one not in held] == []
