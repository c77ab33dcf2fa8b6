"""The sentences beside the figures: true at the borders, and of the right side."""

import pytest

from app.kit.language import language
from app.results import report, wording
from app.surveys.loading import read_template
from tests.results.company import Company, classed, groups_of, mixed, survey_of
from tests.results.test_statistics import two_sides

ENGLISH = language("en")
RATING = """
[[items]]
key = "recommend"
type = "{type}"
{scale}
text.en = "Would you?"
[classification]
rule = "item"
item = "recommend"
"""


def by_one_question(kind: str) -> dict:
    from tests.results import company as samples

    head = samples.HEADER.format(points=5, low=1, high=3, labels=[f"P{n}" for n in range(5)])
    scale = 'scale = "agree"' if kind == "scale" else ""
    survey = read_template((head + RATING.format(type=kind, scale=scale)).encode(), "pulling.toml")
    company = Company(survey)
    company.add("Sales", 9, [bytes([n % 5]) for n in range(9)])
    return company.release()


def whole(points: int = 5) -> dict:
    company = Company(survey_of(points))
    company.add(
        "Sales", 14, [bytes([n % points, (n + 1) % points, n % 3, n % 3]) for n in range(14)]
    )
    return company.release()


def test_scores_of_different_kinds_have_different_names():
    names = {
        "mean": wording.score_name(whole(), ENGLISH),
        "recommend": wording.score_name(by_one_question("recommend"), ENGLISH),
        "scale": wording.score_name(by_one_question("scale"), ENGLISH),
    }
    assert names == {
        "mean": "alignment score",
        "recommend": "eNPS-style score",
        "scale": "question score",
    }
    assert wording.method_label(by_one_question("recommend"), ENGLISH).startswith("eNPS-style")


@pytest.mark.parametrize(("points", "said"), [(4, True), (5, False), (6, True), (7, False)])
def test_a_scale_without_a_middle_is_said_so(points, said):
    assert ("no neutral" in wording.without_neutral(whole(points), ENGLISH)) is said


def test_that_everybody_answered_says_nothing_about_chance_next_time():
    company = Company(survey_of())
    company.add("Sales", 10, mixed((5, 3, 2)))
    group = groups_of(company.release())["Sales"]
    assert report.likely(group, ENGLISH).startswith("Everyone asked has answered")
    assert "between −19 and +65" in wording.by_chance(group, ENGLISH)
    company.invited["Sales"] = 11
    assert wording.by_chance(groups_of(company.release())["Sales"], ENGLISH) == ""


def test_parts_that_took_part_very_differently_are_weighed_by_headcount():
    company = Company(survey_of())
    company.add("Sales", 10, mixed((4, 3, 2)))
    company.add("Plant", 40, mixed((2, 4, 6)))
    release = company.release()
    said = wording.by_headcount(release, release["groups"][0], ENGLISH)
    assert "30 % to 90 %" in said
    assert said.endswith(f"is {report.signed(release['groups'][0]['score_by_headcount'])}.")
    company.invited["Plant"] = 14
    release = company.release()
    assert wording.by_headcount(release, release["groups"][0], ENGLISH) == "", "86 and 90 per cent"


def test_only_a_difference_that_is_clear_is_called_so():
    company = Company(survey_of())
    for path, counts in (("Up", (30, 6, 4)), ("Down", (4, 6, 30)), ("Middle", (12, 14, 12))):
        company.add(path, 60, classed(*counts))
    release = company.release()
    said = {
        path: wording.difference(release, group, ENGLISH)
        for path, group in groups_of(release).items()
    }
    assert said["Up"].startswith("Clearly higher than everybody else: +")
    assert said["Down"].startswith("Clearly lower than everybody else: −")
    assert said["Middle"].startswith("No clear difference")
    assert said[""] == "", "the whole has nobody else"


