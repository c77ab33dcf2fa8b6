import pytest

from app.surveys.canonical import from_json, to_json
from app.surveys.definition import RECOMMEND
from app.surveys.text import Text
from tests.surveys.samples import lunch, three_sides


def test_a_survey_comes_back_from_its_json_as_it_was():
    for survey in (lunch(), three_sides()):
        assert from_json(to_json(survey)) == survey
        assert from_json(to_json(survey)).content_hash == survey.content_hash


def test_the_hash_follows_every_word_and_nothing_else():
    assert lunch().content_hash == lunch("key = ", "key    = ").content_hash
    assert lunch().content_hash != lunch("My team listens.", "My team hears.").content_hash
    assert lunch().content_hash != lunch("max_detractor = 1", "max_detractor = 0").content_hash


def test_a_field_at_its_default_leaves_the_hash_alone():
    """So that a field added to the definition later keeps every hash written before it."""
    written = lunch(
        'key = "wish"\n', 'key = "wish"\nreversed = false\nsame_as = ""\nshow_if = {}\n'
    )
    assert written.content_hash == lunch().content_hash
    assert '"reversed"' not in to_json(written)


def test_a_survey_can_be_hashed_and_cannot_be_changed():
    assert len({lunch(), lunch(), three_sides()}) == 2
    with pytest.raises(AttributeError):
        lunch().version = 2  # type: ignore[misc]


@pytest.mark.parametrize("text", ["[]", '{"key":1}', '{"key":"a"}', "null", '{"nonsense":1}'])
def test_json_that_is_no_survey_is_refused(text):
    with pytest.raises(ValueError, match="not a stored"):
        from_json(text)


def test_words_are_found_by_language_and_fall_back_to_the_first():
    yes = Text.of(en="Yes", ms="Ya")
    assert (yes.in_("ms"), yes.in_("ta")) == ("Ya", "Yes")
    assert Text.same("7").in_("ms") == "7"


def test_braces_in_a_text_or_a_name_do_no_harm():
    text = Text.of(en="{other} {0.__class__} {")
    assert text.about(Text.of(en="{other}"), "en") == "{other} {0.__class__} {"


def test_the_composite_is_made_of_own_scale_items():
    assert [item.key for item in lunch().composite] == ["we_listen"]


def test_a_recommend_item_brings_its_own_scale():
    survey = lunch()
    assert survey.scale_of(survey.item("likely")) == RECOMMEND
    assert survey.codes_of(survey.item("likely")) == 11
    assert survey.codes_of(survey.item("dishes")) == 3
    assert survey.codes_of(survey.item("wish")) == 0
