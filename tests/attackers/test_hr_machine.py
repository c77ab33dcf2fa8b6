"""HR with bad intent, and the same HR where something was left open: the machine must find it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import text

from app.campaigns import amending, deliveries, policy, rounds
from app.campaigns.joining import Joining
from app.results import participation
from tests.attackers.hr import HR, TARGET, BadHr
from tests.site import Site, running_site, shared_database

QUICK = settings(
    max_examples=5,
    stateful_step_count=16,
    deadline=None,
    derandomize=True,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
# Once something is found there is no need to make it small.
FINDING = settings(
    QUICK, max_examples=30, phases=[Phase.generate], verbosity=Verbosity.quiet, print_blob=False
)


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with (
        shared_database(request, request.param, tmp_path) as url,
        running_site(url, tmp_path) as running,
    ):
        yield running


@pytest.fixture
def embedded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with (
        shared_database(request, "sqlite", tmp_path) as url,
        running_site(url, tmp_path) as running,
    ):
        yield running


def attack(site: Site, how: settings) -> None:
    hr = site.signed_in(HR)
    run_state_machine_as_test(lambda: BadHr(site, hr), settings=how)


def test_whatever_hr_does_the_promise_holds(site: Site) -> None:
    attack(site, QUICK)


@pytest.mark.nightly
def test_whatever_hr_does_for_a_whole_night(site: Site) -> None:
    attack(site, settings(QUICK, max_examples=150, stateful_step_count=40, derandomize=False))


def unlock(site: Site, *triggers: str) -> None:
    with site.database.writing() as session:
        for one in triggers:
            session.connection().execute(text(f"DROP TRIGGER {one}"))


def lower_the_smallest_group(site: Site, patch: pytest.MonkeyPatch) -> None:
    def set_it(session, round_id, smallest, _actor):  # type: ignore[no-untyped-def]
        document = "UPDATE round_policy SET document = replace(document, :was, :now)"
        was = policy.frozen(session, round_id).min_group
        values = {"was": f'"min_group":{was}', "now": f'"min_group":{smallest}'}
        session.connection().execute(text(document), values)
        session.connection().execute(text("DELETE FROM round_minimum"))

    unlock(site, "frozen_round_policy", "kept_round_minimum")
    patch.setattr(amending, "raise_minimum", set_it)


def open_again_what_is_over(site: Site, patch: pytest.MonkeyPatch) -> None:
    unlock(site, "over_survey_round", "over_invitation", "joined_round_department")
    unlock(site, "over_round_addition")
    patch.setattr(rounds, "refuse_unless", lambda *_: None)


def let_people_join_alone(_: Site, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Joining, "alone", False)


def show_the_participation_of_few(_: Site, patch: pytest.MonkeyPatch) -> None:
    everything = lambda shape, *_: frozenset(shape.below)  # noqa: E731
    patch.setattr(participation.planning, "headcounts", everything)


def count_who_has_left(_: Site, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(participation.invitations, "left", lambda *_: {})


def name_links_as_failures(site: Site, patch: pytest.MonkeyPatch) -> None:
    def told(session, round_id):  # type: ignore[no-untyped-def]
        row = rounds.get(session, round_id)
        statement = text("SELECT id FROM invitation WHERE round_id = :id")
        ids = session.connection().execute(statement, {"id": round_id})
        link = participation.invitations.link_token
        return [
            deliveries.Failure("P", "p@x", link(site.runtime.keyring, row, one)) for (one,) in ids
        ]

    patch.setattr(deliveries, "failures", told)


@pytest.mark.parametrize(
    "weakness",
    [
        lower_the_smallest_group,
        open_again_what_is_over,
        show_the_participation_of_few,
        name_links_as_failures,
    ],
)
def test_the_machine_finds_what_was_left_open(
    embedded: Site,
    monkeypatch: pytest.MonkeyPatch,
    weakness: Callable[[Site, pytest.MonkeyPatch], None],
) -> None:
    weakness(embedded, monkeypatch)
    with pytest.raises(AssertionError):
        attack(embedded, FINDING)


@pytest.mark.parametrize("weakness", [let_people_join_alone, count_who_has_left])
def test_what_takes_a_plot_is_found_on_its_way(
    embedded: Site,
    monkeypatch: pytest.MonkeyPatch,
    weakness: Callable[[Site, pytest.MonkeyPatch], None],
) -> None:
    """The steps in a row that chance seldom takes; without the weakness they lead nowhere."""
    plots = {let_people_join_alone: join_alone, count_who_has_left: take_colleagues_out}
    plots[weakness](BadHr(embedded, embedded.signed_in(HR)))
    weakness(embedded, monkeypatch)
    with pytest.raises(AssertionError):
        plots[weakness](BadHr(embedded, embedded.signed_in(HR)))


def join_alone(machine: BadHr) -> None:
    """One who reads another's mail, then the one to be heard beside them."""
    machine.import_a_company()
    machine.give_a_colleague_s_address(TARGET)
    machine.launch([], 5, by_command=False)
    [round_id] = machine.rounds
    machine.hire_the_one_to_be_heard()
    machine.post(f"/rounds/{round_id}/joining", [])
    machine.no_newcomer_can_be_alone()


def take_colleagues_out(machine: BadHr) -> None:
    """Colleagues taken out of a department until too few are left to hide among."""
    machine.join_the_file([("Ops", "own")] * 8 + [("Works", "own")] * 6)
    machine.launch([], 5, by_command=False)
    assert len(machine.rounds) == 1
    machine.take_people_out("Works", 3)
    machine.no_page_shows_a_few_or_a_link()
