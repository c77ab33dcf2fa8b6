"""Aminah makes a survey of her own: copies one, edits it, saves versions, and uses it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.campaigns import rounds
from app.results.instrument import instrument_of
from app.surveys import editing, library
from app.surveys.loading import read_data, read_template
from app.surveys.writing import as_data, to_toml
from tests import cast
from tests.journeys.browser import Browser, Page
from tests.site import Site, running_site, shared_database


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("editor")
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def hr(site: Site) -> Browser:
    return site.signed_in(cast.AMINAH)


def copied(hr: Browser, key: str, source: str = "team_pulse") -> Page:
    return hr.press(hr.open(f"/surveys/{source}"), "Copy and edit", fill={"new_key": key})


@pytest.mark.parametrize("key", library.keys())
def test_a_survey_written_as_a_file_reads_as_the_same_survey(key: str) -> None:
    survey = library.template(key)
    assert read_template(to_toml(as_data(survey)).encode(), key) == survey
    assert read_data(as_data(survey), key) == survey


def test_a_copy_is_edited_saved_and_asked(site: Site, hr: Browser, tmp_path: Path) -> None:
    page = copied(hr, "our_pulse")
    assert page.path == "/surveys/our_pulse/edit"
    first = hr.open("/surveys/our_pulse/edit/items/0")
    kept = hr.press(
        first, "Keep", fill={"text.en": "I have energy today.", "text.ms": "Saya bertenaga."}
    )
    assert "I have energy today." in kept.text
    added = hr.press(kept, "Add a question")
    missing = hr.press(added, "Keep", fill={"text.en": "And tomorrow?", "key": "tomorrow"})
    assert 'id="text.ms-error"' in missing.html
    overview = hr.open("/surveys/our_pulse/edit")
    assert "Bahasa Melayu is missing" in overview.text
    assert "Question 6 (Bahasa Melayu)" in overview.text
    assert "Save as version 1" not in overview.text
    hr.press(missing, "Keep", fill={"text.ms": "Dan esok?"})
    preview = hr.open("/surveys/our_pulse/preview?draft=yes&language=ms")
    assert "6. Dan esok?" in preview.text
    shown = hr.press(hr.open("/surveys/our_pulse/edit"), "Save as version 1")
    assert "And tomorrow?" in shown.text
    assert "our_pulse" in site.command("survey", "list").stdout
    told = json.loads(site.command("survey", "show", "our_pulse", "--json").stdout)
    assert told["items"][-1]["key"] == "tomorrow"
    file = tmp_path / "our_pulse.toml"
    file.write_bytes(hr.client.get("/surveys/our_pulse/template.toml").content)
    assert "6 items" in site.command("survey", "check", str(file)).stdout
    site.command("round", "open", "our_pulse", "--name", "Ours")
    assert "so it stays" in hr.open("/surveys/our_pulse/versions").text
    token = hr.open("/surveys/our_pulse/edit").forms[-1].value("csrf")
    still = hr.send(f"{site.settings.base_url}/surveys/our_pulse/delete", [("csrf", token)], 409)
    assert "so it stays" in still.text


def test_a_round_keeps_its_survey_and_versions_are_told_apart(site: Site, hr: Browser) -> None:
    copied(hr, "three_versions")
    hr.press(hr.open("/surveys/three_versions/edit"), "Save as version 1")
    opened = json.loads(
        site.command("round", "open", "three_versions", "--name", "First", "--json").stdout
    )
    part = hr.open("/surveys/three_versions/edit/items/1")
    hr.press(part, "Keep", fill={"text.en": "I know my goals."})
    hr.press(hr.open("/surveys/three_versions/edit/items/0"), "Keep")
    hr.press(hr.open("/surveys/three_versions/edit"), "Save as version 2")
    page = hr.open("/surveys/three_versions/versions")
    assert "I know what is expected of me at work. I know my goals." in page.text
    again = hr.press(page, "Take version 1 again")
    assert "Version 3" in again.text
    assert "I know what is expected of me at work." in hr.open("/surveys/three_versions").text
    with site.database.reading() as session:
        frozen = rounds.survey_of(session, rounds.get(session, opened["round"]))
    assert (frozen.version, frozen.item("clarity").text.in_("en")[:11]) == (1, "I know what")
    actions = [value for table, column, value in site.stored() if column == "action"]
    assert {"survey.copied", "survey.edited", "survey.saved", "survey.restored"} <= set(actions)


def test_parts_move_and_go(hr: Browser) -> None:
    copied(hr, "moved")

    def order() -> list[str]:
        page = hr.open("/surveys/moved/edit")
        items = page.tree.all("ol")[0]
        return [one.all("code")[0].text for one in items.all("li")]

    assert order() == ["energy", "clarity", "support", "voice", "progress"]
    hr.press(hr.open("/surveys/moved/edit"), "Down (energy)")
    hr.press(hr.open("/surveys/moved/edit"), "Up (progress)")
    hr.press(hr.open("/surveys/moved/edit"), "Remove (support)")
    assert order() == ["clarity", "energy", "progress", "voice"]


def test_choices_scales_themes_and_conditions_are_edited(hr: Browser, site: Site) -> None:
    copied(hr, "of_all_kinds")
    page = hr.press(hr.open("/surveys/of_all_kinds/edit"), "Add a question")
    page = hr.press(
        page,
        "Keep",
        fill={
            "key": "drink",
            "type": "choice",
            "scale": "",
            "text.en": "Drink?",
            "text.ms": "Minum?",
            "option-0.en": "Tea",
            "option-0.ms": "Teh",
            "option-1.en": "Water",
            "option-1.ms": "Air",
        },
    )
    page = hr.press(page, "Add a question")
    hr.press(
        page,
        "Keep",
        fill={
            "key": "why_tea",
            "type": "text",
            "scale": "",
            "text.en": "Why tea?",
            "text.ms": "Mengapa teh?",
            "show_if.item": "drink",
            "show_if.in": "0",
        },
    )
    page = hr.press(hr.open("/surveys/of_all_kinds/edit"), "Add a theme")
    hr.press(page, "Keep", fill={"key": "today", "name.en": "Today", "name.ms": "Hari ini"})
    scale = hr.open("/surveys/of_all_kinds/edit/scales/0")
    wider = hr.press(scale, "Keep", fill={"points": "6", "min_promoter": "4"})
    assert "label-5.ms" in wider.html
    hr.press(wider, "Keep", fill={"label-5.en": "Wholly agree", "label-5.ms": "Setuju penuh"})
    hr.press(hr.open("/surveys/of_all_kinds/edit"), "Save as version 1")
    told = json.loads(site.command("survey", "show", "of_all_kinds", "--json").stdout)
    drink, why = told["items"][-2:]
    assert [one["key"] for one in drink["options"]] == ["a1", "a2"]
    assert why["show_if"] == {"item": "drink", "codes": [0]}
    assert told["scales"][0]["points"] == 6
    assert told["themes"][0]["key"] == "today"


def test_a_language_added_is_marked_as_missing_and_can_go_again(hr: Browser) -> None:
    copied(hr, "one_language")
    only = hr.press(hr.open("/surveys/one_language/edit"), "Keep", fill={"languages": ["en"]})
    assert "Bahasa Melayu is missing" not in only.text
    assert "Save as version 1" in only.text
    both = hr.press(only, "Keep", fill={"languages": ["en", "ms"]})
    assert both.text.count("Bahasa Melayu is missing") >= 5


@pytest.mark.parametrize("key", ["team_pulse", "Bad Key", "", "9lives", "x" * 41])
def test_a_key_that_is_taken_or_bad_is_told_at_its_field(hr: Browser, key: str) -> None:
    page = hr.open("/surveys/team_pulse")
    again = hr.press(page, "Copy and edit", fill={"new_key": key}, status=422)
    assert 'id="new_key-error"' in again.html


def test_an_unused_survey_can_be_deleted_and_a_draft_discarded(hr: Browser) -> None:
    copied(hr, "short_lived")
    hr.press(hr.open("/surveys/short_lived/edit"), "Discard the draft")
    hr.open("/surveys/short_lived/edit", 404)
    copied(hr, "short_lived")
    hr.press(hr.open("/surveys/short_lived/edit"), "Save as version 1")
    hr.press(hr.open("/surveys/short_lived/versions"), "Delete this survey")
    hr.open("/surveys/short_lived", 404)


def test_what_ships_cannot_be_edited(hr: Browser, site: Site) -> None:
    hr.open("/surveys/team_pulse/edit", 404)
    with site.database.writing() as session, pytest.raises(editing.EditRefused, match="copy it"):
        editing.keep(session, "team_pulse", {}, "test")


def test_the_editor_speaks_malay(site: Site, hr: Browser) -> None:
    copied(hr, "dalam_melayu")
    malay = site.signed_in("malay@contoh.example.com", language="ms")
    for address in ("edit", "edit/items/0", "edit/scales/0", "versions"):
        page = malay.open(f"/surveys/dalam_melayu/{address}")
        assert "Keep" not in page.text
        assert 'lang="ms"' in page.html


def test_the_questions_about_trust_are_asked_along_and_change_no_score(hr: Browser) -> None:
    page = copied(hr, "with_trust", "sales_marketing_pulse")
    appended = hr.press(page, "Add the questions about trust in surveys")
    assert "survey_trust_belief" in appended.text
    assert "Add the questions about trust in surveys" not in appended.text
    hr.press(appended, "Save as version 1")
    text = hr.open("/surveys/with_trust/template.toml").response.content
    survey, plain = read_template(text, "with_trust"), library.template("sales_marketing_pulse")
    assert len(survey.items) == len(plain.items) + len(library.template("survey_trust").items)
    assert [item.key for item in survey.composite] == [item.key for item in plain.composite]
    scored, before = instrument_of(survey), instrument_of(plain)
    assert scored.composite == before.composite
    assert scored.theme_items("survey_trust") == ()
    assert survey.scale_of(survey.item("survey_trust_belief")) == plain.scales[0], "one scale"
