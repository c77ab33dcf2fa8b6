"""Whatever people have typed, every page, mail and file says it letter by letter and does nothing.

Two installations, alike but for the words: in one every text is hostile. What they show is built of
the same elements in the same order.
"""

import csv
import io
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import delete
from sqlmodel import col

from app.access import keys
from app.actions import register as actions
from app.actions.register import Given as ActionGiven
from app.campaigns import messages
from app.campaigns.messages import Words
from app.hooks import events
from app.hooks import register as hooks
from app.hooks.events import EVENTS
from app.hooks.register import Wanted
from app.indicators import registry
from app.kit.jobs import Job
from app.kit.language import LANGUAGES, Language
from app.people import importing, organisation
from app.results import hiding, notes, release
from app.surveys import library
from app.surveys.definition import Survey
from app.surveys.plain import plain, rebuild
from tests import cast
from tests import site as sites
from tests.contracts.test_routes import ALL, ITEMS
from tests.journeys.browser import FORM, encoded
from tests.security.payloads import HARMLESS, PAYLOADS, Shape, shape
from tests.security.straight import Straight, straight_to
from tests.site import Site, leaning, rich, running_site

# These end the session, are made of time, or are no page.
LEFT_OUT = {"/sign-out", "/readyz", "/healthz"}
INVISIBLE = re.compile("[\u200b\u2028\u2029\u202c\u202e]")
FORMULAS = tuple("=+-@＝＋－＠\t\r\n")


@dataclass
class House:
    """One installation full of the same words, and what it shows."""

    site: Site
    straight: Straight
    words: tuple[str, ...]
    named: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)

    @property
    def all(self) -> str:
        """As many of the words as a longer field holds."""
        return " ".join(self.words)

    def pages(self) -> Iterator[tuple[str, str]]:
        for route in ALL:
            if route.method != "GET" or route.path in LEFT_OUT:
                continue
            named = {**self.named, "key": _key(route.path)}
            if set(_places(route.path)) <= named.keys():
                reply = self.straight.ask(
                    "GET",
                    route.path.replace(":path", "").format_map(named),
                    headers=self.straight.signed_in,
                )
                if reply.headers.get("content-type", "").startswith("text/html"):
                    yield route.path, reply.text


def _key(path: str) -> str:
    if path.startswith("/surveys"):
        return "team_pulse"
    return "hostile_0" if path.startswith("/indicators") else "goals_shared"


def _places(path: str) -> list[str]:
    return [part.partition("}")[0].removesuffix(":path") for part in path.split("{")[1:]]


def planted(site: Site, straight: Straight, words: tuple[str, ...]) -> House:
    house = House(site, straight, words)
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["employee_id", "name", "email", "department", "location", "level"])
    # Lists are sorted by these: each word has its number before it, in both houses the same.
    numbered = [f"{n:02} {word}" for n, word in enumerate(words)]
    for n, word in enumerate(numbered):
        if INVISIBLE.search(PAYLOADS[n]):
            # The import refuses it, so its counterpart stays out as well.
            continue
        place = word.replace("/", "\u2215")
        table.writerow([f"h{n}", word, f"h{n}@contoh.example.com", f"Hostile {place}", word, word])
    with site.database.writing() as session:
        importing.apply(session, importing.plan(session, text.getvalue().encode()))
        organisation.change(session, name=words[0], colour="")
        for n, word in enumerate(numbered):
            given = ActionGiven(word, who=word[:60], notes=word)
            house.named["action_id"] = actions.add(session, given, actions.NOWHERE, "test").id
            one = registry.Given(word, word, word[:20], "higher")
            registry.add(session, f"hostile_{n}", one, "test")
            keys.create(session, "hr", word, (), "test")
        for word in numbered[:20]:
            wanted = Wanted(word, "standard", "https://hooks.example.com/x", EVENTS)
            hook, _ = hooks.create(session, site.runtime.keyring, site.web.outbound, wanted, "test")
            house.named["hook_id"] = hook.id
    house.named["person_id"] = _person(site)
    house.named |= _released(site, words)
    house.named |= {"wave": "half-way", "name": "stances", "kind": "svg", "place": "1"}
    return house


def _person(site: Site) -> str:
    from app.people import directory

    with site.database.reading() as session:
        (one,) = directory.find(session, text="h1@contoh", limit=1).people
        return one.id


def _released(site: Site, words: tuple[str, ...]) -> dict[str, str]:
    """A round whose name, comments, note and a reason are such words; and one that is open."""
    for word in words[::10]:
        site.opened(
            "Human Resources", survey="team_pulse", name=word[:120], messages=messages_of(words)
        )
    survey = survey_of(library.template("sales_marketing_alignment"), words)
    asking = site.opened("Commercial", survey=survey)
    round_ = site.opened("Commercial", survey=survey, name="".join(words[1:4])[:120])
    for place, link in enumerate(list(round_.links.values())[:30]):
        pairs = [("submission", "k" * 28), ("answer-works_well", words[place % len(words)])]
        pairs += [("answer-one_change", words[-place - 1])]
        pairs += [
            (f"answer-{one}", leaning(place)(f"answer-{one}", ["0", "1", "2", "3", "4"]))
            for one in ITEMS
        ]
        reply = site.browser().client.post(
            link, content=encoded(pairs), headers={"Content-Type": FORM}
        )
        assert reply.status_code in {200, 303}, reply.text[:300]
    round_.close()
    with site.database.writing() as session:
        keyring, zone = site.runtime.keyring, site.settings.zone
        release.release(session, keyring, zone, round_.id, "test")
        notes.attach(session, round_.id, words[20], "test")
        hiding.hide(session, round_.id, 1, words[22], "test")
    token = next(iter(asking.links.values())).rpartition("/")[2]
    return {"round_id": round_.id, "path": cast.SALES, "token": token}


