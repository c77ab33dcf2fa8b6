from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring import composite
from app.scoring.block import CHUNK
from app.scoring.counters import check_headroom
from app.scoring.counts import (
    BLANK,
    NOT_APPLICABLE,
    ClassCounts,
    Instrument,
    ItemSpec,
    count_by_leaf,
    empty,
    total,
)
from app.scoring.moments import Moments
from app.scoring.products import CrossProducts
from app.scoring.scale import classify, reverse, scaled
from tests.scoring.strategies import ballots, instruments

GOALS = ItemSpec("goals", 5, scored=True, max_detractor=1, min_promoter=3, theme="plan")
TRUST = replace(GOALS, key="trust", reversed=True, theme="people")
CITY = ItemSpec("city", 3, scored=False)
ASK = ItemSpec("ask", 11, scored=True, max_detractor=6, min_promoter=9, own=False)
SURVEY = Instrument((GOALS, TRUST, CITY, ASK), "composite", None, ("plan", "people"), "ask")
CODES = np.array(
    [
        [4, 0, 2, 10],
        [1, BLANK, 0, 9],
        [BLANK, NOT_APPLICABLE, BLANK, BLANK],
        [3, 2, 1, 0],
    ],
    dtype=np.uint8,
)


def count(codes, instrument):
    (counted,) = count_by_leaf(codes, np.zeros(len(codes), dtype=np.intp), 1, instrument)
    return counted


def oriented(row, instrument):
    """One respondent's answers after polarity correction, None where missing, by item key."""
    return {
        item.key: None
        if code >= NOT_APPLICABLE
        else (reverse(code, item.points) if item.reversed else code)
        for code, item in zip(row, instrument.items, strict=True)
    }


def composites(rows, keys, instrument):
    units = [
        [None if row[k] is None else scaled(row[k], instrument[k].points) for k in keys]
        for row in rows
    ]
    stances = [composite.stance(unit) for unit in units]
    counts = [stances.count(stance) for stance in ("promoter", "passive", "detractor", None)]
    values = [value for unit in units if (value := composite.composite(unit)) is not None]
    return ClassCounts(*counts), Moments.of_values(values)


def test_four_ballots_told_one_by_one():
    counted = count(CODES, SURVEY)
    assert counted.answered == 4
    assert counted.classes == ClassCounts(1, 1, 1, 1)
    assert counted.theme_classes == {
        "plan": ClassCounts(2, 0, 1, 1),
        "people": ClassCounts(1, 1, 0, 2),
    }
    assert counted.histogram("trust") == (1, 0, 1, 0, 0)
    assert counted.oriented_histogram("trust") == (0, 0, 1, 0, 1)
    assert (counted.not_applicable("trust"), counted.blank("trust")) == (1, 1)
    assert counted.histogram("city") == (1, 1, 1)
    assert counted.item_classes("ask") == ClassCounts(2, 0, 1, 1)
    assert counted.index == (100 + 25 + Fraction(125, 2)) / 3
    assert counted.item_index("goals") == Fraction(200, 3)
    assert counted.theme_index("people") == 75


@settings(max_examples=60)
@given(st.data())
def test_counters_equal_respondents_scored_one_by_one(data):
    survey = data.draw(instruments())
    codes = data.draw(ballots(survey))
    counted = count(codes, survey)
    rows = [oriented(row, survey) for row in codes.tolist()]
    expected = composites(rows, survey.composite, survey)
    assert ClassCounts(*counted.class_counts[0].tolist()) == expected[0]
    if survey.rule == "composite":
        assert (counted.classes, counted.moments) == expected
        assert counted.index == expected[1].mean
    for theme in survey.themes:
        classes, moments = composites(rows, survey.theme_items(theme), survey)
        assert (counted.theme_classes[theme], counted.theme_moments(theme)) == (classes, moments)


@settings(max_examples=60)
@given(st.data())
def test_item_counts_equal_answers_classified_one_by_one(data):
    survey = data.draw(instruments())
    codes = data.draw(ballots(survey))
    counted = count(codes, survey)
    rows = [oriented(row, survey) for row in codes.tolist()]
    for item in survey.items:
        answers = [row[item.key] for row in rows if row[item.key] is not None]
        histogram = [answers.count(code) for code in range(item.points)]
        assert list(counted.oriented_histogram(item.key)) == histogram
        missing = counted.not_applicable(item.key) + counted.blank(item.key)
        assert missing == len(rows) - len(answers)
        if item.scored:
            cuts = (item.points, item.max_detractor, item.min_promoter)
            stances = [classify(answer, *cuts) for answer in answers]
            classes = [stances.count(name) for name in ("promoter", "passive", "detractor")]
            assert counted.item_classes(item.key) == (*classes, missing)


@settings(max_examples=60)
@given(st.data())
def test_products_equal_sums_over_complete_and_pairwise_rows(data):
    survey = data.draw(instruments())
    codes = data.draw(ballots(survey))
    counted = count(codes, survey)
    rows = [oriented(row, survey) for row in codes.tolist()]
    if rows:
        own = CrossProducts.of_rows([row[key] for key in survey.composite] for row in rows)
        assert counted.composite_products() == own
    if rows and survey.explained:
        keys = (*survey.drivers, survey.explained)
        wanted = [[row[key] for key in survey.crossed] for row in rows]
        order = [survey.crossed.index(key) for key in keys]
        assert counted.driver_products() == CrossProducts.of_rows(wanted).keep(order)
    for i, one in enumerate(survey.crossed):
        for j, other in enumerate(survey.crossed):
            both = [(r[one], r[other]) for r in rows if None not in (r[one], r[other])]
            sums = [len(both), sum(x for x, _ in both), sum(x * x for x, _ in both)]
            assert counted.pairs[:, i, j].tolist() == [*sums, sum(x * y for x, y in both)]


