"""The receipt: shown once, and what somebody may do with it and with it alone."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from app.kit.clock import now
from app.responses import submission
from app.results import release
from app.web import tries
from app.web.shown_once import LASTS, ShownOnce
from app.web.tries import MOST, WINDOW, WrongTries
from tests import cast
from tests.journeys.browser import Browser, Page
from tests.site import Round, Site, choices, running_site, shared_database, survey_form

CODE = re.compile(r"(?:[2-9a-z]{4}-){5}[2-9a-z]{4}")
WORDS = "answer-works_well"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("receipt")
    with (
        shared_database(request, request.param, folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


def receipt_on(page: Page) -> str:
    return page.tree.one("p", **{"class": "receipt"}).text


def answered(site: Site, round_: Round, words: str = "") -> str:
    """Chong's receipt, copied from the page that follows the form."""
    page = site.answer(round_.links[cast.CHONG], write={WORDS: words} if words else None)
    return receipt_on(page)


def looked_up(browser: Browser, receipt: str, status: int = 200) -> Page:
    return browser.press(
        browser.open("/receipt"), "Look it up", fill={"receipt": receipt}, status=status
    )


def test_it_is_shown_right_after_sending_and_never_again(site: Site) -> None:
    link = site.opened("Commercial").links[cast.CHONG]
    chong = site.browser()
    form = survey_form(chong.open(link))
    sent = [*dict(form.pairs).items(), *choices(form).items()]
    thanks = chong.send(link, sent)
    assert CODE.fullmatch(receipt_on(thanks))
    assert receipt_on(thanks).replace("-", "") not in thanks.address
    assert receipt_on(chong.open(link + thanks.links["Bahasa Melayu"])) == receipt_on(thanks)

    assert receipt_on(chong.send(link, sent)) == receipt_on(thanks), "the same form, sent again"
    for later in (chong.open(link), chong.send(link, choices(form).items())):
        assert later.heading == "Thank you. Your answers are in."
        assert not CODE.search(later.html)


def test_its_address_shows_it_for_minutes_and_at_one_link_only(site: Site) -> None:
    round_ = site.opened("Commercial")
    page = site.answer(round_.links[cast.CHONG])
    site.answer(round_.links[cast.SALMAH])
    query = page.address.partition("?")[2]
    assert not CODE.search(site.browser().open(f"{round_.links[cast.SALMAH]}?{query}").html)
    with time_machine.travel(now() + LASTS, tick=False):
        assert not CODE.search(site.browser().open(page.address).html)


def test_only_the_process_that_hid_a_receipt_can_show_it() -> None:
    one, other = ShownOnce(), ShownOnce()
    hidden = one.hide("k7m2-px34", "link")
    assert one.show(hidden, "link") == "k7m2-px34"
    assert [other.show(hidden, "link"), one.show(hidden, "another")] == ["", ""]
    assert [one.show(made_up, "link") for made_up in ("", "x", "é", hidden[:-8], "A" * 96)] == [
        ""
    ] * 5


def test_with_the_code_alone_she_sees_it_is_stored(site: Site) -> None:
    receipt = answered(site, site.opened("Commercial"))
    somewhere_else = site.browser()
    for copied in (receipt, receipt.upper(), receipt.replace("-", " ")):
        page = looked_up(somewhere_else, copied)
        assert page.heading == "Your answers are stored"
        assert receipt not in page.address
    assert "answer-" not in page.html, "what she answered is shown to nobody"
    assert not page.tree.all("script")
    assert not somewhere_else.client.cookies
    assert page.response.headers["cache-control"] == "no-store"