@pytest.mark.parametrize(
    ("r_wg_j", "words"),
    [
        (1.0, "very strongly"),
        (0.91, "very strongly"),
        (0.9099, "agree strongly"),
        (0.71, "agree strongly"),
        (0.51, "moderately"),
        (0.31, "weakly"),
        (0.3099, "hardly"),
        (0.0, "hardly"),
    ],
)
def test_agreement_is_called_by_the_published_cut_offs(r_wg_j, words):
    group = {"agreement": {"r_wg_j": r_wg_j, "few_answers": False}}
    assert words in wording.agreement(group, ENGLISH)
    group = {"agreement": {"r_wg_j": r_wg_j, "few_answers": True}}
    assert "Few answers" in wording.agreement(group, ENGLISH)


def test_without_agreement_nothing_is_said():
    assert wording.agreement({"agreement": None}, ENGLISH) == ""


@pytest.mark.parametrize(
    ("kind", "verdict", "words"),
    [
        ("means", "higher", "Sales answers clearly more favourably than Marketing"),
        ("means", "lower", "Sales answers clearly less favourably than Marketing"),
        ("perception", "higher", "Marketing sees itself clearly better than Sales sees it"),
        ("perception", "lower", "Marketing sees itself clearly worse than Sales sees it"),
        ("guess", "higher", "Sales expects a clearly more favourable answer of Marketing"),
        ("guess", "lower", "Sales expects a clearly less favourable answer of Marketing"),
        ("means", "no clear gap", "no clear gap between Sales and Marketing"),
        (
            "guess",
            "spread differently",
            "Sales and Marketing are spread differently; whether they differ",
        ),
    ],
)
def test_a_gap_names_who_sees_whom_how(kind, verdict, words):
    company = two_sides()
    rows = [one for one in company.release()["gaps"] if one["from"] == "Sales"]
    row = {
        **next(one for one in rows if one["kind"] == kind and one["item"]),
        "verdict": verdict,
        "low": -2.0,
        "high": 9.0,
    }
    clear, unclear = wording.gaps([row], company.survey, ENGLISH)
    assert bool(clear) is (verdict != "no clear gap")
    assert words in (*clear, *unclear)[0].words


@pytest.mark.parametrize(("gap", "low", "high"), [(23.0, 12.0, 33.0), (-23.0, -33.0, -12.0)])
def test_a_clear_gap_gives_its_size_in_the_direction_of_its_words(gap, low, high):
    company = two_sides()
    row = {
        **next(one for one in company.release()["gaps"] if one["item"]),
        "gap": gap,
        "low": low,
        "high": high,
        "verdict": "higher" if gap > 0 else "lower",
    }
    [line], _ = wording.gaps([row], company.survey, ENGLISH)
    assert "by 23 points of 100 (likely 12 to 33)" in line.words


def test_the_direction_of_a_perception_gap_is_that_of_the_means():
    company = two_sides()
    release = company.release()
    groups = groups_of(release)
    own = {one["key"]: one["index"] for one in groups["Marketing"]["items"]}
    seen = {one["key"]: one["index"] for one in groups["Sales"]["items"]}
    [row] = [
        one for one in release["gaps"] if one["kind"] == "perception" and one["from"] == "Sales"
    ]
    assert row["gap"] == pytest.approx(own["a1"] - seen["a1_other"], abs=0.001)
    expected = {True: "higher", False: "lower"}[row["gap"] > 0]
    assert row["verdict"] in {expected, "no clear gap", "spread differently"}


def test_the_widest_clear_gap_comes_first():
    company = two_sides()
    rows = [
        {**one, "verdict": "higher", "gap": gap, "low": 1.0, "high": 2.0}
        for one, gap in zip(company.release()["gaps"], [3.0, -40.0, 12.0], strict=False)
    ]
    clear, _ = wording.gaps(rows, company.survey, ENGLISH)
    assert [abs(line.row["gap"]) for line in clear] == [40.0, 12.0, 3.0]
