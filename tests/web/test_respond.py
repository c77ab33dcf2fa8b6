"""The form of a personal link, under everything that people and machines may send to it."""

import html
import random
import re
import socket
import string
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urljoin

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from app.kit.clock import now
from app.results import release
from app.surveys import library
from app.surveys.coding import Layout
from app.web.static_files import INLINE_HASH
from tests import cast
from tests.journeys.browser import FORM, Browser, Form, Page, encoded, filled
from tests.site import Round, Site, choices, running_site, shared_database, survey_form
from tests.web.test_security import HEADERS

GOALS = "answer-goals_shared"
WORDS = "answer-works_well"
LIMIT = 5_000
# More than fits where a short comment would.
LONG = "Jangan hilang! " * 300
THANKS = "Thank you. Your answers are in."


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """One site for what does not depend on the kind of database."""
    folder = tmp_path_factory.mktemp("respond")
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stored(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """One site of each kind, for what does."""
    folder = tmp_path_factory.mktemp("stored")
    with (
        shared_database(request, request.param, folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def asked(site: Site) -> Round:
    """A round that nobody answers: for what is refused."""
    return site.opened("Commercial")


@pytest.fixture
def chong(asked: Round) -> str:
    return asked.links[cast.CHONG]


def form_at(site: Site, link: str) -> Form:
    return survey_form(site.browser().open(link))


def whole(site: Site, link: str, **fill: str | list[str]) -> list[tuple[str, str]]:
    """A form that was filled in, but for what `fill` says."""
    form = form_at(site, link)
    return filled(form.pairs, choices(form) | fill)


def post(site: Site, link: str, body: bytes, **headers: str) -> httpx.Response:
    return httpx.post(
        site.settings.base_url + link,
        content=body,
        headers={"Content-Type": FORM, "Accept-Language": "en"} | headers,
        timeout=30,
    )


def refused(site: Site, link: str, pairs: list[tuple[str, str]], status: int = 422) -> Page:
    return site.browser().send(link, pairs, status=status)


def foreign_scripts(page: Page) -> list[str]:
    """Scripts that are not a file of ours; the form works without those, as these tests do."""
    return [
        one.raw or one["src"]
        for one in page.tree.all("script")
        if one.raw.strip() or not one["src"].startswith("/static/js/")
    ]


# What does not belong


@pytest.mark.parametrize(
    "value",
    ["5", "-1", "99999999999999999999", "1.5", "1e0", "٣", "one", " 1", "1 ", "0x1", "01", "+1"],
)
def test_a_code_that_is_not_on_the_page_is_refused(site: Site, chong: str, value: str) -> None:
    page = refused(site, chong, whole(site, chong, **{GOALS: value}))
    summary = page.tree.one("div", id="errors")
    assert summary.one("a")["href"] == f"#{GOALS}"
    assert "Choose one of the answers on the page." in summary.text
    assert "<title>Error:" in page.html


@pytest.mark.parametrize(
    "name", ["answer-nobody", "answer-", "answer-goals_shared--sales", "Answer-x"]
)
def test_an_unknown_item_or_field_is_refused(site: Site, chong: str, name: str) -> None:
    page = refused(site, chong, [*whole(site, chong), (name, "1")])
    assert "Nothing was stored" in page.text


@pytest.mark.parametrize("name", ["csrf", "department", "round", "token", "side", "_method"])
def test_a_changed_hidden_field_is_refused(site: Site, chong: str, name: str) -> None:
    refused(site, chong, [*whole(site, chong), (name, "Operations")])


@pytest.mark.parametrize("name", [GOALS, WORDS, "submission"])
def test_a_field_that_comes_twice_is_refused(site: Site, chong: str, name: str) -> None:
    pairs = whole(site, chong, **{WORDS: "a"})
    page = refused(site, chong, [*pairs, next(pair for pair in pairs if pair[0] == name)])
    assert "twice" in page.text


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "a b" * 8, "é" * 20])
def test_a_submission_key_that_is_not_ours_is_refused(site: Site, chong: str, key: str) -> None:
    pairs = [("submission", key) if n == "submission" else (n, v) for n, v in whole(site, chong)]
    page = refused(site, chong, pairs)
    assert re.fullmatch(r"[A-Za-z0-9_-]{28}", survey_form(page).value("submission"))


def test_a_form_without_a_key_is_stored_all_the_same(site: Site) -> None:
    """Somebody's own program may answer for him; the key only tells a retry from a new form."""
    link = site.opened("Commercial").links[cast.CHONG]
    assert post(site, link, f"{GOALS}=1".encode()).status_code == 303


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"answer-goals_shared=%ff", 400),
        (b"answer-goals_shared=\xff\xfe", 400),
        (b"answer-works_well=%c3", 400),
        (b"answer-works_well=%ED%A0%80", 400),
        (b"answer-works_well=a%00b", 400),
        (b"answer-works_well=a\x00b", 400),
        (b"answer-works_well=100%", 400),
        (b"answer-works_well=%zz", 400),
        (b"answer-works_well=a%01b", 422),
        (b"&".join(b"answer-x%d=1" % n for n in range(201)), 400),
        (b"answer-works_well=" + b"a" * 256 * 1024, 413),
    ],
)
def test_a_broken_body_is_refused(site: Site, chong: str, body: bytes, status: int) -> None:
    reply = post(site, chong, body)
    assert reply.status_code == status
    assert "Nothing was saved" in reply.text or status == 422


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"answer-goals_shared": 1}'),
        ("text/plain", b"answer-goals_shared=1"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/x-www-form-urlencoded; charset=latin-1", b"answer-goals_shared=1"),
        ("", b"answer-goals_shared=1"),
    ],
)
def test_only_the_form_of_the_page_is_taken(site: Site, chong: str, kind: str, body: bytes) -> None:
    assert post(site, chong, body, **{"Content-Type": kind}).status_code == 415


