"""What the page says in words: true of the numbers, also at the borders."""

import pytest

from app.kit.language import language
from app.results import headline, report, theme_lines
from app.results.report import Share
from tests.results.company import Company, classed, example, survey_of

ENGLISH = language("en")
SURVEY = survey_of()


def measures(low, high, range_low=-100.0, range_high=100.0, **given):
    spread = {"score_low": low, "score_high": high}
    return {**spread, "range_low": range_low, "range_high": range_high, **given}


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.1, 20.0, "leans positive"),
        (0.0, 20.0, "shows no clear lean"),
        (-20.0, 0.0, "shows no clear lean"),
        (-20.0, -0.1, "leans negative"),
        (-20.0, 20.0, "shows no clear lean"),
        (None, None, "no result"),
    ],
)
def test_a_score_leans_only_where_its_whole_interval_does(low, high, words):
    assert report.leaning(measures(low, high), ENGLISH) == words


def test_a_likely_range_is_rounded_half_away_and_signed():
    assert report.likely(measures(-12.5, 12.5), ENGLISH) == "likely −13 to +13"
    assert report.likely(measures(-0.4, 0.4), ENGLISH) == "likely 0 to 0"
    assert report.likely(measures(None, None), ENGLISH) == ""


def test_only_where_all_have_answered_is_nothing_uncertain():
    everybody = report.likely(measures(25.0, 25.0, 25.0, 25.0), ENGLISH)
    assert everybody.startswith("Everyone asked has answered")
    # One person is missing, and every other outcome would be very unlikely.
    assert "Everyone" not in report.likely(measures(96.0, 96.0, 95.0, 97.0), ENGLISH)
    assert "Everyone" not in report.likely(measures(96.0, 96.0, None, None), ENGLISH)


def test_a_missing_answer_is_never_called_everyone():
    """98 promoters and 2 detractors of 101: the exact interval has no width."""
    company = Company(SURVEY)
    company.add("Sales", 101, classed(98, 0, 2))
    group = report.group_of(company.release(), "Sales")
    assert group is not None
    assert group["score_low"] == group["score_high"]
    assert "Everyone" not in report.likely(group, ENGLISH)


def test_few_are_counted_as_people_and_many_in_per_cent():
    part = Share("promoter", "Promoters", 3, 15, percent=15)
    assert report.amount(part, 19, ENGLISH) == "3 of 19"
    assert report.amount(part, 20, ENGLISH) == "15 %"


@pytest.mark.parametrize(
    ("score", "printed"), [(None, "–"), (0, "0"), (12.5, "+13"), (-12.5, "−13"), (-0.2, "0")]
)
def test_a_score_is_printed_with_its_sign(score, printed):
    assert report.signed(score) == printed


def test_the_headline_names_the_strongest_and_the_weakest_theme():
    company = Company(SURVEY)
    ballots = [bytes([4 - n % 2, 4, n % 3, n % 3]) for n in range(8)]
    ballots += [bytes([0, n % 2, 1 + n % 3, 1]) for n in range(4)]
    company.add("Sales", 14, ballots)
    company.add("Plant", 14, ballots)
    release = company.release()
    group = report.group_of(release, "Sales")
    assert group is not None
    words = headline.sentence(release, group, SURVEY, ENGLISH)
    assert words.startswith("Sales ")
    assert "One item is the clear weak spot" in words


def test_a_hidden_group_has_the_name_its_path_ends_in():
    release = example().release()
    hidden = report.group_of(release, "Legal")
    assert hidden == {
        "name": "Legal",
        "level": 1,
        "department": "Legal",
        "disclosed": False,
        "reason": "protected",
    }
    assert report.group_of(release, "Nowhere") is None


def test_withheld_themes_and_items_are_told_from_printed_ones():
    company = Company(SURVEY)
    unsaid = [bytes([n % 5, (n + 2) % 5, 4, n % 3]) for n in range(9)]
    company.add("Sales", 9, unsaid)
    company.add("Plant", 9, [bytes([n % 5, n % 3, n % 4, n % 3]) for n in range(9)])
    release = company.release()
    group = report.group_of(release, "Sales")
    assert group is not None
    assert theme_lines.protected_themes(group, SURVEY, ENGLISH) == ("One item",)
    lines = {line.key: line for line in report.items_of(group, SURVEY, ENGLISH)}
    assert (lines["b1"].n, lines["b1"].parts, lines["b1"].score) == (None, (), None)
    assert [part.people for part in lines["a1"].parts] == [2, 2, 2, 2, 1]
    assert sum(part.share for part in lines["a1"].parts) == pytest.approx(100)