@settings(max_examples=40)
@given(st.data())
def test_split_shuffle_and_merge_give_identical_integers(data):
    survey = data.draw(instruments())
    codes = data.draw(ballots(survey))
    leaf = np.array([data.draw(st.integers(0, 3)) for _ in codes], dtype=np.intp)
    leaves = count_by_leaf(codes, leaf, 5, survey)
    whole = count(codes, survey)
    assert total(leaves, survey) == whole == total(reversed(leaves), survey)
    assert leaves[4] == empty(survey)
    shuffled = np.array(data.draw(st.permutations(range(len(codes)))), dtype=np.intp)
    assert count_by_leaf(codes[shuffled], leaf[shuffled], 5, survey) == leaves


def test_more_ballots_than_one_block_count_the_same(monkeypatch):
    many = np.tile(CODES, (9, 1))
    whole = count(many, SURVEY)
    monkeypatch.setattr("app.scoring.counts.CHUNK", 5)
    assert count(many, SURVEY) == whole


def test_a_full_block_of_large_answers_stays_exact():
    """An odd total: one lost bit anywhere in the sum of its squares would show."""
    eleven = replace(ASK, own=True)
    nine = replace(eleven, points=9)
    items = tuple(replace(eleven if i else nine, key=f"q{i}") for i in range(250))
    codes = np.full((CHUNK, 250), 10, dtype=np.uint8)
    codes[:, 0] = 7
    counted = count(codes, Instrument(items, "composite"))
    total_of_one = 249 * 2520 + 7 * 315
    expected = [CHUNK, CHUNK * total_of_one, CHUNK * total_of_one**2]
    assert counted.totals[0, 250].tolist() == expected
    assert counted.moments.variance == 0
    assert {*counted.complete[2:, 2:].ravel().tolist()} == {CHUNK * 100}


def test_under_the_item_rule_one_item_classifies():
    survey = Instrument((GOALS, ASK), "item", "ask", ("plan",))
    counted = count(CODES[:, [0, 3]], survey)
    assert counted.classes == counted.item_classes("ask") == ClassCounts(2, 0, 1, 1)
    assert counted.index == counted.item_index("ask") == Fraction(190, 3)
    assert (survey.explained, survey.drivers) == ("ask", ("goals",))
    assert counted.driver_products() == (3, (8, 19), ((26, 49), (49, 181)))


def test_without_an_outcome_there_are_no_driver_products():
    assert (
        count(CODES[:, :1], Instrument((GOALS,), "composite", themes=("plan",))).driver_products()
        is None
    )


def test_a_code_off_its_scale_names_item_row_and_value():
    wrong = CODES.copy()
    wrong[3, 0], wrong[1, 2] = 5, 253
    with pytest.raises(ValueError, match="item city, row 1: 253 is not an answer"):
        count_by_leaf(wrong, np.array([1, 1, 0, 0]), 2, SURVEY)


@pytest.mark.parametrize("codes", [CODES[:, :2], CODES.astype(np.int64), CODES[0]])
def test_the_matrix_must_fit_the_instrument(codes):
    with pytest.raises(ValueError, match="uint8, ballots x 4 items"):
        count(codes, SURVEY)


@pytest.mark.parametrize("leaf", [[0, 0, 0], [0.0, 1.0, 0.0, 1.0]])
def test_every_ballot_needs_a_leaf(leaf):
    with pytest.raises(ValueError, match="number of its leaf"):
        count_by_leaf(CODES, np.array(leaf), 2, SURVEY)


@pytest.mark.parametrize("leaf", [[0, 0, 0, 2], [-1, 0, 0, 0]])
def test_an_unknown_leaf_is_refused(leaf):
    with pytest.raises(ValueError, match="numbered 0 to 1"):
        count_by_leaf(CODES, np.array(leaf), 2, SURVEY)


def test_no_ballots_count_as_nothing():
    counted = count(CODES[:0], SURVEY)
    assert counted == empty(SURVEY)
    assert (counted.index, counted.theme_index("plan"), counted.item_index("ask")) == (None,) * 3


def test_counters_of_different_surveys_do_not_mix():
    other = empty(Instrument((GOALS,), "composite", themes=("plan",)))
    with pytest.raises(ValueError, match="different instruments"):
        empty(SURVEY) + other
    with pytest.raises(TypeError):
        empty(SURVEY) + 0
    assert empty(SURVEY) != other
    assert empty(SURVEY) != 0
    assert replace(empty(SURVEY), answered=1) != empty(SURVEY)
    assert count(CODES[[0]], SURVEY) != count(CODES[[1]], SURVEY)


def test_sums_that_might_overflow_are_refused():
    crowd = replace(empty(SURVEY), answered=10**12)
    with pytest.raises(OverflowError, match="too many"):
        crowd + crowd
    check_headroom(10**11, SURVEY)


def test_a_choice_has_no_classes_and_an_unknown_item_no_counts():
    with pytest.raises(ValueError, match="city has no cut-offs"):
        empty(SURVEY).item_classes("city")
    with pytest.raises(ValueError, match="no item has the key salary"):
        empty(SURVEY).histogram("salary")
