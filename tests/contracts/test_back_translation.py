"""The table of readings follows the templates and the promise: a changed Malay text wants new readers."""

from itertools import product
from pathlib import Path

import pytest

from app.campaigns import policy
from app.campaigns.policy import MODES, Policy
from app.kit.language import Language
from app.surveys import library
from app.surveys.wording import places

TABLE = (Path(__file__).parents[2] / "docs/translations.md").read_text(encoding="utf-8")
READ = {line.split(" | ")[0].removeprefix("| ") for line in TABLE.splitlines()}


@pytest.mark.parametrize("key", library.keys())
def test_every_malay_text_was_read_back(key: str) -> None:
    texts = {text.in_("ms") for text in places(library.template(key)).values()}
    assert texts <= READ


def test_every_sentence_of_the_promise_was_read_back() -> None:
    told = {
        sentence
        for mode, by, rows in product(MODES, ((), ("location",)), (False, True))
        for sentence in policy.statement(
            Policy("", "", mode=mode, breakdowns=by, row_export=rows), Language("ms"), comments=True
        )
    }
    assert len(told) > 10
    assert told <= READ