def test_a_body_of_several_megabytes_gets_its_answer(site: Site, chong: str) -> None:
    reply = post(site, chong, b"answer-works_well=" + b"a" * 3_000_000)
    assert reply.status_code == 413
    assert "Your answers are too long" in reply.text


def test_a_body_that_stops_midway_stores_nothing(site: Site, chong: str) -> None:
    with socket.create_connection(site.address, timeout=10) as line:
        head = f"POST {chong} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 99\r\n"
        line.sendall(head.encode() + b"\r\n" + f"{GOALS}=1".encode())
    time.sleep(0.05)
    assert form_at(site, chong).pairs


def test_a_slow_body_holds_nobody_up_and_is_given_up(request, tmp_path, monkeypatch) -> None:
    from app.web.request_head import Limits

    monkeypatch.setattr(Limits.__init__, "__defaults__", _defaults(deadline=1.0))
    with shared_database(request, "sqlite", tmp_path) as url, running_site(url, tmp_path) as site:
        link = site.with_people().opened("Commercial").links[cast.CHONG]
        with socket.create_connection(site.address, timeout=10) as line:
            head = f"POST {link} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n"
            line.sendall(f"{head}Content-Length: 30\r\n\r\n{GOALS}=".encode())
            began = time.monotonic()
            assert form_at(site, link).pairs, "others are served meanwhile"
            reply = line.recv(65536)
        assert reply.startswith(b"HTTP/1.1 408")
        assert time.monotonic() - began < 5


def _defaults(**given: Any) -> tuple[Any, ...]:
    from dataclasses import astuple, replace

    from app.web.request_head import Limits

    return astuple(replace(Limits(), **given))


# Links


@pytest.mark.parametrize("cut", [0, 1, 5, 6, 7, 20, 27])
def test_a_cut_off_link_is_404(site: Site, chong: str, cut: int) -> None:
    token = chong.removeprefix("/s/")[:cut]
    page = site.browser().open(f"/s/{token}", status=404)
    assert cut == 0 or page.heading == "This link does not work"


@pytest.mark.parametrize(
    "token",
    [
        "a" * 28,
        "{code}" + "A" * 22,
        "é" * 28,
        "{token}x",
        "{token}%20",
        "%00" * 28,
        "..%2f..%2fetc",
        "-" * 28,
    ],
)
def test_an_unknown_link_is_404_for_reading_and_for_sending(
    site: Site, asked: Round, chong: str, token: str
) -> None:
    link = "/s/" + token.format(code=asked.id, token=chong.removeprefix("/s/"))
    assert httpx.get(site.settings.base_url + link).status_code in {400, 404}
    assert post(site, link, f"{GOALS}=1".encode()).status_code in {400, 404}


def test_every_unknown_link_looks_alike(site: Site, asked: Round) -> None:
    rng = random.Random(7)
    letters = string.ascii_letters + string.digits + "-_"
    made_up = ["".join(rng.choices(letters, k=22)) for _ in range(40)]
    shown = {site.browser().open(f"/s/{asked.id}{one}", status=404).html for one in made_up[:20]}
    shown |= {site.browser().open(f"/s/zzzzzz{one}", status=404).html for one in made_up[20:]}
    assert len(shown) == 1


