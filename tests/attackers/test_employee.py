"""Chong has one link. She tries to answer twice, to see answers, and to answer for another team."""

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlmodel import select

from app.campaigns import rounds
from app.people import importing
from app.people import plan as planning
from app.people.models import Employee
from app.responses import ballot_box, submission
from app.surveys import library
from app.surveys.coding import Layout
from app.web.routes.respond import Respond
from tests import cast
from tests.contracts.test_routes import ALL
from tests.journeys.browser import FORM, encoded, filled
from tests.site import Round, Site, choices, running_site, shared_database, survey_form

GOALS, WORDS = "answer-goals_shared", "answer-works_well"
MINE, THEIRS = "What I wrote and nobody else", "What somebody else wrote"
LAYOUT = Layout.of(library.template("sales_marketing_alignment"))
OTHERS = (cast.SALMAH, cast.BADRUL)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("employee")
    with (
        shared_database(request, request.param, folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture
def asked(site: Site) -> Round:
    """A round in which two others have answered before her."""
    round_ = site.opened("Commercial")
    for email in OTHERS:
        site.answer(round_.links[email], write={WORDS: THEIRS})
    return round_


def pairs(site: Site, asked: Round, code: str = "4", **more: str) -> list[tuple[str, str]]:
    """Her form as she would send it, with whatever she adds."""
    form = survey_form(site.browser().open(asked.links[cast.CHONG]))
    return filled(form.pairs, choices(form) | {GOALS: code, WORDS: MINE} | more)


def send(
    site: Site, link: str, body: list[tuple[str, str]], method: str = "POST"
) -> httpx.Response:
    return httpx.request(
        method,
        site.settings.base_url + link,
        content=encoded(body),
        headers={"Content-Type": FORM, "Origin": site.settings.base_url},
        timeout=30,
    )


# Answer twice


def answers_again(site: Site, asked: Round) -> list[str]:
    """In every way she can think of; the answers of hers that are then in the box."""
    link, first = asked.links[cast.CHONG], pairs(site, asked, "0")
    assert send(site, link, first).status_code == 303
    other_key = [(name, "z" * 28 if name == "submission" else value) for name, value in first]
    ways = [first, other_key, [*first[:1], (GOALS, "3")], []]
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda body: send(site, link, body), ways * 4))
    for spelt in (f"{link}?again=1", f"{link}?lang=ms", f"{link}/", link.replace("/s/", "//s/")):
        send(site, spelt, other_key)
    for method in ("PUT", "PATCH", "DELETE"):
        assert send(site, link, other_key, method).status_code == 405
    found = [LAYOUT.unpack(ballot)["goals_shared"] for ballot in site.ballots(asked)]
    return [code.hex() for code in found if code != b"\4"]


def test_she_answers_once_whatever_she_sends(site: Site, asked: Round) -> None:
    assert answers_again(site, asked) == ["00"]
    assert sum(site.answers(asked).values()) == len(OTHERS) + 1
    assert site.comments(asked, "works_well").count(MINE) == 1


def test_many_at_once_are_one_too(site: Site, asked: Round) -> None:
    bodies = [pairs(site, asked, str(code)) for code in range(4)] * 4
    with ThreadPoolExecutor(16) as crowd:
        list(crowd.map(lambda body: send(site, asked.links[cast.CHONG], body), bodies))
    assert sum(site.answers(asked).values()) == len(site.ballots(asked)) == len(OTHERS) + 1


