"""An empty installation: the printed link makes the first account, once; then the two doors."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from app.access import accounts, first_run, sign_in
from app.access.accounts import Role
from app.cli.demo import fill_quietly
from app.kit.clock import now
from app.kit.jobs import Job, State
from app.main import create_app, make_site
from app.people import organisation
from tests.kit.test_png import picture
from tests.people.files import CAST, imported
from tests.web.test_people_pages import Browser, House, aminah, house, open_house

__all__ = ["aminah", "house", "open_house"]


def printed_link(house: House) -> str:
    with house.database.writing() as session:
        return f"/set-up/{first_run.new_link(session)}"


def with_session(house: House, reply: object) -> Browser:
    found = re.search(r"selaras=([^;]+)", reply.reply.headers["set-cookie"])  # type: ignore[attr-defined]
    assert found is not None
    return Browser(house.asgi, found[1])


def test_printed_link_makes_the_first_account_and_no_second(
    open_house: Callable[..., House], database_url: str
) -> None:
    house = open_house(database_url)
    stranger = house.stranger()
    assert "Nobody has an account yet" in stranger.get("/sign-in").text
    link, other = printed_link(house), printed_link(house)
    assert stranger.get(link).status == 200
    assert stranger.get(link).status == 200, "looking uses nothing up"
    wrong = stranger.post(link, {"email": "aminah", "organisation": ""})
    assert wrong.status == 422
    assert "This is no e-mail address" in wrong.text
    made = stranger.post(link, {"email": "Aminah@Example.com", "organisation": "Syarikat Kita"})
    assert (made.status, made.leads_to) == (303, "/welcome")
    aminah = with_session(house, made)
    assert "Syarikat Kita" in aminah.get("/welcome").source
    with house.database.reading() as session:
        (account,) = accounts.with_role(session, Role.HR)
        assert account.email == "aminah@example.com"
    for used in (link, other):
        assert stranger.get(used).status == 404
        again = stranger.post(used, {"email": "eve@example.com", "organisation": ""})
        assert again.status == 404
    with house.database.reading() as session:
        assert len(accounts.listed(session)) == 1


def test_link_is_good_for_a_day(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    link = printed_link(house)
    monkeypatch.setattr(first_run, "now", lambda: now() + timedelta(hours=25))
    assert house.stranger().get(link).status == 404
    assert house.stranger().post(link, {"email": "a@example.com", "organisation": ""}).status == 404
    assert house.stranger().get("/set-up/made-up").status == 404


def test_printed_link_ends_with_an_account_made_by_command(house: House) -> None:
    link = printed_link(house)
    house.browser("aminah@example.com")
    assert house.stranger().get(link).status == 404
    fields = {"email": "eve@example.com", "organisation": ""}
    assert house.stranger().post(link, fields).status == 404
    with house.database.reading() as session:
        assert len(accounts.listed(session)) == 1


def test_of_two_who_press_at_once_one_becomes_hr(
    open_house: Callable[..., House], database_url: str
) -> None:
    house = open_house(database_url)
    links = [printed_link(house), printed_link(house)]
    got: list[int] = []

    def press(number: int) -> None:
        fields = {"email": f"p{number}@example.com", "organisation": ""}
        got.append(house.stranger().post(links[number], fields).status)

    threads = [threading.Thread(target=press, args=(n,)) for n in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with house.database.reading() as session:
        assert len(accounts.listed(session)) == 1
    assert sorted(got) in ([303, 404], [303, 500], [303, 503])


def test_two_doors_and_what_is_missing_for_mail(
    open_house: Callable[..., House], sqlite_url: str
) -> None:
    house = open_house(sqlite_url, mail_url="")
    aminah = house.browser("aminah@example.com")
    page = aminah.get("/welcome")
    assert "Start my first survey" in page.text
    assert "Look around with demo data" in page.text
    for name in ("SELARAS_MAIL_URL", "SELARAS_MAIL_FROM"):
        assert name in page.text
        assert name in aminah.get("/settings").text
        assert name in aminah.get("/").text, "and the way on stands beside the four steps"


def guards(house: House) -> set[tuple[object, ...]]:
    """The triggers that keep what is frozen, and that they are at work."""
    statement = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        if house.database.embedded
        else "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal"
    )
    with house.database.reading() as session:
        rows = session.connection().exec_driver_sql(statement)
        return {tuple(row) for row in rows}


def test_demo_is_filled_looked_at_and_taken_out_again(
    open_house: Callable[..., House], database_url: str
) -> None:
    house = open_house(database_url)
    asgi = create_app(make_site(house.runtime, fill_quietly))
    with house.database.writing() as session:
        account = accounts.add(session, "aminah@example.com", Role.HR, (), "a test")
        link = sign_in.new_link(session, account)
        organisation.change(session, name="Syarikat Kita", colour="")
    with house.database.writing() as session:
        cookie = sign_in.redeem(session, link)
    assert cookie is not None
    standing = guards(house)
    assert standing
    aminah = Browser(asgi, cookie)
    aminah.get("/welcome")
    assert aminah.post("/welcome/demo").leads_to == "/"
    assert "This is a demo" in aminah.get("/").source
    assert house.head_count() > 200
    with house.database.reading() as session:
        kinds = set(session.exec(select(Job.kind).where(Job.state == State.WAITING)))
    assert not kinds & {"invite", "released", "ready"}, "no mail goes to made-up people"
    assert aminah.post("/welcome/demo").status == 409

    assert aminah.post("/welcome/demo/remove").leads_to == "/welcome"
    page = aminah.get("/welcome")
    assert "This is a demo" not in page.source
    assert "Syarikat Kita" in page.source
    assert house.head_count() == 0
    with house.database.reading() as session:
        assert [one.account.email for one in accounts.listed(session)] == ["aminah@example.com"]
    assert aminah.post("/welcome/demo/remove").status == 409
    assert guards(house) == standing


def test_demo_is_never_mixed_with_people(house: House) -> None:
    asgi = create_app(make_site(house.runtime, fill_quietly))
    imported(house.database, CAST)
    aminah = house.browser("aminah@example.com")
    mixed = Browser(asgi, aminah._headers["Cookie"].removeprefix("selaras="))
    assert "never mixed" in mixed.get("/welcome").text
    assert mixed.post("/welcome/demo").status == 409
    assert mixed.post("/welcome/demo/remove").status == 409
    assert house.head_count() == 4


# How the organisation shows itself


def test_name_and_colour_are_on_every_page_and_in_the_log(house: House, aminah: Browser) -> None:
    aminah.get("/settings")
    saved = aminah.post("/settings", {"name": "Syarikat Kita", "colour": "#0B6FC2"})
    assert saved.leads_to == "/settings?saved=1"
    page = aminah.get(saved.leads_to)
    assert 'fill="#0b6fc2"' in page.source
    assert "Syarikat Kita" in aminah.get("/people").source
    assert "Syarikat Kita" in house.stranger().get("/s/aaaaaaaaaaaaaaaaaaaaaaaaaaaa").source
    assert len(house.acts("organisation.changed")) == 1


@pytest.mark.parametrize(
    ("colour", "told"),
    [
        ("green", "Write the colour like #0b6fc2."),
        ("#fff", "Write the colour like #0b6fc2."),
        ("#ffff00", "its contrast is 1.1 on the light page and 16.9 on the dark one"),
        ("#000080", "The nearest that can is #"),
    ],
)
def test_colour_that_cannot_be_seen_is_refused_with_its_contrast(
    house: House, aminah: Browser, colour: str, told: str
) -> None:
    aminah.get("/settings")
    page = aminah.post("/settings", {"name": "", "colour": colour})
    assert page.status == 422
    assert told in page.text
    assert house.acts("organisation.changed") == []


def logo(browser: Browser, content: bytes, act: str = "set") -> object:
    browser.get("/settings")
    files = [("file", ("logo.png", content, "image/png"))] if content else None
    return browser._send(
        "POST", "/settings/logo", data={"csrf": browser._csrf, "act": act}, files=files or []
    )


def test_logo_is_served_as_a_picture_and_taken_away_again(house: House, aminah: Browser) -> None:
    page = logo(aminah, picture(width=60, height=30) + b"<script>")
    assert page.status == 303  # type: ignore[attr-defined]
    shown = re.search(
        r'<img class="logo" src="(/static/logo\.[0-9a-f]+\.png)"', aminah.get("/settings").source
    )
    assert shown is not None
    reply = house.stranger().get(shown[1]).reply
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert b"script" not in reply.content


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "no PNG"),
        (b"\xff\xd8\xff\xe0", "no PNG"),
        (picture(width=900), "too large"),
        (picture()[:-9], "damaged"),
        (b"", "Choose the file"),
    ],
)
def test_what_is_no_plain_picture_is_refused_at_the_field(
    house: House, aminah: Browser, content: bytes, told: str
) -> None:
    page = logo(aminah, content)
    assert page.status == 422  # type: ignore[attr-defined]
    assert told in page.text  # type: ignore[attr-defined]
    assert house.acts("organisation.logo_changed") == []
