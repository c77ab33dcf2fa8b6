"""The templates that ship, and what a check says about a file."""

from collections import Counter
from pathlib import Path

import pytest

from app.surveys import library
from app.surveys.checking import check_file
from app.surveys.definition import SIGNS
from app.surveys.library import UnknownSurvey, template
from tests.surveys.samples import LUNCH

SHELF = Path(__file__).parents[2] / "survey_templates"
FILES = sorted(SHELF.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_template_has_no_problem_and_no_doubt(path):
    checked = check_file(path)
    assert (checked.problems, checked.warnings) == ((), ())
    assert checked.survey == template(path.stem)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_template_speaks_english_and_malay_and_introduces_itself(path):
    survey = template(path.stem)
    assert {"en", "ms"} <= set(survey.languages)
    assert survey.intro is not None
    for item in survey.items:
        assert item.text.in_("en") != item.text.in_("ms")


def test_the_alignment_survey_is_laid_out_as_designed():
    survey = template("sales_marketing_alignment")
    about = Counter(item.about for item in survey.items if item.type == "scale")
    assert about == {"own": 14, "other": 3, "guess": 3}
    assert [item.type for item in survey.items].count("text") == 2
    own = Counter(item.theme for item in survey.composite)
    assert len(survey.themes) == 6
    assert all(own[theme.key] >= 2 for theme in survey.themes)
    mirrored = {item.same_as for item in survey.items if item.about == "other"}
    assert mirrored == {item.same_as for item in survey.items if item.about == "guess"}
    assert all(survey.scale_of(item).not_applicable for item in survey.composite)


def test_the_alignment_survey_covers_every_sign_and_has_a_playbook():
    survey = template("sales_marketing_alignment")
    assert {sign for theme in survey.themes for sign in theme.signs} == set(SIGNS)
    assert all(theme.practices for theme in survey.themes)
    assert len(survey.practices) == 14
    assert all("?" in practice.text.in_("ms") for practice in survey.practices)


def test_the_workplace_is_classed_by_its_one_item():
    survey = template("recommend_workplace")
    assert (survey.classification.rule, survey.classification.item) == ("item", "recommend")


def test_the_library_knows_its_keys():
    assert library.keys() == tuple(path.stem for path in FILES)
    assert template("team_pulse") is template("team_pulse")


@pytest.mark.parametrize("key", ["team_puls", "../pyproject", "", "team_pulse.toml"])
def test_an_unknown_key_hears_of_the_known_ones(key):
    with pytest.raises(UnknownSurvey, match=r"Known: .*team_pulse"):
        template(key)


def test_a_near_miss_hears_what_was_meant():
    with pytest.raises(UnknownSurvey) as caught:
        template("team_puls")
    assert caught.value.nearest == "team_pulse"


def check(tmp_path, text, name="lunch.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return check_file(path)


def test_a_check_sums_a_file_up(tmp_path):
    checked = check(tmp_path, LUNCH)
    assert checked.summary == "7 items and 1 comment, 1 theme, 2 languages, about 2 minutes"
    assert not checked.warnings


@pytest.mark.parametrize(("minutes", "doubt"), [(1, "promises too much"), (5, "frightens")])
def test_a_dishonest_number_of_minutes_is_doubted(tmp_path, minutes, doubt):
    checked = check(tmp_path, LUNCH.replace("minutes = 2", f"minutes = {minutes}"))
    assert doubt in checked.warnings[0]
    assert "about 2" in checked.warnings[0]


def test_what_nothing_uses_is_doubted(tmp_path):
    alone = LUNCH.replace('practices = ["sit_together"]\n', "").replace('theme = "table"\n', "")
    doubts = " ".join(check(tmp_path, alone, "dinner.toml").warnings)
    assert 'named "dinner"' in doubts
    assert 'no theme names the practice "sit_together"' in doubts
    assert 'the theme "table" has no item' in doubts


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path):
    assert "cannot be read" in str(check_file(tmp_path / "none.toml").problems[0])
    assert "cannot be read" in str(check_file(tmp_path).problems[0])


def test_a_problem_of_a_checked_file_names_it(tmp_path):
    checked = check(tmp_path, LUNCH.replace("points = 5", "points = 50"))
    assert checked.survey is None
    assert str(checked.problems[0]).startswith("lunch.toml:9: scales.agreement.points: ")
