"""What becomes of comments after the release: masked for everybody, and hidden where HR says so."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.audit import log
from app.results import release
from app.results.models import Release
from tests import cast
from tests.journeys.browser import Browser
from tests.site import Round, Site, leaning, running_site, shared_database, survey_form

WORDS = "answer-works_well"
ABUSIVE = "Somebody is a fool, and everybody knows."
NAMING = "Ask Badrul at badrul@contoh.example, 012-345 6789"
MASKED = "Ask [name] at [e-mail], [phone]"
REASON = "It attacks a colleague."


@dataclass(frozen=True)
class Story:
    """A released round with comments, and who reads it."""

    site: Site
    round: Round
    hr: Browser
    manager: Browser

    @property
    def item(self) -> str:
        return f"/rounds/{self.round.id}/items/works_well"

    def document(self) -> dict:
        done = self.site.command("results", self.round.id, "--json")
        return json.loads(done.stdout)

    def rows(self, profile: str = "analysis") -> list[dict[str, str]]:
        done = self.site.command(
            *("export", self.round.id, "--what", "comments", "--for", profile, "-o", "-")
        )
        text = done.stdout.removeprefix("\ufeff")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def hash(self) -> str:
        with self.site.database.reading() as session:
            return session.get_one(Release, self.round.id).hash


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("comments")
    with (
        shared_database(request, request.param, folder) as url,
        running_site(url, folder) as site,
    ):
        round_ = site.with_people().opened(cast.SALES, cast.MARKETING, min_comments=6)
        said = [ABUSIVE, NAMING, "=1+1", "Two\nlines"]
        for place, link in enumerate(list(round_.links.values())[:18]):
            words = said[place] if place < len(said) else f"Comment {place}"
            page = site.answer(link, leaning(place), write={WORDS: words})
            if page.tree.all("div", id="second-look"):
                site.browser().send(page.address, survey_form(page).pairs)
        round_.close()
        with site.database.writing() as session:
            keyring, zone = site.runtime.keyring, site.settings.zone
            release.release(session, keyring, zone, round_.id, "test")
        hr = site.signed_in(cast.AMINAH)
        manager = site.signed_in(cast.BADRUL, "manager", [cast.SALES], language="ms")
        yield Story(site, round_, hr, manager)


def test_what_names_somebody_is_replaced_in_every_output(story: Story) -> None:
    assert "Ask [name] at [e-mail], [phone]" in story.hr.open(story.item).text
    assert "Ask [nama] at [e-mel], [telefon]" in story.manager.open(story.item).text
    document = story.document()
    assert document["policy"]["min_comments"] == 6
    [told] = [one for one in document["comments"] if one["masked"]]
    assert (told["text"], told["masked"]) == (MASKED, 3)
    assert MASKED in [row["text"] for row in story.rows()]
    everything = story.hr.open(story.item).html + json.dumps(document) + str(story.rows())
    for secret in ("Badrul", "badrul@contoh.example", "012-345"):
        assert secret not in everything.replace(story.item, "")
    stored = [value for _, _, value in story.site.stored() if isinstance(value, str)]
    assert not any("012-345 6789" in value for value in stored)


def test_the_pages_say_that_it_was_replaced(story: Story) -> None:
    page = story.hr.open(story.item)
    assert "In 1 of them an e-mail address, a phone number or a name was replaced." in page.text
    assert "names of people asked were replaced where they were found" in page.text


def test_the_file_has_each_comment_once_in_the_release_s_order(story: Story) -> None:
    comments, rows = story.document()["comments"], story.rows()
    assert len(rows) == len(comments) >= 12
    assert list(rows[0]) == ["item", "department", "text", "masked", "hidden"]
    assert [row["text"] for row in rows] == [one["text"] for one in comments]
    assert {row["hidden"] for row in rows} == {"false"}
    assert {"=1+1", "Two\nlines"} <= {row["text"] for row in rows}
    assert "'=1+1" in {row["text"] for row in story.rows("excel")}


def test_hr_hides_an_abusive_one_and_nobody_reads_it(story: Story) -> None:
    before = story.hash()
    place = next(one["place"] for one in story.document()["comments"] if one["text"] == ABUSIVE)
    address = f"/rounds/{story.round.id}/comments/{place}"

    page = story.hr.open(story.item)
    form = next(one for one in page.forms if one.action.endswith(f"{address}/hide"))
    refused = story.hr.send(form.action, form.pairs, status=409)
    assert "why the comment is hidden" in refused.text
    naming = [
        (name, "Badrul is a fool" if name == "reason" else value) for name, value in form.pairs
    ]
    assert "without a name" in story.hr.send(form.action, naming, status=409).text
    pairs = [(name, REASON if name == "reason" else value) for name, value in form.pairs]
    hidden = story.hr.send(form.action, pairs)
    assert f": {REASON}" in hidden.text
    story.hr.send(form.action, pairs)

    seen = story.manager.open(story.item)
    assert "Disembunyikan oleh HR." in seen.text
    assert REASON not in seen.html, "that is HR's and the audit log's"
    assert not any(form.action.endswith(("/hide", "/show")) for form in seen.forms)
    [gone] = [one for one in story.document()["comments"] if one["hidden"]]
    assert (gone["place"], gone["text"]) == (place, None)
    [row] = [row for row in story.rows() if row["hidden"] == "true"]
    assert row["text"] == ""
    group = story.manager.open(f"/rounds/{story.round.id}")
    whole = story.hr.open(f"/rounds/{story.round.id}/departments/")
    for html in (hidden.html, seen.html, group.html, whole.html, json.dumps(story.document())):
        assert ABUSIVE not in html
    assert story.hash() == before, "the release itself stays as it was"

    form, _ = hidden.form_with("Show it again")
    shown = story.hr.send(form.action, form.pairs)
    assert ABUSIVE in shown.text
    assert ABUSIVE in story.manager.open(story.item).text
    assert story.site.count("hidden_comment") == 0
    with story.site.database.reading() as session:
        entries = log.entries(session, story.round.id)
    acts = [one for one in entries if one.action.startswith("comment.")]
    assert [one.action for one in reversed(acts)] == ["comment.hidden", "comment.shown"]
    assert json.loads(acts[-1].detail) == {"place": place, "reason": REASON}


@pytest.mark.parametrize("place", ["0", "-1", "999", "9" * 30])
def test_a_comment_that_is_not_there_cannot_be_hidden(story: Story, place: str) -> None:
    page = story.hr.open(story.item)
    form = next(one for one in page.forms if one.action.endswith("/hide"))
    address = f"/rounds/{story.round.id}/comments/{place}/hide"
    pairs = [(name, REASON if name == "reason" else value) for name, value in form.pairs]
    story.hr.send(address, pairs, status=404)


def test_a_manager_cannot_hide_one(story: Story) -> None:
    form = story.manager.open(f"/rounds/{story.round.id}").forms[-1]
    csrf = [pair for pair in form.pairs if pair[0] == "csrf"]
    address = f"/rounds/{story.round.id}/comments/1/hide"
    story.manager.send(address, [*csrf, ("reason", REASON)], status=404)
