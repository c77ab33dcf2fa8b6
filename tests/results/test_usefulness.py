"""Useful, not only safe: how many people see a result of their own, and what the preview is worth."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest

from app.campaigns import merging
from app.campaigns.audience import Audience
from app.results import audit, outlook, planning, publication
from tests.attackers.solver import Attack
from tests.campaigns.test_merging import audience_of
from tests.results.company import Company, K, survey_of

SURVEY = survey_of()
COMPANIES, MORE = 40, 600
RESPONSE, SKIPS = 0.75, 0.04


@dataclass(frozen=True)
class Share:
    """Of everybody asked: who sees a result finer than the company's, and who at least a band."""

    own: float
    banded: float


def organisation(
    chance: random.Random, people: tuple[int, int] = (20, 60), department: tuple[int, int] = (3, 8)
) -> dict[str, int]:
    """So many people in departments of that size, the smallest and the largest given."""
    wanted, placed = chance.randint(*people), {}
    while sum(placed.values()) < wanted:
        placed[f"D{len(placed)}"] = chance.randint(*department)
    return placed


def large_organisation(chance: random.Random) -> dict[str, int]:
    """800 people in divisions of departments of 4 to 40, each with a head and his office."""
    people: dict[str, int] = {}
    while sum(people.values()) < 800:
        division = f"V{len(people)}"
        people[division] = chance.randint(0, 3)
        for n in range(chance.randint(2, 6)):
            people[f"{division}/D{n}"] = round(4 * 10 ** chance.random())
    return people


def ballots(chance: random.Random, people: Mapping[str, int], response: float) -> dict[str, list]:
    """What everybody answers, by department: each leans its way, and so does each person."""
    cast = {}
    for path, n in people.items():
        mood = chance.gauss(2.3, 0.6)
        here = [mood + chance.gauss(0, 0.9) for _ in range(n) if chance.random() < response]
        cast[path] = [
            bytes([*(_code(chance, me) for _ in range(3)), chance.randrange(3)]) for me in here
        ]
    return cast


def _code(chance: random.Random, mood: float) -> int:
    if chance.random() < SKIPS:
        return 255
    return min(4, max(0, round(chance.gauss(mood, 0.8))))


def company_of(audience: Audience, people: Mapping[str, int], cast: Mapping[str, list]) -> Company:
    """The round of this audience, in which these ballots were cast."""
    company, paths = Company(SURVEY), {node.id: node.path_text for node in audience.nodes}
    asked = {path: 0 for node in audience.nodes if (path := paths[node.id])}
    given: dict[str, list] = {path: [] for path in asked}
    places = {
        person.employee_id.rpartition(" ")[0]: person.department_id for person in audience.people
    }
    for path, n in people.items():
        if n:
            asked[paths[places[path]]] += n
            given[paths[places[path]]] += cast[path]
    for path, n in asked.items():
        company.add(path, n, given[path])
    return company


def taken(audience: Audience) -> Audience:
    """As proposed."""
    groups = outlook.proposals(audience, K)
    return merging.merged(audience, merging.parsed(audience, [str(one) for one in groups]))


def shares(companies: Sequence[Company]) -> Share:
    everybody = own = banded = 0
    for company in companies:
        for group in company.published().groups:
            if not group.path:
                everybody += company.people("")
            elif company.invited[group.path] if not group.path.endswith("*") else 0:
                finest = not any(company.people(one) for one in company.children(group.path))
                own += group.invited * (group.disclosed and finest)
                banded += group.invited * (group.band is not None and finest)
    return Share(own / everybody, banded / everybody)


def small_companies(seeds: range, *, merge: bool) -> Iterator[Company]:
    for seed in seeds:
        chance = random.Random(seed)
        people = organisation(chance)
        audience = audience_of(people)
        cast = ballots(chance, people, RESPONSE)
        yield company_of(taken(audience) if merge else audience, people, cast)


def measured(seeds: range) -> None:
    companies = list(small_companies(seeds, merge=True))
    share = shares(companies)
    print(f"{len(companies)} organisations with groups as proposed: {share}")
    assert share.own >= 0.65
    breaches = [
        one
        for company in companies
        for one in Attack(company, company.release(), sizes_known=True).breaches()
    ]
    assert breaches == []


def test_most_people_of_small_organisations_see_a_result_of_their_own():
    measured(range(COMPANIES))


@pytest.mark.nightly
def test_most_people_of_many_small_organisations_see_a_result_of_their_own():
    measured(range(MORE))


def test_reporting_groups_make_the_difference(monkeypatch):
    apart = shares(list(small_companies(range(COMPANIES), merge=False)))
    looked_at = audit.Finding(0, leaks=False)
    monkeypatch.setattr(publication.audit, "examined", lambda _pool, _smallest: looked_at)
    monkeypatch.setattr(planning, "_tells", lambda *_: False)
    unsafe = shares(list(small_companies(range(COMPANIES), merge=False)))
    print(f"without reporting groups: {apart}; hiding no neighbour: {unsafe}")
    assert apart.own < 0.5
    assert apart.own < unsafe.own


def test_nearly_all_departments_of_large_organisations_are_shown():
    shown = departments = 0
    for seed in range(4):
        chance = random.Random(seed)
        people = large_organisation(chance)
        audience = taken(audience_of(people))
        company = company_of(audience, people, ballots(chance, people, RESPONSE))
        groups = {group.path: group for group in company.published().groups}
        for path, n in company.invited.items():
            if n and not any(company.people(one) for one in company.children(path)):
                departments += 1
                shown += groups[path].disclosed or groups[path].band is not None
    print(f"{shown} of {departments} departments")
    assert shown >= 0.9 * departments


def appearances(seeds: range, runs: int) -> tuple[int, int]:
    """How often groups with 1 chance in 2 appear, and in how many runs they could."""
    appeared = could = 0
    for seed in seeds:
        chance = random.Random(seed)
        # With departments of fewer than k the smallest of the others is held back for certain.
        people = organisation(chance, (40, 120), (5, 12))
        audience = audience_of(people)
        even = [
            one.department
            for one in outlook.prospects(audience, K)
            if one.department and 0.45 <= one.chance <= 0.55
        ]
        for _ in range(runs if even else 0):
            company = company_of(audience, people, ballots(chance, people, 0.7))
            groups = {group.path: group for group in company.published().groups}
            could += len(even)
            appeared += sum(groups[one].disclosed or groups[one].band is not None for one in even)
    return appeared, could


def test_one_chance_in_two_is_one_in_two():
    appeared, could = appearances(range(120), 20)
    print(f"{appeared} of {could} appeared")
    assert could >= 150
    assert 0.4 <= appeared / could <= 0.6
