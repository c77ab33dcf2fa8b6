from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.surveys import answering
from app.surveys.answering import ItemError, ItemErrors
from app.surveys.coding import Layout
from app.surveys.paper import paper
from app.surveys.question_types import TYPES
from tests.surveys.samples import calm, lunch, three_sides

LUNCH, THREE = lunch(), three_sides()
KITCHEN = paper(LUNCH, "kitchen")
TEA = ("answer-drink", "0")


def read(*pairs, questions=KITCHEN):
    return answering.read(questions, pairs)


def refused(*pairs, questions=KITCHEN):
    with pytest.raises(ItemErrors) as caught:
        read(*pairs, questions=questions)
    return caught.value


def test_a_full_form_becomes_answers():
    answers = read(
        TEA, ("answer-we_listen", "4"), ("answer-they_listen", "na"), ("answer-likely", "0"),
        ("answer-sugar", "1"), ("answer-dishes", "0"), ("answer-dishes", "2"),
        ("answer-order", "1:0"), ("answer-order", "0:1"), ("answer-wish", "More soup"),
    )  # fmt: skip
    assert {key: list(codes) for key, codes in answers.codes.items()} == {
        "we_listen": [4], "they_listen": [254], "likely": [0], "drink": [0], "sugar": [1],
        "dishes": [1, 0, 1], "order": [1, 0],
    }  # fmt: skip
    assert dict(answers.comments) == {"wish": "More soup"}


def test_nothing_is_required_but_what_says_so():
    assert refused().errors == (ItemError("answer-drink", "required"),)
    assert read(TEA).codes["we_listen"] == b"\xff"


def test_every_wrong_field_is_told_at_once():
    errors = refused(
        ("answer-we_listen", "5"), ("answer-likely", "11"), ("answer-wish", "\x00"), TEA
    )
    assert errors.errors == (
        ItemError("answer-we_listen", "out_of_range", (("last", 4),)),
        ItemError("answer-likely", "out_of_range", (("last", 10),)),
        ItemError("answer-wish", "control_character", (("position", 1),)),
    )


def test_fields_of_others_are_left_alone():
    assert read(TEA, ("submission", "x"), ("submission", "y"), ("language", "ms")).codes


def test_an_unknown_field_is_an_error():
    assert refused(TEA, ("answer-goals", "1"), ("answer-", "1")).unknown == (
        "answer-",
        "answer-goals",
    )


def test_a_field_that_comes_twice_is_an_error():
    assert refused(TEA, TEA).duplicates == ("answer-drink",)


def test_an_answer_to_a_hidden_question_is_dropped():
    water = ("answer-drink", "1")
    assert "sugar" not in read(water, ("answer-sugar", "1")).codes
    assert "sugar" not in read(water, ("answer-sugar", "nonsense")).codes
    assert read(TEA, ("answer-sugar", "1")).codes["sugar"] == b"\x01"


def test_a_hidden_question_is_not_required():
    survey = lunch('key = "sugar"', 'key = "sugar"\nrequired = true')
    questions = paper(survey, "kitchen")
    assert read(("answer-drink", "1"), questions=questions).codes
    assert refused(TEA, questions=questions).errors[0].field == "answer-sugar"


def test_a_tick_can_bring_a_question():
    survey = lunch('key = "wish"', 'key = "wish"\nshow_if = { item = "dishes", in = [1, 2] }')
    egg, rice, wish = ("answer-dishes", "2"), ("answer-dishes", "0"), ("answer-wish", "Salt")
    questions = paper(survey, "kitchen")
    assert read(TEA, egg, wish, questions=questions).comments
    assert not read(TEA, rice, wish, questions=questions).comments
    assert not read(TEA, wish, questions=questions).comments


def test_nobody_can_change_answers_afterwards():
    with pytest.raises(TypeError):
        read(TEA).codes["drink"] = b"\x01"


FIELDS = st.sampled_from([q.field for q in KITCHEN]) | st.text(max_size=5).map("answer-".__add__)
VALUES = st.sampled_from(["", "0", "1", "2", "na", "0:1", "1:0", "11", "x"]) | st.text(max_size=6)


@calm
@given(st.lists(st.tuples(FIELDS | st.text(max_size=9), VALUES), max_size=12))
def test_any_form_is_answers_or_item_errors(pairs):
    with suppress(ItemErrors):
        answers = answering.read(KITCHEN, pairs)
        assert len(Layout.of(LUNCH).pack(answers)) == Layout.of(LUNCH).size


@st.composite
def forms(draw, questions):
    pairs = [("answer-drink", draw(st.sampled_from("01")))]
    for question in questions:
        codes = question.offer.codes
        kind = question.item.type
        if kind == "text":
            values = [draw(st.text(max_size=20).filter(lambda words: "\x00" not in words))]
            values = [values[0] if not any(c < " " for c in values[0]) else ""]
        elif kind == "choices":
            values = map(str, draw(st.sets(st.integers(0, codes - 1))))
        elif kind == "rank":
            order = draw(st.permutations(range(codes)))
            values = [f"{option}:{rank}" for rank, option in enumerate(order)]
        elif question.item.key == "drink":
            values = []
        else:
            extra = ["na"] if question.offer.not_applicable else []
            values = [draw(st.sampled_from(["", *extra, *map(str, range(codes))]))]
        pairs += [(question.field, value) for value in values]
    return pairs


@pytest.mark.parametrize("survey", [LUNCH, THREE], ids=["two sides", "three sides"])
@calm
@given(data=st.data())
def test_answers_survive_the_ballot_and_the_form(survey, data):
    side = data.draw(st.sampled_from([None, *(side.key for side in survey.sides)]))
    questions, layout = paper(survey, side), Layout.of(survey)
    answers = answering.read(questions, data.draw(forms(questions)))
    unpacked = layout.unpack(layout.pack(answers))
    assert {key: unpacked[key] for key in answers.codes} == answers.codes
    assert all(set(unpacked[key]) == {255} for key in unpacked.keys() - answers.codes.keys())
    assert answering.read(questions, answering.write(questions, answers)) == answers


def test_every_type_is_on_the_sample_paper():
    assert {question.item.type for question in KITCHEN} == set(TYPES)
