"""Composing text is quick whatever it holds, and gives one form."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.text import LONGEST_RUN, TooManyMarks, composed

TWO_KINDS = "\u0301\u0316"


def test_two_spellings_become_one():
    assert composed("cafe\u0301") == composed("café") == "café"


def test_a_tower_of_marks_is_refused_before_it_costs_anything():
    begun = time.process_time()
    with pytest.raises(TooManyMarks):
        composed("a" + TWO_KINDS * 100_000)
    # The composing itself would take many seconds; no limit of a fast machine is tested here.
    assert time.process_time() - begun < 2


def test_what_people_write_is_never_refused():
    for words in ("ngữ", "שָׁלוֹם", "ที่นี่", "நன்றி", "👩‍👩‍👧", "a" + "\u0301" * LONGEST_RUN):
        assert composed(words) == unicodedata.normalize("NFC", words)


@given(st.text())
def test_it_is_the_standard_form_or_a_refusal(text):
    try:
        assert composed(text) == unicodedata.normalize("NFC", text)
    except TooManyMarks:
        assert any(map(unicodedata.combining, text))