def survey_of(survey: Survey, words: tuple[str, ...]) -> Survey:
    """The same survey with such words for every text: titles, questions, options, themes."""
    spoken = cycle(f"{n:02} {word}" for n, word in enumerate(words))

    def reworded(value: Any) -> Any:
        if isinstance(value, dict) and value.keys() == {"entries"}:
            return {"entries": [[code, next(spoken)] for code, _ in value["entries"]]}
        if isinstance(value, dict):
            # Sides are departments, found by their names.
            return {n: one if n == "sides" else reworded(one) for n, one in value.items()}
        return [reworded(one) for one in value] if isinstance(value, list) else value

    return rebuild(Survey, reworded(plain(survey)))


def messages_of(words: tuple[str, ...]) -> dict[tuple[str, str], Words]:
    """The invitation with such words added; those that end a line make two of it, and stay out."""
    told = [word for n, word in enumerate(words) if not INVISIBLE.search(PAYLOADS[n])]
    changed = {}
    for code in LANGUAGES:
        ours = messages.standard("invitation", Language(code))
        lines = "\n\n".join(f"{n:02} {word}" for n, word in enumerate(told))
        changed["invitation", code] = Words(f"{ours.subject} {told[0]}", f"{ours.body}\n\n{lines}")
    return changed


@pytest.fixture(scope="module")
def houses(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[House, House]]:
    with ExitStack() as stack:
        made = []
        for words in (HARMLESS, PAYLOADS):
            folder = tmp_path_factory.mktemp("words")
            (folder / "selaras.db").write_bytes(sqlite_template.read_bytes())
            url = f"sqlite:///{folder / 'selaras.db'}"
            site = stack.enter_context(running_site(url, folder)).with_people()
            made.append(planted(site, stack.enter_context(straight_to(site)), words))
        # Before any test asks for something that the log or a list of exports then shows.
        for one in made:
            one.seen = dict(one.pages())
        yield made[0], made[1]


@pytest.fixture(scope="module")
def hostile(houses: tuple[House, House]) -> House:
    return houses[1]


def test_every_page_has_the_shape_it_has_with_harmless_words(houses: tuple[House, House]) -> None:
    harmless, hostile = (one.seen for one in houses)
    assert len(hostile) > 40
    assert harmless.keys() == hostile.keys()
    assert_same_shape(harmless, hostile)
    said = "\0".join(text for page in hostile.values() for text in Shape(page).said)
    seen = {word for word in PAYLOADS if word in said}
    assert len(seen) == len(PAYLOADS), set(PAYLOADS) - seen


def assert_same_shape(harmless: Mapping[str, str], hostile: Mapping[str, str]) -> None:
    wrong = [path for path, page in hostile.items() if shape(page) != shape(harmless[path])]
    assert wrong == []


def test_mails_say_it_and_do_nothing(houses: tuple[House, House]) -> None:
    shapes = []
    for house in houses:
        # Webhooks lead to a host that no name server knows; it takes long to say so.
        with house.site.database.writing() as session:
            session.connection().execute(delete(Job).where(col(Job.kind) == events.DELIVER))
        house.site.work()
        mails = house.site.mails(cast.AMINAH)
        assert mails
        shapes.append([shape(rich(mail)) for mail in mails])
        for mail in mails:
            assert "\n" not in mail["subject"]
            assert "<script" not in rich(mail)
            assert sites.plain(mail)
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("what", ["scores", "comments"])
@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_no_cell_of_a_file_is_a_formula(hostile: House, what: str, format_: str) -> None:
    body = {"what": what, "format": format_, "profile": "excel"}
    reply = hostile.straight.ask(
        "POST",
        f"/api/v1/rounds/{hostile.named['round_id']}/export",
        json=body,
        headers=hostile.straight.with_key,
    )
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-disposition"].startswith("attachment;")
    assert_no_formula(reply.content, format_)
    told = [str(value).removeprefix("'") for value, _ in cells(reply.content, format_)]
    if what == "comments":
        assert len(set(told) & set(PAYLOADS)) > 10


def assert_no_formula(content: bytes, format_: str) -> None:
    for value, kind in cells(content, format_):
        assert kind != "f"
        if isinstance(value, str) and kind == "csv" and not _number(value):
            assert not value.lstrip().startswith(FORMULAS), value


def cells(content: bytes, format_: str) -> Iterator[tuple[Any, str]]:
    if format_ == "csv":
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))):
            yield from ((value, "csv") for value in row)
        return
    for sheet in openpyxl.load_workbook(io.BytesIO(content)):
        for row in sheet.iter_rows():
            yield from ((cell.value, cell.data_type) for cell in row)


def _number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("path", ["/people?limit=200", "/actions?limit=200", "/webhooks", "/keys"])
def test_json_gives_each_word_back_as_it_is(hostile: House, path: str) -> None:
    reply = hostile.straight.ask("GET", f"/api/v1{path}", headers=hostile.straight.with_key)
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-content-type-options"] == "nosniff"
    texts = {
        value for item in reply.json()["items"] for value in item.values() if isinstance(value, str)
    }
    assert len({one for one in PAYLOADS if any(one in text for text in texts)}) >= 18


def test_no_word_reaches_a_log(hostile: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for _ in hostile.pages():
        pass
    assert [one for one in PAYLOADS if len(one) > 8 and one in caplog.text] == []