def test_answers_are_replaced_without_being_shown(site: Site) -> None:
    round_ = site.opened("Commercial")
    receipt = answered(site, round_, "Dahulu begini")
    audited = site.count("audit_entry")
    browser = site.browser()
    empty = browser.press(looked_up(browser, receipt), "Fill it in again")
    form = survey_form(empty)
    assert not empty.tree.all("input", checked="")
    assert "Dahulu" not in empty.html
    assert not empty.tree.all("script"), "no draft of it stays in the browser"

    least = choices(
        form, lambda _, offered: next(one for one in offered if one), {WORDS: "Kini begitu"}
    )
    done = browser.press(empty, "Replace my answers", fill=least)

    assert (done.heading, receipt_on(done)) == ("Your new answers are in", receipt)
    assert site.comments(round_, "works_well") == ["Kini begitu"]
    [ballot] = site.ballots(round_)
    assert set(ballot) <= {0, 255}
    assert sum(site.answers(round_).values()) == 1
    assert site.count("audit_entry") == audited, "an entry would say when"


def test_what_is_wrong_in_the_new_answers_is_said_and_nothing_changes(site: Site) -> None:
    round_ = site.opened("Commercial")
    receipt = answered(site, round_)
    before = site.ballots(round_)
    browser = site.browser()
    empty = browser.press(looked_up(browser, receipt), "Fill it in again")
    wrong = {"answer-goals_shared": "9", WORDS: "Kekal di sini"}
    page = browser.press(empty, "Replace my answers", fill=wrong, status=422)
    assert "Choose one of the answers on the page." in page.text
    assert "Kekal di sini" in page.html
    assert site.ballots(round_) == before
    again = browser.press(page, "Replace my answers", fill={"answer-goals_shared": "1"})
    assert receipt_on(again) == receipt
    strange = [("receipt", receipt), ("step", "replace"), ("department", "Operations")]
    assert "Nothing was stored" in browser.send("/receipt", strange, status=422).text


def test_new_words_get_a_second_look_before_they_replace_the_old(site: Site) -> None:
    round_ = site.opened("Commercial")
    receipt = answered(site, round_, "It works")
    chong = site.browser()
    form = chong.press(looked_up(chong, receipt), "Fill it in again")
    asked = chong.press(form, "Replace my answers", fill={WORDS: "Ask ali@contoh.example.com"})
    assert "Have a second look at what you wrote" in asked.text
    assert site.comments(round_, "works_well") == ["It works"], "nothing was replaced"
    chong.press(asked, "Replace my answers")
    assert site.comments(round_, "works_well") == ["Ask ali@contoh.example.com"]


def test_withdrawing_asks_first_and_the_link_stays_used(site: Site) -> None:
    round_ = site.opened("Commercial")
    receipt = answered(site, round_, "Bagus")
    site.answer(round_.links[cast.SALMAH])
    audited = site.count("audit_entry")
    browser = site.browser()
    asked = browser.press(looked_up(browser, receipt), "Withdraw my answers")
    assert sum(site.answers(round_).values()) == 2, "asking alone takes nothing out"
    gone = browser.press(asked, "Withdraw my answers")

    assert gone.heading == "Your answers are withdrawn"
    assert sum(site.answers(round_).values()) == len(site.ballots(round_)) == 1
    assert site.comments(round_, "works_well") == []
    assert site.count("audit_entry") == audited
    assert "Nothing is stored under this receipt" in looked_up(browser, receipt, 404).text
    browser.press(asked, "Withdraw my answers", status=404)
    assert browser.open(round_.links[cast.CHONG]).heading == "Thank you. Your answers are in."
    assert sum(site.answers(round_).values()) == 1


def test_after_the_closing_it_says_stored_and_changes_nothing(site: Site) -> None:
    round_ = site.opened("Commercial")
    receipt = answered(site, round_)
    browser = site.browser()
    stored = looked_up(browser, receipt)
    asked = browser.press(stored, "Withdraw my answers")
    form = browser.press(stored, "Fill it in again")
    round_.close()

    closed = looked_up(browser, receipt)
    assert "Your answers are stored and will be counted" in closed.text
    assert not closed.forms
    browser.press(asked, "Withdraw my answers", status=410)
    late = browser.press(form, "Replace my answers", fill={WORDS: "Terlambat"}, status=410)
    assert "Terlambat" in late.text
    assert len(site.ballots(round_)) == 1


