"""What the release says beyond the score: gaps between sides, comparisons, agreement."""

from app.results import comparisons, disclosure, statistics
from app.surveys.coding import Layout
from app.surveys.loading import read_template
from tests.results.company import COMMENTS, Company, K, groups_of, survey_of

SIDES = """
[[sides]]
key = "sales"
name.en = "Sales"
[[sides]]
key = "marketing"
name.en = "Marketing"
"""
MIRRORS = """
[[items]]
key = "a1_other"
type = "scale"
scale = "agree"
about = "other"
same_as = "a1"
text.en = "{other} does it."
[[items]]
key = "a1_guess"
type = "scale"
scale = "agree"
about = "guess"
same_as = "a1"
text.en = "{other} would say so."
"""


def two_sides() -> Company:
    plain = survey_of(extra="")
    text = _template().replace("[[themes]]", SIDES + "[[themes]]", 1) + MIRRORS
    survey = read_template(text.encode(), "pulling.toml")
    assert Layout.of(survey).size == Layout.of(plain).size + 2
    company = Company(survey, sides={"Sales": "sales", "Marketing": "marketing"})
    company.add(
        "Sales", 10, [bytes([n % 3 + 2, 3 - n % 2, n % 4, n % 2, n % 3]) for n in range(10)]
    )
    company.add(
        "Marketing", 8, [bytes([n % 2 + 1, n % 4, n % 3, n % 2 + 3, 4 - n % 2]) for n in range(8)]
    )
    return company


def _template() -> str:
    from tests.results import company

    labels = [f"Point {code}" for code in range(5)]
    text = company.HEADER.format(points=5, low=1, high=3, labels=labels)
    items = [("a1", "two"), ("a2", "two"), ("b1", "one")]
    return text + "".join(company.ITEM.format(key=key, theme=theme) for key, theme in items)


def gap_of(release: dict, kind: str, item: str | None, origin: str) -> dict:
    [found] = [
        row
        for row in release["gaps"]
        if (row["kind"], row["item"], row["from"]) == (kind, item, origin)
    ]
    return found


def index(codes: list[int]) -> float:
    return 25 * sum(codes) / len(codes)


def test_a_perception_gap_is_one_s_own_view_minus_the_other_s_view_of_it():
    release = two_sides().release()
    marketing_of_itself = index([n % 2 + 1 for n in range(8)])
    seen_by_sales = index([n % 2 for n in range(10)])
    found = gap_of(release, "perception", "a1_other", "Sales")
    assert found["about"] == "Marketing"
    assert found["gap"] == round(marketing_of_itself - seen_by_sales, 4)
    assert found["low"] < found["gap"] < found["high"]
    assert 0 < found["p"] <= found["q"] <= 1
    assert found["wasserstein"] >= abs(found["gap"])


def test_a_guess_gap_is_the_guess_minus_what_the_others_said():
    found = gap_of(two_sides().release(), "guess", "a1_guess", "Marketing")
    guessed = index([4 - n % 2 for n in range(8)])
    said = index([n % 3 + 2 for n in range(10)])
    assert found["gap"] == round(guessed - said, 4)


def test_own_views_are_compared_once_a_pair_in_the_order_of_the_sides():
    release = two_sides().release()
    found = gap_of(release, "means", "a1", "Sales")
    assert found["gap"] == round(
        index([n % 3 + 2 for n in range(10)]) - index([n % 2 + 1 for n in range(8)]), 4
    )
    assert not [row for row in release["gaps"] if row["kind"] == "means" and row["from"] != "Sales"]


def test_a_theme_s_gap_says_no_distance_that_was_not_worked_out():
    rows = [row for row in two_sides().release()["gaps"] if row["item"] is None]
    assert [row["theme"] for row in rows] == ["two", "one"]
    found = rows[0]
    assert found["low"] < found["gap"] < found["high"]
    assert (found["wasserstein"], found["noise"], found["cliff"]) == (None,) * 3
    assert 0 < found["p"] <= found["q"], "tested as one of the family"


def test_nothing_is_said_of_a_side_that_is_protected():
    company = two_sides()
    company.invited["Marketing"] = 3
    company.ballots["Marketing"] = company.ballots["Marketing"][:3]
    release = company.release()
    assert release["gaps"] == []
    assert release["comparisons"] == []


def test_a_department_is_compared_with_the_rest_and_never_with_itself():
    release = two_sides().release()
    groups = groups_of(release)
    rows = {row["department"]: row for row in release["comparisons"]}
    assert set(rows) == {"Sales", "Marketing"}
    difference = groups["Sales"]["score_exact"] - groups["Marketing"]["score_exact"]
    assert abs(rows["Sales"]["difference"] - difference) < 0.001
    assert rows["Sales"]["difference"] == -rows["Marketing"]["difference"]
    assert rows["Sales"]["p"] == rows["Marketing"]["p"] > 0


def test_agreement_of_few_is_marked_as_such():
    groups = groups_of(two_sides().release())
    indices = {"r_wg_j", "r_wg_j_skewed", "a_wg", "ad_m", "ad_md"}
    assert set(groups["Sales"]["agreement"]) == indices | {"few_answers"}
    assert groups["Sales"]["agreement"]["few_answers"] is False, "ten answers"
    assert groups["Marketing"]["agreement"]["few_answers"] is True, "eight answers"


def test_reliability_and_drivers_are_null_where_too_few_answered():
    release = two_sides().release()
    assert release["reliability"] is None
    assert release["drivers"] == []
    assert set(release["icc"]) == {"icc1", "icc2", "groups"}


def test_reliability_of_a_large_round_is_of_complete_answers():
    company = Company(survey_of(extra=""))
    company.add("Sales", 60, [bytes([n % 5, (n + n // 5) % 5, n % 5]) for n in range(60)])
    company.add("Ops", 30, [bytes([(n * 2) % 5, n % 5, 255]) for n in range(30)])
    found = company.release()["reliability"]
    assert found["n"] == 60
    assert found["alpha_low"] < found["alpha"] < found["alpha_high"]
    assert [one["key"] for one in found["items"]] == ["a1", "a2", "b1"]


def test_a_p_value_is_never_printed_as_nothing():
    company = Company(survey_of(extra=""))
    company.add("Up", 80, [bytes([4, 3 + n % 2, 4 - n % 2]) if n else b"\0\0\1" for n in range(80)])
    company.add("Down", 80, [bytes([0, n % 2, n % 2]) if n else b"\4\4\3" for n in range(80)])
    for row in company.release()["comparisons"]:
        assert row["p"] >= 0
        assert row["verdict"] in {"higher", "lower"}


def test_rounding_is_half_away_from_zero():
    assert statistics.decimal(None) is None
    assert statistics.decimal(0.00005) == 0.0001
    assert str(statistics.decimal(-0.00001)) == "0.0"


def test_what_is_published_is_where_the_figures_come_from():
    company = two_sides()
    published = disclosure.disclosed(company.tally(), K, COMMENTS, company.tree())
    assert comparisons.comparisons(published) == company.release()["comparisons"]
