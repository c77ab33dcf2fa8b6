"""Aminah of HR brings the people: she looks, mends or confirms, and nobody else can."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlmodel import select
from starlette.types import ASGIApp

from app.access import accounts, sign_in
from app.audit.models import AuditEntry
from app.kit.clock import now
from app.kit.database import Database
from app.kit.runtime import Runtime
from app.main import create_app, make_site
from app.people import directory, uploads
from app.people.tree import Tree
from app.people.uploads import Upload
from tests.conftest import make_settings
from tests.people.files import CAST, imported, people
from tests.people.test_company_file import company_file

FORM = "application/x-www-form-urlencoded"
HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"


@dataclass
class Page:
    """A reply as somebody reads it."""

    reply: httpx.Response

    @property
    def status(self) -> int:
        return self.reply.status_code

    @property
    def source(self) -> str:
        return self.reply.text

    @property
    def text(self) -> str:
        """The words of the page's main part."""
        main = re.search(r"<main.*?</main>", self.source, re.DOTALL)
        words = re.sub(r"<[^>]*>", " ", main[0] if main else self.source)
        return " ".join(unescape(words).split())

    @property
    def leads_to(self) -> str:
        return self.reply.headers.get("location", "")

    def value(self, name: str) -> str:
        """What a field of the page holds."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.source)
        return unescape(found[1]) if found else ""

    def has_button(self, words: str) -> bool:
        return re.search(rf"<button[^>]*>{words}</button>", self.source) is not None


class Browser:
    """Somebody's browser: it keeps the session's cookie and the form token of the last page."""

    def __init__(self, asgi: ASGIApp, cookie: str = "", language: str = "en") -> None:
        self._asgi = asgi
        self._headers = {"Accept-Language": language}
        if cookie:
            self._headers["Cookie"] = f"selaras={cookie}"
        self._csrf = ""

    def get(self, address: str) -> Page:
        return self._send("GET", address)

    def post(self, address: str, fields: dict[str, Any] | None = None) -> Page:
        content = urlencode({"csrf": self._csrf, **(fields or {})}, doseq=True)
        return self._send("POST", address, content=content, headers={"Content-Type": FORM})

    def send(self, *files: tuple[str, str, bytes], **fields: str) -> Page:
        """Upload files (field, name, content) with the form of the import page."""
        self.get("/people/import")
        return self._send(
            "POST",
            "/people/import",
            data={"csrf": self._csrf, "mode": "partial", **fields},
            files=[(field, (name, content, "text/csv")) for field, name, content in files],
        )

    def _send(self, method: str, address: str, **options: Any) -> Page:
        options["headers"] = {**self._headers, **options.get("headers", {})}

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self._asgi)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:8000"
            ) as client:
                return await client.request(method, address, **options)

        page = Page(asyncio.run(once()))
        self._csrf = page.value("csrf") or self._csrf
        return page


@dataclass
class House:
    """The running service with its people."""

    runtime: Runtime
    asgi: ASGIApp

    @property
    def database(self) -> Database:
        return self.runtime.database

    def browser(
        self, email: str, role: str = "hr", *departments: str, language: str = "en"
    ) -> Browser:
        """A browser signed in by a real one-time link."""
        with self.database.writing() as session:
            account = accounts.add(session, email, role, departments, "a test")
            link = sign_in.new_link(session, account)
        with self.database.writing() as session:
            cookie = sign_in.redeem(session, link)
        assert cookie is not None
        return Browser(self.asgi, cookie, language)

    def stranger(self) -> Browser:
        return Browser(self.asgi)

    def head_count(self) -> int:
        with self.database.reading() as session:
            return directory.people_count(session)

    def acts(self, action: str) -> list[AuditEntry]:
        with self.database.reading() as session:
            return list(session.exec(select(AuditEntry).where(AuditEntry.action == action)))


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Opens the service over a database."""
    running: list[Runtime] = []

    def opened(url: str, **given: object) -> House:
        runtime = Runtime.start(make_settings(url, tmp_path, **given))
        running.append(runtime)
        return House(runtime, create_app(make_site(runtime)))

    yield opened
    for runtime in running:
        runtime.close()


@pytest.fixture
def house(open_house: Callable[..., House], sqlite_url: str) -> House:
    return open_house(sqlite_url)


@pytest.fixture
def aminah(house: House) -> Browser:
    return house.browser("aminah@example.com")


# The story