def test_she_would_succeed_where_a_used_link_is_not_noted(
    site: Site, asked: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unspent(connection, ballots, drawn):
        return dict(enumerate(drawn))

    monkeypatch.setattr(ballot_box, "_spend", unspent)
    assert len(answers_again(site, asked)) > 1


# See answers


def everywhere(site: Site, asked: Round) -> str:
    """Every page she can come to with her link, and with parts of it, as one text."""
    token = asked.links[cast.CHONG].removeprefix("/s/")
    names = {"round_id": asked.id, "token": token, "key": "works_well", "path": cast.SALES}
    # Whatever else an address names she has to guess.
    names = defaultdict(lambda: "1", names)
    read = []
    for route in ALL:
        address = route.path.replace(":path", "").format_map(names)
        for method in ("GET", "HEAD", "OPTIONS"):
            reply = site.browser().client.request(method, address, follow_redirects=True)
            assert reply.status_code < 500, address
            read += [reply.text, str(reply.headers)]
    later = site.browser().send(asked.links[cast.CHONG], pairs_sent_before())
    return "\n".join([*read, later.html])


def pairs_sent_before() -> list[tuple[str, str]]:
    return [("submission", "k" * 28), (GOALS, "1")]


def test_after_sending_she_sees_nobody_s_answers_her_own_included(site: Site, asked: Round) -> None:
    assert send(site, asked.links[cast.CHONG], pairs(site, asked)).status_code == 303
    seen = everywhere(site, asked)
    assert MINE not in seen
    assert THEIRS not in seen
    page = site.browser().open(asked.links[cast.CHONG])
    assert not page.tree.all("form")
    other = site.browser().open(asked.links[cast.BADRUL] + "?lang=en")
    assert page.text == other.text, "everybody's thank-you is the same"


def test_before_sending_her_form_says_nothing_of_others(site: Site) -> None:
    """It is byte for byte the one that was there before anybody answered, but for its own key."""
    empty = site.opened("Commercial")
    before = _without_key(site.browser().open(empty.links[cast.CHONG]).html)
    for email in OTHERS:
        site.answer(empty.links[email], write={WORDS: THEIRS})
    assert _without_key(site.browser().open(empty.links[cast.CHONG]).html) == before


def test_she_would_be_seen_reading_where_the_thank_you_repeats_answers(
    site: Site, asked: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    thanks = Respond._thanks

    def chatty(self, request, language, token):
        page = thanks(self, request, language, token)
        page.body += "".join(site.comments(asked, "works_well")).encode()
        page.headers["content-length"] = str(len(page.body))
        return page

    monkeypatch.setattr(Respond, "_thanks", chatty)
    send(site, asked.links[cast.CHONG], pairs(site, asked))
    assert MINE in everywhere(site, asked)


def _without_key(html: str) -> str:
    before, _, after = html.partition('name="submission" value="')
    return before + after.partition('"')[2]


# Answer for another department


def counted_in(site: Site, asked: Round, before: dict[str, int]) -> set[str]:
    with site.database.reading() as session:
        paths = {node.id: node.path for node in rounds.tree_of(session, asked.id)}
    after = site.answers(asked)
    return {paths[one] for one, n in after.items() if n != before.get(one, 0)}


@pytest.mark.parametrize(
    "extra", ["department", "department_id", "side", "box", "round", "answer-department", "token"]
)
def test_a_field_that_names_another_department_is_refused(
    site: Site, asked: Round, extra: str
) -> None:
    before = site.answers(asked)
    body = [*pairs(site, asked), (extra, cast.MARKETING)]
    assert send(site, asked.links[cast.CHONG], body).status_code == 422
    assert counted_in(site, asked, before) == set()


def test_her_answer_is_of_the_department_she_was_asked_in(site: Site, asked: Round) -> None:
    """Also after HR has moved her: the tree is that of the launch."""
    before, body = site.answers(asked), pairs(site, asked)
    with site.database.reading() as session:
        one = session.exec(select(Employee).where(Employee.email == cast.CHONG)).one()
    row = f"employee_id,name,email,department\n{one.employee_id},{one.name},{one.email},{{}}\n"
    move(site, row.format(cast.MARKETING))
    try:
        for address in ("?department=" + cast.MARKETING, "?side=marketing", ""):
            send(site, asked.links[cast.CHONG] + address, body)
    finally:
        move(site, row.format(cast.SALES))
    assert counted_in(site, asked, before) == {cast.SALES}


def move(site: Site, text: str) -> None:
    with site.database.reading() as session:
        plan = planning.plan(session, text.encode())
    with site.database.writing() as session:
        importing.apply(session, plan)


def test_a_link_made_of_two_is_nobody_s(site: Site, asked: Round) -> None:
    other = site.opened("Commercial")
    hers, theirs = asked.links[cast.CHONG], other.links[cast.BADRUL]
    start = len("/s/") + 6
    before = site.answers(asked), site.answers(other)
    for mixed in (hers[:start] + theirs[start:], theirs[:start] + hers[start:]):
        assert send(site, mixed, pairs(site, asked)).status_code == 404
    assert (site.answers(asked), site.answers(other)) == before


def test_she_would_be_seen_in_another_box_where_a_paper_can_be_swapped(
    site: Site, asked: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, ballot = site.answers(asked), submission._ballot
    with site.database.reading() as session:
        tree = rounds.tree_of(session, asked.id)
    [marketing] = [node.id for node in tree if node.path == cast.MARKETING]

    def swapped(paper, token_hash, sent):
        one = ballot(paper, token_hash, sent)
        return ballot_box.Ballot(
            one.round_id, marketing, one.token_hash, one.codes, one.comments, one.submission_key
        )

    monkeypatch.setattr(submission, "_ballot", swapped)
    send(site, asked.links[cast.CHONG], pairs(site, asked))
    assert counted_in(site, asked, before) == {cast.MARKETING}
