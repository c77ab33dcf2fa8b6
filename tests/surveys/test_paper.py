import pytest

from app.surveys.definition import Side
from app.surveys.paper import paper
from app.surveys.text import Text
from tests.surveys.samples import LUNCH, lunch, three_sides


def fields(questions):
    return [question.field.removeprefix("answer-") for question in questions]


def test_a_person_on_a_side_is_asked_about_the_other():
    assert fields(paper(lunch(), "kitchen"))[:2] == ["we_listen", "they_listen"]
    question = paper(lunch(), "kitchen")[1]
    assert question.text("en") == "Garden listens."
    assert question.text("ms") == "Kebun mendengar."


def test_a_person_outside_every_side_is_asked_for_own_views_only():
    outside = fields(paper(lunch()))
    assert outside == ["we_listen", "likely", "drink", "sugar", "dishes", "order", "wish"]


def test_with_three_sides_each_other_one_is_asked_about():
    asked = [field for field in fields(paper(three_sides(), "garden")) if "they" in field]
    assert asked == ["they_listen--kitchen", "they_listen--office"]


def test_a_round_may_name_the_sides_itself():
    start, end = LUNCH.index("[[sides]]"), LUNCH.index("[[themes]]")
    survey = lunch(LUNCH[start:end], "")
    units = tuple(Side(code, Text.of(en=code.title())) for code in ("C-10", "C-20", "C-30"))
    asked = paper(survey, "C-20", units)
    assert fields(asked)[1:3] == ["they_listen--C-10", "they_listen--C-30"]
    assert asked[1].text("en") == "C-10 listens."
    assert "they_listen" not in fields(paper(survey))


def test_a_condition_follows_the_same_side():
    survey = three_sides()
    linked = 'about = "other"\nshow_if = { item = "they_listen", in = [0, 1] }\n'
    survey = lunch(
        "[classification]",
        '[[items]]\nkey = "why"\ntype = "text"\ntext.en = "Why?"\ntext.ms = "Mengapa?"\n'
        + linked + "[classification]",
    )  # fmt: skip
    units = three_sides().sides
    asked = paper(survey, "garden", units)
    why = [q for q in asked if q.item.key == "why"]
    assert [q.condition.column for q in why] == ["they_listen--kitchen", "they_listen--office"]


def test_an_unknown_side_is_a_mistake():
    with pytest.raises(KeyError):
        paper(lunch(), "cellar")