def test_aminah_looks_at_sixty_people_and_imports_the_good_ones(
    open_house: Callable[..., House], database_url: str
) -> None:
    house = open_house(database_url)
    aminah = house.browser("aminah@example.com")
    assert "Nobody is here yet" in aminah.get("/people").text

    sent = aminah.send(("file", "people.csv", company_file()))
    assert sent.status == 303
    preview = aminah.get(sent.leads_to)

    assert "people.csv · 60 rows · UTF-8 · separated by semicolon" in preview.text
    assert "58 new · 0 changed · 0 moved to another department" in preview.text
    assert "7 E-mail not an address this is no e-mail address" in preview.text
    assert "42 Department empty everybody needs a department" in preview.text
    assert "E-mail E-mail email" in preview.text
    assert "Commercial/Sales 20" in preview.text
    assert preview.has_button("Import 58 people")
    assert house.head_count() == 0

    confirmed = aminah.post(sent.leads_to, {"seen": preview.value("seen")})
    assert (confirmed.status, confirmed.leads_to) == (303, "/people?imported=1")
    assert set(people(house.database)) == {f"{n:04}" for n in range(1, 61)} - {"0006", "0041"}
    (entry,) = house.acts("people.imported")
    assert json.loads(entry.detail) == {"new": 58, "changed": 0, "moved": 0, "deactivated": 0}

    page = aminah.get(confirmed.leads_to)
    assert "58 new, 0 changed" in page.text
    assert "58 people · 6 departments" in page.text
    assert "Commercial 10 40 Marketing 10 10 Sales 20 20" in page.text
    assert aminah.get(sent.leads_to).status == 410


def test_looking_twice_saves_nothing_and_says_the_same(house: House, aminah: Browser) -> None:
    address = aminah.send(("file", "p.csv", company_file())).leads_to
    assert aminah.get(address).text == aminah.get(address).text
    assert house.head_count() == 0
    with house.database.reading() as session:
        assert Tree.read(session).nodes == ()


def test_same_page_in_malay(house: House) -> None:
    aminah = house.browser("aminah@example.com", language="ms")
    preview = aminah.get(aminah.send(("file", "p.csv", company_file())).leads_to)
    assert preview.has_button("Import 58 orang")
    assert "7 E-mail not an address ini bukan alamat e-mel" in preview.text
    assert "dipisahkan dengan koma bertitik" in preview.text


def test_rows_to_mend_can_be_downloaded_and_sent_again(house: House, aminah: Browser) -> None:
    address = aminah.send(("file", "p.csv", company_file())).leads_to
    file = aminah.get(f"{address}/rows.csv").reply
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.content.startswith(b"\xef\xbb\xbf")
    header, first, second, *rest = file.content.decode("utf-8-sig").split("\r\n")
    assert header.startswith("Row in your file,What to mend,Employee ID,Name,E-mail")
    assert first.startswith("7,E-mail: this is no e-mail address")
    assert "0006,Pekerja 6,not an address" in first
    assert second.startswith("42,")
    assert rest == [""]
    mended = file.content.replace(b"not an address", b"p6@contoh.example.com")
    preview = aminah.get(aminah.send(("file", "mended.csv", mended)).leads_to)
    assert "1 new" in preview.text
    assert "42" not in preview.text.split("Column and value")[1].split("left out")[0]


def test_many_bad_rows_are_counted_shown_in_part_and_downloaded_whole(aminah: Browser) -> None:
    lines = ["employee_id,email,department"] + [f"{n},wrong,Sales" for n in range(1, 71)]
    address = aminah.send(("file", "p.csv", "\n".join([*lines, "71,,Sales"]).encode())).leads_to
    preview = aminah.get(address)
    assert "70 problems in the rows" in preview.text
    assert "The first 50 are shown." in preview.text
    assert preview.source.count("left out</span>") == 50
    assert preview.has_button("Import 1 person")
    assert len(aminah.get(f"{address}/rows.csv").source.splitlines()) == 71


# What is refused


def test_nothing_to_import_has_no_button(house: House, aminah: Browser) -> None:
    imported(house.database, CAST)
    same = aminah.send(("file", "p.csv", CAST.encode())).leads_to
    assert "Everybody in the file is here already" in aminah.get(same).text
    assert 'name="seen"' not in aminah.get(same).source
    bad = aminah.send(("file", "p.csv", b"employee_id,department\n,\n9,\n")).leads_to
    page = aminah.get(bad)
    assert "No row of the file can be imported" in page.text
    assert aminah.post(bad, {"seen": page.value("seen")}).status == 409
    assert house.acts("people.imported") == []


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([], "Choose the file to import."),
        ([("file", "", b"")], "Choose the file to import."),
        ([("other", "p.csv", b"employee_id,department\n1,A\n")], "Choose the file to import."),
        ([("file", "p.csv", b"")], "The file is empty: choose another."),
        ([("file", "p.csv", b" \r\n")], "The file is empty: choose another."),
        ([("file", "a", b"x"), ("file", "b", b"y")], "Send one file at a time."),
        ([("file", "a", b"x"), ("other", "b", b"y")], "Send one file at a time."),
        ([("file", "p.csv", b"\x00\x01")], "cannot be read as a table"),
        ([("file", "p.csv", b"employee_id\n1\n")], "The file has no column department"),
        ([("file", "p.csv", b"employee_id,department\n")], "a header and no rows"),
    ],
)
def test_what_is_no_people_file_is_refused_with_a_reason(
    house: House, aminah: Browser, files: list[tuple[str, str, bytes]], told: str
) -> None:
    page = aminah.send(*files)
    assert page.status == 422
    assert told in page.text
    assert "<title>Error:" in page.source
    with house.database.reading() as session:
        assert session.exec(select(Upload)).all() == []


