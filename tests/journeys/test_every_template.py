"""Every template that ships: opened as a round, answered over HTTP by few people, and released."""

import json
from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

import pytest

from app.surveys import appending, library
from app.surveys.definition import Survey
from app.surveys.loading import read_data
from app.surveys.writing import as_data
from tests import cast
from tests.results.rounds import links
from tests.site import Site, running_site, shared_database

SALES, MARKETING, PLANT = cast.SALES, cast.MARKETING, cast.PLANT
# What the command is told besides the name, where the survey needs it.
TOLD = {
    "department_collaboration": ["--pair", f"{SALES}+{MARKETING}", "--pair", f"{SALES}+{PLANT}"],
    "leader_team_gap": ["--side", f"leaders={MARKETING}", "--side", f"teams={SALES}"],
    "handover_quality": ["--side", f"gives={MARKETING}", "--side", f"takes={SALES}"],
}
# As few as are just shown.
ANSWERING = {SALES: 6, MARKETING: 5, PLANT: 5}


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("templates")
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def hr(site: Site) -> Any:
    return site.signed_in(cast.AMINAH)


@pytest.mark.parametrize("key", library.keys())
def test_a_template_becomes_a_round_is_answered_and_released(site: Site, hr: Any, key: str) -> None:
    opened = json.loads(
        site.command("round", "open", key, "--name", key, *TOLD.get(key, []), "--json").stdout
    )
    given = links(site.runtime, opened["round"])
    answered = [_answer(site, given[department][:n]) for department, n in ANSWERING.items()]
    site.command("round", "close", opened["round"])
    release = json.loads(site.command("results", opened["round"], "--json").stdout)
    whole = release["groups"][0]
    assert whole["answered"] == sum(answered) == 16
    survey = library.template(key)
    _scored(survey, release)
    (sales,) = [one for one in release["groups"] if one["department"] == SALES]
    assert sales["answered"] == 6
    page = hr.open(f"/rounds/{opened['round']}")
    assert "{other}" not in page.html
    if release["views"]:
        _only_what_concerns_plant(site, opened["round"])
    for item in (one for one in survey.items if one.about == "own" and one.rated):
        assert item.text.in_("en") in page.text


def test_what_is_asked_along_has_results_of_its_own_and_leaves_the_score_alone(
    site: Site, hr: Any
) -> None:
    data = as_data(library.template("team_pulse"))
    appending.append(data, library.template(appending.TRUST))
    round_ = site.opened(MARKETING, survey=read_data(data, "with_trust"))

    for place, link in enumerate(round_.links.values()):
        content = place % 3 > 0

        def choose(name: str, offered: Sequence[str], content: bool = content) -> str:
            """Who is content with the team has no trust in the surveys, and the other way round."""
            return offered[4 if content != ("survey_trust" in name) else 0]

        site.answer(link, choose)
    site.command("round", "close", round_.id)
    release = json.loads(site.command("results", round_.id, "--json").stdout)
    whole = release["groups"][0]
    assert whole["score"] == 33
    assert "survey_trust" not in [theme["key"] for theme in whole["themes"]]
    scores = {item["key"]: item["score"] for item in whole["items"]}
    assert {key: one for key, one in scores.items() if "trust" in key} == dict.fromkeys(
        (f"survey_trust_{one}" for one in ("belief", "access", "freedom", "action")), -33
    )
    assert "I know who gets to see the results" in hr.open(f"/rounds/{round_.id}").text


def _answer(site: Site, tokens: Sequence[str]) -> int:
    """These people open their links and take the last or the first answer."""
    for place, token in enumerate(tokens):
        code = -1 if place % 3 else 0

        def choose(name: str, offered: Sequence[str], code: int = code) -> str:
            return [one for one in offered if one != "na" and one][code]

        assert "data-sent" in site.answer(f"/s/{token}", choose).html
    return len(tokens)


def _scored(survey: Survey, release: dict[str, Any]) -> None:
    whole = release["groups"][0]
    if survey.classification.rule == "none":
        assert whole["score"] is None
        said = {(one["from"], one["about"]) for one in release["views"] if one["index"] is not None}
        assert said == {
            *permutations(("Sales", "Marketing"), 2),
            *permutations(("Sales", "Plant"), 2),
        }
    else:
        assert whole["n"] == 16
        assert -100 <= whole["score"] <= 100
    asked = {item["key"].partition("--")[0] for item in whole["items"]}
    assert asked == {item.key for item in survey.items if item.type != "text"}


def _only_what_concerns_plant(site: Site, round_id: str) -> None:
    """The manager of the plant reads how it and Sales see each other, and nothing of Marketing."""
    manager = site.signed_in(cast.FARID, "manager", [PLANT])
    page = manager.open(f"/rounds/{round_id}/departments/{PLANT}")
    tables = [one.text for one in page.tree.all("table") if "Seen by" in one.text]
    assert tables
    assert all("Sales" in one and "Marketing" not in one for one in tables)
