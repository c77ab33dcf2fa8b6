"""The signs of misalignment: what the printed figures of a group say, and what hidden ones do not."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.runtime import Runtime
from app.results import diagnosis, release
from app.results.diagnosis import ASKED_OF_STAFF_ONLY, state
from app.surveys import library
from app.surveys.definition import Survey
from app.surveys.loading import read_template
from tests.results.company import HEADER, ITEM, Company
from tests.results.rounds import answered, closed, launched, staffed

LABELS = [f"P{n}" for n in range(5)]
PRACTICE = '[[practices]]\nkey = "{0}"\ntext.en = "Do {0}."\n'
VOICES = ["for", "against", "open", "none"]


def survey() -> Survey:
    """Theme `two` points to dropped leads and complaints, theme `one` to dropped leads."""
    head = HEADER.format(points=5, low=1, high=3, labels=LABELS)
    head = head.replace(
        'name.en = "Two items"',
        'name.en = "Two items"\nsigns = ["leads_dropped", "customer_complaints"]\n'
        'practices = ["walk", "talk"]',
    ).replace(
        'name.en = "One item"',
        'name.en = "One item"\nsigns = ["leads_dropped"]\npractices = ["talk", "sync"]',
    )
    items = "".join(
        ITEM.format(key=key, theme=theme)
        for key, theme in (("a1", "two"), ("a2", "two"), ("b1", "one"))
    )
    practices = "".join(map(PRACTICE.format, ("walk", "talk", "sync")))
    return read_template((head + items + practices).encode(), "pulling.toml")


def signs(two: str, one: str, people: int = 12) -> dict[str, dict]:
    """What is found where everybody answers one of these codes in turn; 0 disagrees, 4 agrees."""
    company = Company(survey())
    codes = [(int(two[n % len(two)]), int(one[n % len(one)])) for n in range(people)]
    company.add("Sales", people, [bytes([a, a, b]) for a, b in codes])
    return {
        row["sign"]: row for row in company.release()["diagnosis"] if row["department"] == "Sales"
    }


def test_a_theme_clearly_below_zero_shows_its_sign() -> None:
    found = signs("0012", "0112")["leads_dropped"]
    assert found["state"] == "present"
    assert found["evidence"] == ["theme:two", "theme:one", "item:a1", "item:a2", "item:b1"]
    assert found["practices"] == ["walk", "talk", "sync"], "each once, of the weak themes"


def test_themes_that_disagree_leave_it_possible() -> None:
    found = signs("3342", "0012")["leads_dropped"]
    assert found["state"] == "possible"
    assert found["practices"] == ["talk", "sync"], "of the weak theme only"


def test_themes_clearly_above_zero_rule_it_out() -> None:
    found = signs("3342", "3342")
    assert {one["state"] for one in found.values()} == {"absent"}
    assert not any(one["practices"] for one in found.values())


def test_what_customers_feel_staff_can_only_hint_at() -> None:
    assert signs("0012", "0112")["customer_complaints"]["state"] == "possible"


def test_an_interval_across_zero_leaves_it_possible() -> None:
    company = Company(survey())
    codes = [0, 4, 2, 3, 1, 4, 0, 3, 2, 4]
    # Thirty were asked: what the others think is open.
    company.add("Sales", 30, [bytes([code, code, code]) for code in codes])
    rows = [one for one in company.release()["diagnosis"] if one["department"] == "Sales"]
    assert {one["state"] for one in rows} == {"possible"}


def test_a_hidden_group_gives_nothing_and_a_hidden_theme_says_nothing() -> None:
    company = Company(survey())
    company.add("Sales", 12, [bytes([n % 3, n % 3, n % 2]) for n in range(12)])
    company.add("Legal", 3, [bytes([0, 0, 0])] * 3)
    company.add("Board", 4, [bytes([n, 4 - n, 4]) for n in range(4)])
    # Of Ops nine answered, but the second theme only four.
    company.add("Ops", 9, [bytes([4 - n % 3] * 2 + [2 if n < 4 else 255]) for n in range(9)])
    release = company.release()
    groups = {one["department"]: one for one in release["groups"]}
    assert not groups["Legal"]["disclosed"]
    themes = {theme["key"]: theme["disclosed"] for theme in groups["Ops"]["themes"]}
    assert themes == {"two": True, "one": False}
    found = {(one["department"], one["sign"]): one for one in release["diagnosis"]}
    assert not any(department == "Legal" for department, _ in found)
    dropped = found["Ops", "leads_dropped"]
    assert dropped["evidence"] == ["theme:two"]
    assert dropped["state"] == "unknown", "what is known is good, and half is not known"


@given(st.lists(st.sampled_from(VOICES), min_size=1, max_size=4), st.permutations(range(4)))
def test_the_rule_has_no_order_and_knows_its_borders(voices: list, order: list) -> None:
    found = state("leads_dropped", voices, ())
    shuffled = [voices[n] for n in order if n < len(voices)]
    assert state("leads_dropped", shuffled, ()) == found
    assert (found == "unknown") == (set(voices) <= {"none", "against"} and "none" in voices)
    assert (found == "absent") == (set(voices) == {"against"})
    assert (found == "present") == ("for" in voices and "against" not in voices)
    for sign in ASKED_OF_STAFF_ONLY:
        assert state(sign, voices, ()) != "present"


def test_one_statement_clearly_below_zero_is_enough_to_wonder() -> None:
    assert state("leads_dropped", ["against"], ["open", "for"]) == "possible"


@pytest.mark.parametrize("key", library.keys())
def test_every_sign_of_a_shipped_survey_has_practices(key: str) -> None:
    survey = library.template(key)
    for sign in diagnosis.signs_of(survey):
        themes = [theme for theme in survey.themes if sign in theme.signs]
        assert any(theme.practices for theme in themes)


# What has moved since the round before


def ballots(two: Sequence[int], people: int = 30) -> list:
    return [(bytes([two[n % 5], two[n % 5], 1 + n % 3]), {}) for n in range(people)]


def held(runtime: Runtime, two: Sequence[int]) -> dict:
    round_id = launched(runtime, survey())
    answered(runtime, round_id, {"Sales": ballots(two), "Ops": ballots((1, 2, 3, 2, 2))})
    closed(runtime, round_id)
    with runtime.database.writing() as session:
        zone = runtime.settings.zone
        stored = release.release(session, runtime.keyring, zone, round_id, "aminah")
        return dict(json.loads(stored.document))


def test_a_theme_that_moved_is_told_apart_from_one_that_did_not(runtime: Runtime) -> None:
    staffed(runtime, {"Sales": 30, "Ops": 30})
    first = held(runtime, (0, 1, 0, 2, 1))
    assert first["theme_changes"] == []
    second = held(runtime, (3, 4, 3, 2, 4))
    moved = {(one["department"], one["theme"]): one for one in second["theme_changes"]}
    assert moved["Sales", "two"]["verdict"] == "higher"
    assert moved["Sales", "two"]["with"] == f"round:{first['round']['id']}"
    assert moved["Sales", "one"]["verdict"] == "no clear difference"
    assert all(len(row["before"]) == 3 for row in moved.values())
    assert all("theme" not in row for row in second["comparisons"]), "a family of its own"