def test_form_that_no_page_of_ours_makes_is_refused(aminah: Browser) -> None:
    file = ("file", "p.csv", company_file())
    assert aminah.send(file, mode="everything").status == 422
    assert aminah.send(file, is_admin="1").status == 422
    assert aminah.post("/people/import", {"mode": "partial", "file": "x"}).status == 422


def test_upload_without_the_form_token_is_refused(house: House, aminah: Browser) -> None:
    assert aminah.send(("file", "p.csv", company_file()), csrf="forged").status == 403
    with house.database.reading() as session:
        assert session.exec(select(Upload)).all() == []


def test_people_who_changed_meanwhile_are_looked_at_again(house: House, aminah: Browser) -> None:
    address = aminah.send(("file", "p.csv", company_file())).leads_to
    seen = aminah.get(address).value("seen")
    imported(house.database, "employee_id,name,department\n0001,Somebody,Elsewhere\n")
    page = aminah.post(address, {"seen": seen})
    assert page.status == 409
    assert "The people have changed since you looked" in page.text
    assert house.head_count() == 1
    assert house.acts("people.imported") == []
    fields = {"seen": page.value("seen"), "department-1": "new"}
    assert aminah.post(address, fields).status == 303
    assert house.head_count() == 58


def test_confirming_twice_imports_once(house: House, aminah: Browser) -> None:
    address = aminah.send(("file", "p.csv", company_file())).leads_to
    seen = aminah.get(address).value("seen")
    assert aminah.post(address, {"seen": seen}).status == 303
    again = aminah.post(address, {"seen": seen})
    assert again.status == 410
    assert "This file is no longer kept" in again.text
    assert len(house.acts("people.imported")) == 1


def test_full_import_that_deactivates_many_asks_for_their_number(
    house: House, aminah: Browser
) -> None:
    imported(house.database, CAST)
    few = "\n".join(CAST.splitlines()[:2]).encode()
    address = aminah.send(("file", "p.csv", few), mode="full").leads_to
    preview = aminah.get(address)
    assert "3 deactivated" in preview.text
    assert "0003 Chong Wei Ling" in preview.text
    fields = {"seen": preview.value("seen"), "deactivate": "2"}
    page = aminah.post(address, fields)
    assert page.status == 422
    assert "Type exactly 3 to deactivate these people." in page.text
    assert house.head_count() == 4
    assert aminah.post(address, {**fields, "deactivate": "3"}).status == 303
    assert house.head_count() == 1
    assert json.loads(house.acts("people.imported")[0].detail)["deactivated"] == 3


def test_renamed_department_is_asked_about_and_stays_the_same_one(
    house: House, aminah: Browser
) -> None:
    imported(house.database, CAST)
    with house.database.reading() as session:
        before = Tree.read(session).find("Commercial/Marketing")
    file = CAST.replace("Commercial/Marketing", "Commercial/Marketing and Brand").encode()
    address = aminah.send(("file", "p.csv", file)).leads_to
    preview = aminah.get(address)
    assert "Is Commercial/Marketing and Brand new, or another name" in preview.text
    seen = preview.value("seen")
    assert aminah.post(address, {"seen": seen}).status == 422
    assert aminah.post(address, {"seen": seen, "department-1": "renamed"}).status == 303
    with house.database.reading() as session:
        after = Tree.read(session).find("Commercial/Marketing and Brand")
    assert before is not None
    assert after is not None
    assert after.id == before.id


# Whose file it is


