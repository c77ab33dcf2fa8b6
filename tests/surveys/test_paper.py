import pytest

from app.surveys.pairing import paired
from app.surveys.paper import paper
from tests.surveys.samples import LUNCH, OFFICE, lunch, three_sides


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


def test_a_round_may_name_the_sides_and_pair_them():
    start, end = LUNCH.index("[[sides]]"), LUNCH.index("[[themes]]")
    survey = lunch(LUNCH[start:end], "")
    assert survey.needs_pairs
    assert "they_listen" not in fields(paper(survey))
    names = {"c_10": "Kitchen", "c_20": "Garden", "c_30": "Office"}
    asks = {"c_10": ("c_20",), "c_20": ("c_10", "c_30"), "c_30": ("c_20",)}
    round_ = paired(survey, names, asks)
    asked = paper(round_, "c_20")
    assert fields(asked)[1:3] == ["they_listen--c_10", "they_listen--c_30"]
    assert asked[1].text("en") == "Kitchen listens."
    assert fields(paper(round_, "c_10"))[1] == "they_listen--c_20"
    assert "they_listen--c_30" not in fields(paper(round_, "c_10"))


def test_a_condition_follows_the_same_side():
    linked = 'about = "other"\nshow_if = { item = "they_listen", in = [0, 1] }\n'
    survey = lunch(
        "[classification]",
        '[[items]]\nkey = "why"\ntype = "text"\ntext.en = "Why?"\ntext.ms = "Mengapa?"\n'
        + linked + OFFICE + "[classification]",
    )  # fmt: skip
    asked = paper(survey, "garden")
    why = [q for q in asked if q.item.key == "why"]
    assert [q.condition.column for q in why] == ["they_listen--kitchen", "they_listen--office"]
    assert fields(asked).index("they_listen--kitchen") < fields(asked).index("they_listen--office")


def test_an_unknown_side_is_a_mistake():
    with pytest.raises(KeyError):
        paper(lunch(), "cellar")
