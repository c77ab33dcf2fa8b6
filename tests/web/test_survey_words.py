"""The editor's pages say what to mend in the reader's language and in words of the page, not of a file."""

from collections.abc import Callable
from typing import Any

import pytest

from app.kit.language import Language
from app.surveys import editing, library
from app.surveys.writing import Data, as_data
from app.web.survey_words import told


def item(**given: Any) -> Callable[[Data], None]:
    """Spoils the first question; None takes a field away."""

    def spoil(data: Data) -> None:
        data["items"][0].update(given)
        for name in [name for name, value in given.items() if value is None]:
            del data["items"][0][name]

    return spoil


def add(part: str, **given: Any) -> Callable[[Data], None]:
    return lambda data: data[part].append(given)


BROKEN: dict[str, Callable[[Data], Any]] = {
    "Write this text.": item(text={"en": "", "ms": "Apa?"}),
    "Shorten it from": item(text={"en": "x" * 501, "ms": "Apa?"}),
    "It holds an invisible sign": item(text={"en": "a\u200bb", "ms": "Apa?"}),
    "Leave the brace out": item(text={"en": "What {is} it?", "ms": "Apa?"}),
    "{other} is for questions": item(text={"en": "What is {other}?", "ms": "Apa?"}),
    "Write a number from 1 to 120": lambda data: data.update(minutes=500),
    "Use small letters": item(key="Not A Key"),
    "is taken already": lambda data: add("items", **data["items"][0])(data),
    "Answer files use this name": item(key="department"),
    "Nothing is asked yet": lambda data: data.update(items=[]),
    "Write one label for each": lambda data: data["scales"]["agreement"].update(points=6),
    "Detractors must end": lambda data: data["scales"]["agreement"].update(max_detractor=3),
    "promoters cannot begin after it": lambda data: data["scales"]["agreement"].update(
        min_promoter=9
    ),
    "One side alone": add("sides", key="a", name={"en": "A", "ms": "A"}),
    "The playbook has no entry": lambda data: data["themes"].append(
        {"key": "t", "name": {"en": "T", "ms": "T"}, "practices": ["gone"]}
    ),
    "There is no theme gone": item(theme="gone"),
    "There is no scale gone": item(scale="gone"),
    "Choose a scale.": item(scale=None),
    "Such a question has no scale": item(type="text"),
    "Write at least two answers": item(type="choice", scale=None),
    "Choose a question before this one": item(show_if={"item": "nothing", "in": [0]}),
    "Choose the question about one’s own view": item(about="guess"),
    "name them by {other}": item(about="other"),
    "Choose the question that classes people": lambda data: data.update(
        classification={"rule": "item"}
    ),
}


@pytest.mark.parametrize("sentence", BROKEN)
def test_what_is_wrong_is_said_in_page_words_and_in_malay(sentence: str) -> None:
    data = as_data(library.template("team_pulse"))
    BROKEN[sentence](data)
    problems = editing.problems(data)
    english = [told(one, Language("en")) for one in problems]
    assert any(sentence in one for one in english), english
    for one, said in zip(problems, english, strict=True):
        assert said != one.message
        assert told(one, Language("ms")) != said