def test_a_round_that_opens_later_says_so(site: Site) -> None:
    round_ = site.opened("Commercial", opens_at=now() + timedelta(days=1))
    page = site.browser().open(round_.links[cast.CHONG], status=403)
    assert page.heading == "This survey has not opened yet"
    assert post(site, round_.links[cast.CHONG], f"{GOALS}=1".encode()).status_code == 403
    assert not site.answers(round_)


def test_any_link_of_a_closed_round_is_410_and_what_was_typed_is_shown(stored: Site) -> None:
    round_ = stored.opened("Commercial")
    real, answered = round_.links[cast.CHONG], round_.links[cast.SALMAH]
    stored.answer(answered)
    pairs = whole(stored, real, **{WORDS: "Terlambat <b>sangat</b>", "answer-one_change": "12"})
    round_.close()
    made_up = f"/s/{round_.id}{'A' * 22}"
    pages = [stored.browser().send(link, pairs, 410) for link in (real, answered, made_up)]
    assert {page.heading for page in pages} == {"This survey is closed"}
    assert len({page.html for page in pages}) == 1
    assert [one.raw for one in pages[0].tree.all("pre")] == ["Terlambat <b>sangat</b>", "12"]
    assert len({stored.browser().open(x, 410).html for x in (real, answered, made_up)}) == 1
    assert sum(stored.answers(round_).values()) == 1


# What was typed is kept


def test_what_was_typed_is_kept_when_something_is_wrong(site: Site, chong: str) -> None:
    words = 'Baris satu\n<script>alert("1")</script> & </textarea> 𝓮̈ 🙂'
    sent = whole(
        site,
        chong,
        **{GOALS: "9", "answer-message_same": "na", WORDS: words, "answer-one_change": ""},
    )
    page = refused(site, chong, sent)
    kept = survey_form(page)
    assert sorted(kept.pairs) == sorted(pair for pair in sent if pair[0] != GOALS), (
        "all but the wrong one, the key included"
    )
    assert not foreign_scripts(page)
    assert html.escape("</textarea>") in page.html
    field = page.tree.all("fieldset", **{"class": "item has-error"})
    assert len(field) == 1
    assert f"{GOALS}-error" in field[0]["aria-describedby"]


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        "{{7*7}} ${7*7} #{7*7} %(n)s {0}",
        "\u202egnp.evil\u202c \u2066isolated\u2069",
        "👩‍👩‍👧‍👦 🇲🇾 நன்றி 谢谢",
        '=HYPERLINK("http://x")',
        "' OR 1=1; DROP TABLE ballot_tray; --",
        "\n\nbegins with two line ends",
        "tab\there",
    ],
)
def test_hostile_words_come_back_as_they_were_typed(site: Site, chong: str, words: str) -> None:
    page = refused(site, chong, whole(site, chong, **{WORDS: words, GOALS: "x"}))
    assert survey_form(page).value(WORDS) == words
    assert not foreign_scripts(page)


@pytest.mark.parametrize("words", ["x", "é", "🙂", "e\u0301"])
def test_a_comment_of_the_limit_is_stored_and_one_more_character_is_not(
    stored: Site, words: str
) -> None:
    round_ = stored.opened("Commercial")
    most = words * LIMIT
    link = round_.links[cast.CHONG]
    page = refused(stored, link, whole(stored, link, **{WORDS: most + words}))
    assert f"Shorten this to {LIMIT} characters." in page.text
    assert survey_form(page).value(WORDS) == most + words, "nothing was clipped"
    assert stored.browser().send(link, whole(stored, link, **{WORDS: most})).heading == THANKS
    assert [len(one) for one in stored.comments(round_, "works_well")] == [LIMIT]


def test_words_are_stored_byte_for_byte(stored: Site) -> None:
    round_ = stored.opened("Commercial")
    said = ["<b>&amp;</b>", "{{7*7}}", "\u202egnp.exe", "👩‍👩‍👧‍👦", "a\nb", "Café"]
    for link, words in zip(round_.links.values(), said, strict=False):
        stored.answer(link, write={WORDS: words})
    assert sorted(stored.comments(round_, "works_well")) == sorted(said)


# Once


