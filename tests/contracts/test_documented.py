"""Every command, survey, address and persona is in a document, and the wheel brings what is no code."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from app.cli.main import app
from tests import addresses, wheel
from tests.contracts.test_docs import COMMANDED, LINK, ROOT


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


def test_every_address_is_in_the_document_with_who_may_open_it() -> None:
    told = "write it anew: .venv/bin/python -m tests.addresses"
    assert addresses.PAGE.read_text() == addresses.rendered(), told


def test_every_page_is_in_the_list_of_contents() -> None:
    contents = (ROOT / "docs" / "index.md").read_text()
    pages = {one.stem for one in (ROOT / "docs").glob("*.md")} - {"index"}
    assert pages - set(contents.split()) == set()


def test_the_readme_leads_to_a_page_for_everybody_and_every_subject() -> None:
    led = {Path(one).stem for one in LINK.findall((ROOT / "README.md").read_text())}
    people = {"employee", "manager", "hr", "it", "developer"}
    subjects = {"run", "settings", "anonymity", "scoring", "import-people", "templates", "exports"}
    more = {"accessibility", "security", "upgrade", "performance", "glossary", "reliability"}
    assert people | subjects | more <= led


def test_every_picture_of_the_documents_is_used_and_light() -> None:
    pages = "".join(one.read_text() for one in COMMANDED)
    pictures = sorted((ROOT / "docs" / "images").glob("*.png"))
    assert pictures
    assert [one.name for one in pictures if one.name not in pages] == []
    assert [one.name for one in pictures if one.stat().st_size > 120_000] == []


def test_the_wheel_brings_what_is_no_code(tmp_path: Path) -> None:
    assert wheel.lacking(wheel.built(tmp_path)) == []
