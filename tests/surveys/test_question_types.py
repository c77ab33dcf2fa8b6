from pathlib import Path
from typing import get_args

import pytest

from app.surveys.cell_codes import READERS
from app.surveys.definition import ItemType
from app.surveys.question_types import TYPES
from app.surveys.question_types.kind import BLANK, NOT_APPLICABLE, Offer, Refused

FIVE = Offer(5, not_applicable=True)
THREE = Offer(3)


def kept(kind, offer, *values):
    return list(TYPES[kind].read(offer, values))


def refused(kind, offer, *values):
    with pytest.raises(Refused) as caught:
        TYPES[kind].read(offer, values)
    return caught.value.kind


def test_every_type_can_be_written_read_from_a_file_and_edited():
    editor = Path("app/web/templates/surveys/part.html").read_text()
    assert set(get_args(ItemType)) == set(TYPES)
    assert set(READERS) == {name for name, kind in TYPES.items() if not kind.apart}
    assert [name for name in TYPES if f'("{name}", _(' not in editor] == []


@pytest.mark.parametrize("kind", ["scale", "recommend", "choice"])
def test_a_code_is_one_byte(kind):
    assert kept(kind, THREE, "0") == [0]
    assert kept(kind, THREE, "2") == [2]
    assert kept(kind, THREE, "") == kept(kind, THREE) == [BLANK]


@pytest.mark.parametrize("kind", ["scale", "recommend", "choice", "choices"])
@pytest.mark.parametrize(
    "value",
    ["1.0", "٣", " 1", "1 ", "+1", "-1", "1e0", "01", "1_0", "0x1", "None", "\x00", "9" * 5000, "NA", "²"],
)  # fmt: skip
def test_what_only_looks_like_a_number_is_not_a_code(kind, value):
    assert refused(kind, FIVE, value) == "not_a_code"


@pytest.mark.parametrize("kind", ["scale", "recommend", "choice", "choices"])
@pytest.mark.parametrize("value", ["3", "10", "253"])
def test_a_code_beyond_the_last_is_never_clipped(kind, value):
    assert refused(kind, THREE, value) == "out_of_range"


@pytest.mark.parametrize("value", ["254", "255", "256"])
def test_the_bytes_of_blank_and_not_applicable_cannot_be_posted(value):
    assert refused("scale", FIVE, value) == "not_a_code"


def test_does_not_apply_only_where_it_is_offered():
    assert kept("scale", FIVE, "na") == [NOT_APPLICABLE]
    assert refused("scale", THREE, "na") == "not_offered"
    assert refused("choice", FIVE, "na") == "not_a_code"


def test_choices_are_one_byte_an_option():
    assert kept("choices", THREE, "0", "2") == [1, 0, 1]
    assert kept("choices", THREE, "") == kept("choices", THREE) == [BLANK] * 3
    assert refused("choices", THREE, "1", "1") == "several"


def test_a_rank_says_for_itself_which_option_it_is_of():
    assert kept("rank", THREE, "2:0", "0:1", "") == [1, BLANK, 0]
    assert kept("rank", THREE) == [BLANK] * 3


@pytest.mark.parametrize("values", [("0:1", "1:1"), ("0:1", "0:2")])
def test_no_two_options_share_a_rank_and_none_has_two(values):
    assert refused("rank", THREE, *values) == "ranked_twice"


@pytest.mark.parametrize(
    ("value", "kind"), [("1", "not_a_code"), (":", "not_a_code"), ("0:3", "out_of_range"), ("3:0", "out_of_range")]
)  # fmt: skip
def test_half_a_rank_is_refused(value, kind):
    assert refused("rank", THREE, value) == kind


def comment(*values):
    return TYPES["text"].read(Offer(0), values).decode()


def test_a_comment_is_composed_and_has_plain_line_ends():
    assert comment("cafe\u0301\r\nteh\rkopi\tO") == "caf\u00e9\nteh\nkopi\tO"
    assert comment("ليلى 你好 👩‍🌾 \u202e") == "ليلى 你好 👩‍🌾 \u202e"


def test_only_spaces_is_no_comment():
    assert comment(" \r\n\t") == comment("") == comment() == ""


def test_a_comment_has_a_limit_counted_as_people_count():
    assert len(comment("e\u0301" * 5000)) == 5000
    assert refused("text", Offer(0), "x" * 5001) == "too_long"


@pytest.mark.parametrize(("words", "kind"), [("a\x00b", "control_character"), ("a\x1bb", "control_character"),
                                            ("a\ud800", "not_text"), ("\udfff", "not_text")])  # fmt: skip
def test_what_no_keyboard_types_is_refused(words, kind):
    assert refused("text", Offer(0), words) == kind


@pytest.mark.parametrize("kind", ["scale", "recommend", "choice", "text"])
def test_two_values_are_not_one(kind):
    assert refused(kind, FIVE, "1", "1") == "several"