def test_fifty_posts_of_one_link_at_once_are_one_ballot(stored: Site) -> None:
    round_ = stored.opened("Commercial")
    link = round_.links[cast.CHONG]
    bodies = [encoded(whole(stored, link, **{GOALS: str(n % 5)})) for n in range(10)] * 5
    with ThreadPoolExecutor(50) as crowd:
        replies = list(crowd.map(lambda body: post(stored, link, body), bodies))
    assert {reply.status_code for reply in replies} == {303}
    lead_to = Counter(reply.headers["location"].partition("?")[::2] for reply in replies)
    assert {path for path, _ in lead_to} == {link}
    assert lead_to[link, ""] == 45, "only the five of the form that was stored get its receipt"
    assert sum(stored.answers(round_).values()) == 1
    assert len(stored.ballots(round_)) == 1


def test_the_first_answers_stay(stored: Site) -> None:
    round_ = stored.opened("Commercial")
    link = round_.links[cast.CHONG]
    for code in ("0", "4"):
        assert stored.browser().send(link, whole_again(stored, link, code)).heading == THANKS
    layout = Layout.of(library.template("sales_marketing_alignment"))
    [ballot] = stored.ballots(round_)
    assert layout.unpack(ballot)["goals_shared"] == b"\0"


def whole_again(site: Site, link: str, code: str) -> list[tuple[str, str]]:
    # After the first time the link shows no form any more, but an old tab still has one.
    return [("submission", "k" * 28), (GOALS, code)]


def test_a_link_that_was_used_shows_nothing_of_the_answers(stored: Site) -> None:
    round_ = stored.opened("Commercial")
    stored.answer(round_.links[cast.CHONG], write={WORDS: "Rahsia saya"})
    page = stored.browser().open(round_.links[cast.CHONG])
    assert page.heading == THANKS
    assert "Rahsia" not in page.html
    assert "Chong" not in page.html
    assert not page.tree.all("form")


# Never lost, never doubled


def test_a_commit_that_fails_is_503_keeps_the_answers_and_works_again(
    stored: Site, postgresql_server: Any
) -> None:
    round_ = stored.opened("Commercial")
    link = round_.links[cast.CHONG]
    sent = whole(stored, link, **{WORDS: LONG})
    with no_commit(stored):
        reply = post(stored, link, encoded(sent))
        page = Page(reply)
        assert reply.status_code == 503
        assert int(reply.headers["retry-after"]) > 0
        assert "could not be saved" in page.text
        assert "Thank you" not in page.text
        kept = survey_form(page)
        assert sorted(kept.pairs) == sorted(sent), "and the same key, so that a retry is one"
        assert not stored.answers(round_)
        again = stored.browser().open(link)
        assert again.forms, "reading still works"
    assert stored.browser().send(link, kept.pairs).heading == THANKS
    assert sum(stored.answers(round_).values()) == 1
    assert stored.comments(round_, "works_well") == [LONG]


REFUSE = """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$"""
AT_COMMIT = """CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON spent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"""


@contextmanager
def no_commit(site: Site) -> Iterator[None]:
    """The database takes everything but refuses at the very end, as a full disk does."""
    if site.database.embedded:
        with _full_disk(site):
            yield
        return
    with site.database.engine.begin() as connection:
        connection.execute(text(REFUSE))
        connection.execute(text(AT_COMMIT))
    try:
        yield
    finally:
        with site.database.engine.begin() as connection:
            connection.execute(text("DROP TRIGGER refuse ON spent"))
            connection.execute(text("DROP FUNCTION refuse"))


@contextmanager
def _full_disk(site: Site) -> Iterator[None]:
    """The real thing: the file may not grow by a single page."""
    most = 1

    def limit(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={most}")

    event.listen(site.database.engine, "begin", limit)
    try:
        yield
    finally:
        # The connections of the pool keep their limit until they are told another.
        most = 1_000_000_000


def test_without_a_database_it_is_503_and_never_a_thank_you(
    request: pytest.FixtureRequest, tmp_path: Any, postgresql_server: Any
) -> None:
    with (
        shared_database(request, "postgresql", tmp_path) as url,
        running_site(url, tmp_path) as site,
    ):
        link = site.with_people().opened("Commercial").links[cast.CHONG]
        sent = whole(site, link)
        name = url.partition("?")[0].rpartition("/")[2]
        postgresql_server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        postgresql_server.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )
        reply = post(site, link, encoded(sent))
        assert reply.status_code == 503
        assert "retry-after" in reply.headers
        assert httpx.get(site.settings.base_url + link).status_code == 503
        postgresql_server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        assert site.browser().send(link, sent).heading == THANKS


