"""Made-up respondents answer a round over HTTP."""

import json
from collections.abc import Iterator

import pytest

from tests.site import Site, running_site, shared_database


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path) -> Iterator[Site]:
    with (
        shared_database(request, request.param, tmp_path) as url,
        running_site(url, tmp_path) as site,
    ):
        yield site.with_people()


def test_as_many_answer_as_were_asked_for(site: Site) -> None:
    asked = site.opened("Commercial")
    done = site.command("simulate", asked.id, "--answers", "9", "--json")
    told = json.loads(done.stdout)
    assert (told["answered"], told["refused"]) == (9, 0)
    assert 0 < told["p50"] <= told["p99"]
    assert sum(site.answers(asked).values()) == 9
    # Who has answered is not asked again.
    left = len(asked.links) - 9
    refused = site.command("simulate", asked.id, "--answers", str(left + 1), check=False)
    assert f"{left} people have not answered yet" in refused.stderr
    assert sum(site.answers(asked).values()) == 9
    with site.database.reading() as session:
        noted = session.connection().exec_driver_sql(
            "SELECT count(*) FROM audit_entry WHERE action = 'round.simulated'"
        )
        assert noted.scalar() == 1


def test_the_same_seed_gives_the_same_answers(site: Site) -> None:
    rounds = [site.opened("Commercial", survey="team_pulse") for _ in range(3)]
    for asked, seed in zip(rounds, "773", strict=True):
        everybody = str(len(asked.links))
        site.command("simulate", asked.id, "--answers", everybody, "--seed", seed)
    first, second, other = (sorted(site.ballots(one)) for one in rounds)
    assert first == second != other


def test_nobody_answers_in_the_place_of_others_in_an_anonymous_round(site: Site) -> None:
    asked = site.opened("Commercial", mode="anonymous")
    done = site.command("simulate", asked.id, check=False)
    assert done.returncode == 1
    assert "known to nobody" in done.stderr


def test_a_server_that_does_not_run_is_named(site: Site) -> None:
    asked = site.opened("Commercial")
    site.settings = site.settings.model_copy(update={"base_url": "http://127.0.0.1:9"})
    done = site.command("simulate", asked.id, check=False)
    assert done.returncode == 1
    assert "selaras serve" in done.stderr