def test_when_all_is_counted_or_called_off_it_says_so(site: Site) -> None:
    counted, voided = site.opened("Commercial"), site.opened("Commercial")
    receipts = [answered(site, counted), answered(site, voided)]
    counted.close()
    keyring, zone = site.runtime.keyring, site.settings.zone
    with site.database.writing() as session:
        release.release(session, keyring, zone, counted.id, "test")
        submission.void(session, voided.id, "test")
    pages = [looked_up(site.browser(), one, 410) for one in receipts]
    assert pages[0].heading == "The results of this survey are out"
    assert pages[1].heading == "This survey was called off"
    made_up = looked_up(site.browser(), counted.id + "2" * 18, 410)
    assert made_up.text == pages[0].text, "nothing is left to tell a real one by"


def test_a_code_of_another_round_or_of_none_finds_nothing(site: Site) -> None:
    one, other = site.opened("Commercial"), site.opened("Commercial")
    receipt = answered(site, one).replace("-", "")
    for wrong in (other.id + receipt[6:], receipt[:-1] + "2", "zzzzzz" + receipt[6:]):
        if wrong != receipt:
            assert "Nothing is stored" in looked_up(site.browser(), wrong, 404).text
    short = looked_up(site.browser(), receipt[:20], 422)
    assert "A receipt has 24 letters and digits" in short.tree.one("div", id="errors").text
    assert receipt[:20] in short.html, "what was typed is kept, to be compared"
    assert site.browser().send("/receipt", [("receipt", receipt), ("step", "steal")], 422)
    assert site.browser().send("/receipt", [("receipt", receipt)] * 2, 422)


def test_it_reads_in_malay(site: Site) -> None:
    receipt = answered(site, site.opened("Commercial"))
    browser = site.browser("ms")
    page = browser.press(browser.open("/receipt"), "Semak", fill={"receipt": receipt})
    assert page.heading == "Jawapan anda disimpan"
    form = browser.press(page, "Isi semula")
    assert form.tree.one("html")["lang"] == "ms"
    assert "Jawapan terdahulu tidak dapat ditunjukkan" in form.text


def test_guessing_is_stopped_for_a_while(sqlite_url: str, tmp_path: object) -> None:
    with running_site(sqlite_url, tmp_path) as site:  # type: ignore[arg-type]
        site.with_people()
        receipt = answered(site, site.opened("Commercial"))
        browser = site.browser()
        wrong = [("receipt", "2" * 24)]
        assert {browser.send("/receipt", wrong, 404).status for _ in range(MOST)} == {404}
        refused = browser.send("/receipt", wrong, 429)
        assert refused.response.headers["retry-after"] == "600"
        assert browser.send("/receipt", [("receipt", receipt)], 429)


def test_wrong_tries_are_forgotten_and_never_kept_by_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = [1000.0]
    monkeypatch.setattr(tries.time, "monotonic", lambda: moment[0])
    counting = WrongTries()
    for _ in range(MOST):
        assert not counting.are_too_many("192.0.2.7")
        counting.count("192.0.2.7")
    assert counting.are_too_many("192.0.2.7")
    assert not counting.are_too_many("192.0.2.8")
    assert b"192.0.2.7" not in b"".join(counting._tries)
    before = set(counting._tries)
    moment[0] += WINDOW + 1
    assert not counting.are_too_many("192.0.2.7")
    moment[0] += timedelta(days=1).total_seconds()
    counting.count("192.0.2.7")
    assert not before & set(counting._tries), "another day, another fingerprint"
    for n in range(tries.KEPT + 5):
        counting.count(f"address {n}")
    assert len(counting._tries) == tries.KEPT