def test_what_is_accepted_while_the_round_closes_is_what_is_counted(stored: Site) -> None:
    round_ = stored.opened("Commercial")
    links = list(round_.links.values())
    body = encoded([("submission", "k" * 28), (GOALS, "1")])

    def send(link: str) -> int:
        return post(stored, link, body).status_code

    with ThreadPoolExecutor(len(links) + 1) as crowd:
        half = len(links) // 2
        replies = [crowd.submit(send, link) for link in links[:half]]
        replies += [crowd.submit(send, link) for link in links[half : half + 5]]
        closing = crowd.submit(round_.close)
        replies += [crowd.submit(send, link) for link in links[half + 5 :]]
        closing.result()
        codes = Counter(reply.result() for reply in replies)
    assert set(codes) <= {303, 410}
    assert codes[303] == sum(stored.answers(round_).values()) == len(stored.ballots(round_))
    assert {post(stored, link, body).status_code for link in links} == {410}
    assert released(stored, round_) == codes[303]


def released(site: Site, round_: Round) -> int:
    """How many ballots the release has counted."""
    with site.database.writing() as session:
        stored = release.release(
            session, site.runtime.keyring, site.settings.zone, round_.id, "test"
        )
    return stored.answered


# The page itself


def test_the_form_leaves_no_trace_in_the_browser(site: Site, chong: str) -> None:
    for method in ("GET", "HEAD"):
        reply = httpx.request(method, site.settings.base_url + chong)
        assert reply.status_code == 200
        assert reply.headers["cache-control"] == "no-store"
        assert "set-cookie" not in reply.headers
        assert "etag" not in reply.headers
        for name, value in HEADERS.items():
            found = reply.headers[name].replace(f" '{INLINE_HASH}'", "")
            assert found == value, name
        assert (reply.content == b"") == (method == "HEAD")


def test_nothing_of_the_form_comes_from_elsewhere(site: Site, chong: str) -> None:
    page = site.browser().open(chong)
    assert not foreign_scripts(page)
    assert not page.tree.all("img", "iframe", "object", "embed")
    addresses = [one[name] for one in page.tree.all() for name in ("src", "href", "action")]
    outside = [one for one in addresses if re.match(r"(https?:)?//", one)]
    assert outside == []
    token = chong.removeprefix("/s/")
    assert token not in page.html, "a link on the page would send it along"


def test_the_form_is_light(site: Site, chong: str) -> None:
    with httpx.Client(
        base_url=site.settings.base_url, headers={"Accept-Encoding": "gzip"}
    ) as client:
        with client.stream("GET", chong) as reply:
            weight = len(b"".join(reply.iter_raw()))
        page = Page(client.get(chong))
        files = [one["href"] for one in page.tree.all("link", rel="stylesheet")]
        files += [one["src"] for one in page.tree.all("script")]
        for file in files:
            with client.stream("GET", file) as reply:
                weight += len(b"".join(reply.iter_raw()))
    wanted = [one for one in page.tree.all("link", "script", "img") if one["rel"] != "icon"]
    assert 1 + len(wanted) <= 2
    assert weight <= 8_000, weight


def test_the_language_can_be_switched_at_every_step(site: Site) -> None:
    link = site.opened("Commercial").links[cast.CHONG]
    browser = site.browser("en")
    page = browser.open(link)
    assert page.tree.one("html")["lang"] == "en"
    malay = switched(browser, page, survey_form(page).pairs)
    assert malay.tree.one("html")["lang"] == "ms"
    form = survey_form(malay)
    wrong = browser.send(form.action, filled(form.pairs, {GOALS: "x"}), status=422)
    assert wrong.tree.one("html")["lang"] == "ms"
    done = browser.send(form.action, filled(form.pairs, choices(form)))
    assert done.tree.one("html")["lang"] == "ms"
    assert browser.open(link + done.links["English"]).heading == THANKS


def switched(browser: Browser, page: Page, pairs: list[tuple[str, str]]) -> Page:
    """The form after pressing the button of the other language."""
    button = page.tree.one("button", name="only")
    address = urljoin(page.address, button["formaction"])
    return browser.send(address, [*pairs, (button["name"], button["value"])])


