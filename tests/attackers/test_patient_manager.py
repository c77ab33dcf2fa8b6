"""A manager reads all he may after each single answer, over two rounds and a reorganisation.

While a round is open he reads the same pages whatever people answer: two installations with the
same people, in which the same ones answer in the same order, all of them opposite things, differ
in nothing. After the release there is one count for ever, so there is nothing to compare it with.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from app.campaigns import rounds
from app.kit.clock import now
from app.people import importing
from app.people import plan as planning
from app.people.tree import Tree
from app.results import participation, release
from tests import cast
from tests.journeys.browser import FORM, Browser, encoded
from tests.site import Choose, Round, Site, codes, running_site, shared_database

WORDS = "answer-works_well"
PATHS = ["", "Commercial", cast.SALES, cast.MARKETING, "Commercial/*", "Operations", cast.PLANT]
ITEMS = ["goals_shared", "leads_lost", "works_well", "one_change"]
# What differs from page to page or from one installation to the other, and says nothing.
NOISE = re.compile(
    r'name="csrf" value="[^"]*"|<code>[0-9a-f]{16}</code>|http://127\.0\.0\.1:\d+|'
    r"Reference: [\w-]+|[0-9a-f]{32}|/rounds/[2-9a-z]{6}\b"
)


@dataclass
class World:
    """One installation, who reads there, and what everybody in it thinks."""

    site: Site
    choose: Choose
    words: str
    readers: list[Browser] = field(default_factory=list)

    def begin(self) -> None:
        self.site.with_people()
        self.readers = [
            self.site.signed_in(cast.BADRUL, "manager", ["Commercial"]),
            self.site.signed_in(cast.AMINAH),
        ]

    def answer(self, link: str) -> None:
        write = {WORDS: self.words} if self.words else {}
        self.site.answer(link, self.choose, write=write)

    def pages(self, round_: Round) -> dict[str, str]:
        """Every page and file of the round that any of the readers may open."""
        return {
            f"{number} {address}": text
            for number, reader in enumerate(self.readers)
            for address, text in _read(reader, round_.id)
        }


def _read(reader: Browser, round_id: str) -> Iterator[tuple[str, str]]:
    addresses = ["/", "/rounds", f"/rounds/{round_id}"]
    addresses += [f"/rounds/{round_id}/departments/{path}" for path in PATHS]
    addresses += [f"/rounds/{round_id}/items/{key}" for key in ITEMS]
    token = ""
    for address in addresses:
        reply = reader.client.get(address)
        token = _csrf(reply.text) or token
        yield _plain(address, round_id), f"{reply.status_code} {_plain(reply.text, round_id)}"
    reply = reader.client.post(
        f"/rounds/{round_id}/export",
        content=encoded([("csrf", token)]),
        headers={"Content-Type": FORM, "Origin": reader.base_url},
    )
    yield "export", f"{reply.status_code} {_plain(reply.text, round_id)}"


def _csrf(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]*)"', html)
    return found[1] if found else ""


def _plain(text: str, round_id: str) -> str:
    return NOISE.sub("", text.replace(round_id, "ROUND"))


def high(_: str, offered: list[str]) -> str:
    return codes(offered)[-1]


def low(_: str, offered: list[str]) -> str:
    return codes(offered)[0]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def worlds(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, World]]:
    """In the one everybody is content and says so, in the other nobody is and all keep silent."""
    with ExitStack() as stack:
        made = []
        for choose, words in ((high, "All is well with us."), (low, "")):
            folder = tmp_path_factory.mktemp("world")
            url = stack.enter_context(shared_database(request, request.param, folder))
            site = stack.enter_context(running_site(url, folder))
            made.append(World(site, choose, words))
            made[-1].begin()
        yield made[0], made[1]


def opened(worlds: tuple[World, World], **given: object) -> list[Round]:
    until = now() + timedelta(days=14)
    return [
        world.site.opened("Commercial", "Operations", closes_at=until, **given) for world in worlds
    ]


def differences(worlds: tuple[World, World], pair: list[Round]) -> list[str]:
    one, other = (world.pages(round_) for world, round_ in zip(worlds, pair, strict=True))
    assert one.keys() == other.keys()
    return [address for address in one if one[address] != other[address]]


def watched(worlds: tuple[World, World], pair: list[Round], people: list[str]) -> list[str]:
    """Where the pages of the two worlds part while these people answer one after another."""
    found = differences(worlds, pair)
    for email in people:
        for world, round_ in zip(worlds, pair, strict=True):
            world.answer(round_.links[email])
        found += differences(worlds, pair)
    return found


def in_turn(pair: list[Round], many: int) -> list[str]:
    """Some of every department, one from each by turns."""
    emails = list(pair[0].links)
    return emails[::4][:many]


def test_before_the_release_he_learns_who_took_part_and_nothing_else(
    worlds: tuple[World, World],
) -> None:
    pair = opened(worlds)
    people = in_turn(pair, 8)
    start = worlds[0].pages(pair[0])
    assert watched(worlds, pair, people) == []
    assert worlds[0].pages(pair[0]) != start, "he does see that people answer"
    for round_ in pair:
        round_.close()
    assert differences(worlds, pair) == [], "nor when it has closed and waits for HR"
    statuses = {text[:3] for text in worlds[0].pages(pair[0]).values()}
    assert statuses <= {"200", "404", "409"}


def test_he_catches_a_page_that_is_ahead_of_the_release(
    worlds: tuple[World, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = opened(worlds)
    so_far = participation.so_far
    sites = {round_.id: world.site for world, round_ in zip(worlds, pair, strict=True)}

    def ahead(session, round_id, min_group):
        groups = so_far(session, round_id, min_group)
        happy = sum(sum(ballot) for ballot in ballots_of(sites[round_id], round_id))
        return tuple(type(one)(**{**vars(one), "missing": happy}) for one in groups)

    monkeypatch.setattr(participation, "so_far", ahead)
    assert watched(worlds, pair, in_turn(pair, 2))


def ballots_of(site: Site, round_id: str) -> list[bytes]:
    return site.ballots(Round(site, round_id, {}))


MOVED = "employee_id,name,email,department\n"


def reorganised(site: Site) -> None:
    """Marketing is split, half of Sales moves to Operations, and somebody new comes."""
    rows = [
        f"{one.employee_id},{one.name},{one.email},{where}"
        for place, one in enumerate(cast.members(cast.SALES) + cast.members(cast.MARKETING))
        if (where := ("Operations/Sales support", "Commercial/Marketing/Brand", "")[place % 3])
    ]
    rows.append(f"99999,Somebody New,new@contoh.example.com,{cast.SALES}")
    with site.database.reading() as session:
        plan = planning.plan(session, (MOVED + "\n".join(rows)).encode())
    with site.database.writing() as session:
        importing.apply(session, plan)


def released(site: Site, round_: Round) -> str:
    with site.database.writing() as session:
        keyring, zone = site.runtime.keyring, site.settings.zone
        return release.release(session, keyring, zone, round_.id, "test").hash


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def first(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Round]]:
    """A released round, whose answers differ from person to person."""
    folder = tmp_path_factory.mktemp("first")
    with (
        shared_database(request, request.param, folder) as url,
        running_site(url, folder) as site,
    ):
        world = World(site, high, "")
        world.begin()
        yield world, released_round(world)


def released_round(world: World) -> Round:
    round_ = world.site.opened("Commercial", "Operations")
    for place, link in enumerate(list(round_.links.values())[:40]):
        world.site.answer(link, lambda name, offered, n=place: mixed(n, name, offered))
    round_.close()
    released(world.site, round_)
    return round_


def mixed(place: int, name: str, offered: list[str]) -> str:
    some = codes(offered)
    return some[(place * 7 + sum(name.encode()) * (place % 3)) % len(some)]


def test_after_the_release_there_is_nothing_to_compare(first: tuple[World, Round]) -> None:
    """Late answers, a reorganisation and another round leave every page of it as it was."""
    world, round_ = first
    before = _of_round(world.pages(round_))
    assert any("promoter" in text.lower() for text in before.values()), "he reads results"

    late = list(round_.links.values())[45]
    world.site.browser().send(late, [("submission", "k" * 28)], status=410)
    for act in ("close", "release", "extend"):
        _hr_tries(world, round_, act)
    reorganised(world.site)
    second = world.site.opened("Commercial", "Operations", name="Second")
    for place, link in enumerate(list(second.links.values())[:41]):
        world.site.answer(link, lambda name, offered, n=place: mixed(n, name, offered))
        if place % 10 == 0:
            assert _of_round(world.pages(round_)) == before
    second.close()
    released(world.site, second)

    assert _of_round(world.pages(round_)) == before
    assert "Sales support" not in str(before)
    names = world.site.command("results", second.id, "--json").stdout
    assert "Sales support" in names, "the second round has the new tree"


# The menu that leads to another round, and how a question went over all rounds.
OTHER_ROUNDS = re.compile(
    r'<form[^>]*/go"[^>]*>.*?</form>|<h2>Over time</h2>.*?(?=<h2>)', re.DOTALL
)


def _of_round(pages: dict[str, str]) -> dict[str, str]:
    """Without the lists of rounds, which grow."""
    return {
        address: OTHER_ROUNDS.sub("", text)
        for address, text in pages.items()
        if "ROUND" in address or "export" in address
    }


def _hr_tries(world: World, round_: Round, act: str) -> None:
    """To have it counted a second time, with one answer more."""
    with world.site.database.reading() as session:
        before = session.get_one(release.Release, round_.id).hash
    hr = world.readers[1]
    token = _csrf(hr.client.get(f"/rounds/{round_.id}").text)
    later = f"{now() + timedelta(days=60):%Y-%m-%dT%H:%M}"
    hr.client.post(
        f"/rounds/{round_.id}/{act}",
        content=encoded([("csrf", token), *([("closes", later)] if act == "extend" else [])]),
        headers={"Content-Type": FORM, "Origin": hr.base_url},
    )
    with world.site.database.reading() as session:
        assert session.get_one(release.Release, round_.id).hash == before
        assert release.phase(session, rounds.get(session, round_.id)) is rounds.Phase.RELEASED


def test_he_catches_a_release_that_follows_the_people_file(
    first: tuple[World, Round], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, round_ = first
    read = release.read

    def recounted(session, round_id):
        content = dict(read(session, round_id))
        units = len(Tree.read(session).nodes)
        content["groups"] = [
            {**one, **({"invited": units} if one["disclosed"] else {})} for one in content["groups"]
        ]
        return content

    monkeypatch.setattr(release, "read", recounted)
    before = _of_round(world.pages(round_))
    with world.site.database.writing() as session:
        plan = planning.plan(
            session, (MOVED + "77777,New,n7@contoh.example,Nowhere yet\n").encode()
        )
        importing.apply(session, plan)
    assert _of_round(world.pages(round_)) != before
