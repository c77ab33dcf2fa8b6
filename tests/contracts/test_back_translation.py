"""The table of readings follows the templates: a changed Malay text wants new readers."""

from pathlib import Path

import pytest

from app.surveys import library
from app.surveys.wording import places

TABLE = (Path(__file__).parents[2] / "docs/translations.md").read_text(encoding="utf-8")
READ = {line.split(" | ")[0].removeprefix("| ") for line in TABLE.splitlines()}


@pytest.mark.parametrize("key", library.keys())
def test_every_malay_text_was_read_back(key: str) -> None:
    texts = {text.in_("ms") for text in places(library.template(key)).values()}
    assert texts <= READ