def test_upload_is_its_senders_own_and_no_archive(
    house: House, aminah: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = house.browser("hana@example.com")
    first = aminah.send(("file", "p.csv", company_file())).leads_to
    assert other.get(first).status == 410
    assert other.get(f"{first}/rows.csv").status == 410
    assert other.post(first, {"seen": aminah.get(first).value("seen")}).status == 410
    second = aminah.send(("file", "p.csv", company_file())).leads_to
    assert aminah.get(first).status == 410
    assert aminah.get(second).status == 200
    monkeypatch.setattr(uploads, "now", lambda: now() + timedelta(hours=25))
    assert aminah.get(second).status == 410
    with house.database.writing() as session:
        uploads.sweep(session)
        assert session.exec(select(Upload)).all() == []


HR_PAGES = [
    "/people",
    "/people/import",
    "/people/import/example.csv",
    "/people/import/x",
    "/people/import/x/rows.csv",
    "/surveys",
    "/surveys/team_pulse",
    "/surveys/team_pulse/preview",
    "/accounts",
    "/accounts/x/disable",
]
HR_FORMS = ["/people/import/x", "/accounts", "/accounts/x/link", "/accounts/x/disable"]


@pytest.fixture
def badrul(house: House) -> Browser:
    """A manager; the account needs a department to see."""
    imported(house.database, CAST)
    browser = house.browser("badrul@example.com", "manager", "Commercial/Sales")
    browser.get("/")
    return browser


@pytest.mark.parametrize("address", HR_PAGES)
def test_page_of_hr_is_not_there_for_a_manager(badrul: Browser, address: str) -> None:
    assert badrul.get(address).status == 404


@pytest.mark.parametrize("address", HR_FORMS)
def test_form_of_hr_is_not_there_for_a_manager(badrul: Browser, address: str) -> None:
    assert badrul.post(address, {"seen": "x"}).status == 404


def test_manager_cannot_upload(house: House, badrul: Browser) -> None:
    assert badrul.send(("file", "p.csv", company_file())).status == 404


@pytest.mark.parametrize("address", ["/", *HR_PAGES])
def test_who_is_signed_out_is_led_to_sign_in(house: House, address: str) -> None:
    page = house.stranger().get(address)
    back = "" if address == "/" else f"?next={address}"
    assert (page.status, page.leads_to) == (303, f"/sign-in{back}")


def test_upload_of_a_stranger_leads_to_sign_in(house: House) -> None:
    page = house.stranger().send(("file", "p.csv", company_file()))
    assert (page.status, page.leads_to) == (303, "/sign-in")


# The list


def test_people_are_found_by_name_department_and_page(house: House, aminah: Browser) -> None:
    imported(house.database, company_file())
    assert "Page 1 of 2" in aminah.get("/people").text
    last = aminah.get("/people?page=2").text
    assert "Page 2 of 2" in last
    assert last.count("@contoh.example.com") == 8
    assert aminah.get("/people?page=99999").text == last
    assert "Page 1 of 2" in aminah.get("/people?page=-1").text
    found = aminah.get("/people?q=Pekerja+60").text
    assert "1 person found" in found
    assert "0060 Pekerja 60" in found
    assert "Nobody matches" in aminah.get("/people?q=%25").text
    with house.database.reading() as session:
        sales = Tree.read(session).find("Commercial/Sales")
    assert sales is not None
    chosen = aminah.get(f"/people?department={sales.id}")
    assert "20 people found" in chosen.text
    assert f'<option value="{sales.id}" selected>' in chosen.source


def test_who_has_left_is_shown_only_when_asked_for(house: House, aminah: Browser) -> None:
    imported(house.database, CAST)
    imported(house.database, "\n".join(CAST.splitlines()[:-1]), full=True, deactivate=1)
    assert "Devi" not in aminah.get("/people").text
    assert "Devi Subramaniam has left" in aminah.get("/people?left=yes").text


def test_example_file_holds_columns_that_an_import_knows(aminah: Browser) -> None:
    file = aminah.get("/people/import/example.csv").reply
    assert "attachment" in file.headers["content-disposition"]
    filled = file.content + b"1,Ali,ali@example.com,Sales,S1,,ms\r\n"
    preview = aminah.get(aminah.send(("file", "p.csv", filled)).leads_to)
    assert "not used" not in preview.text
    assert preview.has_button("Import 1 person")


def test_hostile_names_are_shown_as_text(house: House, aminah: Browser) -> None:
    cell = '"' + HOSTILE.replace('"', '""').replace("</", "<\\") + '"'
    rows = [
        f"employee_id,name,email,department,{cell}",
        f"1,{cell},,{cell},x",
        f"2,{cell},{cell},A,y",
    ]
    address = aminah.send(("file", HOSTILE, "\n".join(rows).encode())).leads_to
    preview = aminah.get(address)
    assert preview.source.count("&lt;script&gt;") >= 4
    assert "<script" not in preview.source
    assert aminah.post(address, {"seen": preview.value("seen")}).status == 303
    listed = aminah.get("/people?q=" + "%3Cscript%3E")
    assert "<script" not in listed.source
    assert listed.source.count("&lt;script&gt;") >= 3
    assert "{{7*7}}" in listed.text