def test_another_language_keeps_the_answers_and_stores_nothing(site: Site) -> None:
    round_ = site.opened("Commercial")
    browser = site.browser("en")
    page = browser.open(round_.links[cast.CHONG])
    given = {GOALS: "3", WORDS: "Ask me <b>later</b>"}
    malay = switched(browser, page, filled(survey_form(page).pairs, given))
    assert malay.tree.one("html")["lang"] == "ms"
    kept = survey_form(malay)
    assert {name: kept.value(name) for name in given} == given
    assert kept.value("submission") == survey_form(page).value("submission")
    assert sum(site.answers(round_).values()) == 0
    again = switched(browser, malay, kept.pairs)
    assert again.tree.one("html")["lang"] == "en"
    browser.send(again.address, survey_form(again).pairs)
    assert sum(site.answers(round_).values()) == 1


def test_a_reader_of_another_language_gets_the_one_of_the_invitation(
    site: Site, asked: Round
) -> None:
    browser = site.browser("fr")
    assert browser.open(asked.links[cast.SALMAH]).tree.one("html")["lang"] == "ms"
    assert browser.open(asked.links[cast.CHONG]).tree.one("html")["lang"] == "en"


def test_who_is_on_no_side_is_asked_for_their_own_view_only(site: Site) -> None:
    round_ = site.opened()
    outside = cast.members(cast.PLANT)[0]
    fields = form_at(site, round_.links[outside.email]).options
    assert "answer-goals_shared" in fields
    assert not [name for name in fields if name.endswith(("_other", "_guess"))]
    both = form_at(site, round_.links[cast.CHONG]).options
    assert len([name for name in both if name.endswith(("_other", "_guess"))]) == 6


def test_a_post_from_another_site_is_refused(site: Site, chong: str) -> None:
    body = encoded(whole(site, chong))
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
    ):
        assert post(site, chong, body, **headers).status_code == 403
    assert form_at(site, chong).pairs


# Anything at all

ODD = st.sampled_from(
    [
        GOALS,
        WORDS,
        "answer-one_change",
        "submission",
        "answer-",
        "csrf",
        "answer-data_same",
        "",
        "a[b]",
        "answer-\u202e",
    ]
)
VALUE = st.one_of(
    st.sampled_from(
        ["0", "4", "5", "na", "-1", "", "1" * 400, "{{7*7}}", "\r\n", "\u202e", "\x7f", "%"]
    ),
    st.text(max_size=40),
    st.binary(max_size=20),
)


@settings(
    max_examples=900,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(ODD, VALUE), max_size=6))
def test_whatever_the_fields_hold_it_is_no_5xx(fuzz: "Fuzz", pairs: list[tuple[str, Any]]) -> None:
    fuzz.send(b"&".join(quote(name).encode() + b"=" + _quoted(value) for name, value in pairs))


def test_whatever_the_bytes_are_it_is_no_5xx(fuzz: "Fuzz") -> None:
    rng = random.Random(20)
    good = fuzz.good
    for _ in range(600):
        body = bytearray(good)
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(len(body))
            match rng.randrange(4):
                case 0:
                    body[at] = rng.randrange(256)
                case 1:
                    del body[at : at + rng.randrange(40)]
                case 2:
                    body[at:at] = body[: rng.randrange(60)]
                case _:
                    body[at:at] = rng.choice([b"%", b"&", b"=", b"%00", b"%ff", b"\xf0\x9f", b";"])
            if not body:
                body = bytearray(good)
        fuzz.send(bytes(body))


class Fuzz:
    """Sends bodies to fresh links, for each that is taken uses one up."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._client = httpx.Client(base_url=site.settings.base_url, timeout=30)
        self._links: list[str] = []
        self.good = encoded(whole(site, self.link))

    @property
    def link(self) -> str:
        if not self._links:
            self._links = list(self._site.opened().links.values())
        return self._links[-1]

    def send(self, body: bytes) -> None:
        reply = self._client.post(self.link, content=body, headers={"Content-Type": FORM})
        assert reply.status_code in {303, 400, 413, 415, 422}, (reply.status_code, body)
        if reply.status_code == 303:
            self._links.pop()
        else:
            assert "Thank you" not in reply.text

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def fuzz(site: Site) -> Iterator[Fuzz]:
    fuzz = Fuzz(site)
    yield fuzz
    fuzz.close()


def _quoted(value: str | bytes) -> bytes:
    if isinstance(value, str):
        return quote(value, errors="surrogatepass").encode()
    return value.replace(b"&", b"%26")


def test_a_comment_of_nothing_but_marks_holds_nobody_up(site: Site, chong: str) -> None:
    words = "a" + "\u0301\u0316" * 20_000
    begun = time.monotonic()
    reply = site.browser().client.post(chong, data={"answer-works_well": words})
    assert reply.status_code == 422
    assert time.monotonic() - begun < 5
