"""Aminah lets others in and out again; somebody of HR always stays."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session, select

from app.access import accounts, keys, sign_in
from app.access.accounts import AccountRefused, Role
from app.access.models import Account, AccountDepartment, SignInLink
from app.kit.database import Database
from app.kit.jobs import Job
from app.people.tree import Tree
from tests.people.files import CAST, imported
from tests.web.test_people_pages import Browser, House, aminah, house, open_house

__all__ = ["aminah", "house", "open_house"]

BADRUL = "badrul@example.com"


@pytest.fixture
def sales(house: House) -> str:
    """The id of a department a manager may see."""
    return department(house.database, "Commercial/Sales")


def department(database: Database, path: str) -> str:
    imported(database, CAST)
    with database.reading() as session:
        node = Tree.read(session).find(path)
    assert node is not None
    return node.id


def account(house: House, email: str) -> Account | None:
    with house.database.reading() as session:
        return session.exec(select(Account).where(Account.email == email)).one_or_none()


def test_manager_is_added_and_the_link_goes_out_by_mail(
    house: House, aminah: Browser, sales: str
) -> None:
    page = aminah.get("/accounts")
    assert f'value="{sales}"' in page.source
    fields = {"email": BADRUL, "role": "manager", "department": [sales]}
    added = aminah.post("/accounts", fields)
    assert added.status == 303
    page = aminah.get(added.leads_to)
    assert f"A sign-in link is on its way to {BADRUL}." in page.text
    assert f"{BADRUL} Manager: results of chosen departments: Commercial/Sales active" in page.text
    made = account(house, BADRUL)
    assert made is not None
    with house.database.reading() as session:
        jobs = session.exec(select(Job).where(Job.kind == sign_in.SIGN_IN)).all()
        scope = session.exec(select(AccountDepartment)).all()
    assert [job.part for job in jobs] == [made.id]
    assert [(one.account_id, one.department_id) for one in scope] == [(made.id, sales)]
    assert len(house.acts("account.added")) == 2


def test_without_mail_the_link_is_shown_once_and_works_once(
    open_house: Callable[..., House], sqlite_url: str
) -> None:
    house = open_house(sqlite_url, mail_url="")
    aminah = house.browser("aminah@example.com")
    aminah.get("/accounts")
    page = aminah.post("/accounts", {"email": "hana@example.com", "role": "hr"})
    assert page.status == 200
    assert page.reply.headers["cache-control"] == "no-store"
    link = re.search(r'class="one-time"[^>]*>([^<]*)<', page.source)
    assert link is not None
    assert link[1].startswith("http://127.0.0.1:8000/sign-in/")
    assert link[1] not in aminah.get("/accounts").source
    path = link[1].removeprefix("http://127.0.0.1:8000")
    hana = house.stranger()
    entered = hana.post(path)
    assert (entered.status, entered.leads_to) == (303, "/")
    assert "selaras=" in entered.reply.headers["set-cookie"]
    assert hana.post(path).status == 404


def test_new_link_can_be_made_and_leaves_a_trace(
    open_house: Callable[..., House], sqlite_url: str
) -> None:
    house = open_house(sqlite_url, mail_url="")
    aminah = house.browser("aminah@example.com")
    aminah.get("/accounts")
    own = account(house, "aminah@example.com")
    assert own is not None
    assert "one-time" in aminah.post(f"/accounts/{own.id}/link").source
    with house.database.reading() as session:
        assert len(session.exec(select(SignInLink)).all()) == 1
    assert [act.subject for act in house.acts("account.link_made")] == [own.id]
    assert aminah.post("/accounts/nobody/link").status == 404


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"email": "", "role": "hr"}, "Fill this in."),
        ({"email": "not an address", "role": "hr"}, "This is no e-mail address"),
        ({"email": BADRUL}, "Choose one of the options."),
        ({"email": BADRUL, "role": "chief"}, "Choose one of the options."),
        ({"email": BADRUL, "role": "manager"}, "Choose what the manager may see."),
        ({"email": BADRUL, "role": "manager", "department": "x"}, "Choose one of the options."),
        ({"email": "aminah@example.com", "role": "manager", "department": "SALES"}, "last HR"),
    ],
)
def test_account_that_cannot_be_made_keeps_what_was_typed(
    house: House, aminah: Browser, sales: str, fields: dict[str, str], told: str
) -> None:
    aminah.get("/accounts")
    sent = {name: sales if value == "SALES" else value for name, value in fields.items()}
    page = aminah.post("/accounts", sent)
    assert page.status == 422
    assert told in page.text
    assert f'value="{fields["email"]}"' in page.source
    assert account(house, BADRUL) is None
    own = account(house, "aminah@example.com")
    assert own is not None
    assert own.role == "hr"


def test_account_is_disabled_after_a_question(house: House, aminah: Browser, sales: str) -> None:
    badrul = house.browser(BADRUL, "manager", "Commercial/Sales")
    made = account(house, BADRUL)
    assert made is not None
    assert badrul.get("/").status == 200
    asked = aminah.get(f"/accounts/{made.id}/disable")
    assert f"Disable {BADRUL}?" in asked.text
    assert badrul.get("/").status == 200
    done = aminah.post(f"/accounts/{made.id}/disable")
    assert done.status == 303
    page = aminah.get(done.leads_to)
    assert f"{BADRUL} can no longer sign in." in page.text
    assert "disabled on" in page.text
    assert badrul.get("/").leads_to == "/sign-in"
    assert len(house.acts("account.disabled")) == 1
    assert aminah.post(f"/accounts/{made.id}/link").status == 404


def test_who_disables_an_account_is_told_of_the_keys_it_leaves(
    house: House, aminah: Browser
) -> None:
    house.browser(BADRUL, "hr")
    made = account(house, BADRUL)
    assert made is not None
    told = "Keys of programs that this person made go on working"
    assert told not in aminah.get(f"/accounts/{made.id}/disable").text
    with house.database.writing() as session:
        keys.create(session, "hr", "Sync", (), made.id)
    assert told in aminah.get(f"/accounts/{made.id}/disable").text


def test_last_of_hr_cannot_be_disabled(house: House, aminah: Browser) -> None:
    own = account(house, "aminah@example.com")
    assert own is not None
    aminah.get(f"/accounts/{own.id}/disable")
    page = aminah.post(f"/accounts/{own.id}/disable")
    assert page.status == 422
    assert '<a href="#disable">This is the last HR account' in page.source
    assert aminah.get("/accounts").status == 200
    house.browser("hana@example.com")
    assert aminah.post(f"/accounts/{own.id}/disable").status == 303
    assert aminah.get("/accounts").leads_to == "/sign-in?ended=1&next=/accounts"


def test_last_of_hr_is_told_in_malay(house: House) -> None:
    aminah = house.browser("aminah@example.com", language="ms")
    own = account(house, "aminah@example.com")
    assert own is not None
    aminah.get("/accounts")
    page = aminah.post(f"/accounts/{own.id}/disable")
    assert "Ini akaun HR yang terakhir" in page.text


def test_notice_speaks_of_real_accounts_only(aminah: Browser) -> None:
    page = aminah.get("/accounts?mailed=evil%40example.com&disabled=x")
    assert page.status == 200
    assert "evil" not in page.text
    assert "can no longer" not in page.text


def test_form_needs_its_token(house: House, aminah: Browser) -> None:
    fields = {"email": "hana@example.com", "role": "hr", "csrf": "forged"}
    assert aminah.post("/accounts", fields).status == 403
    assert account(house, "hana@example.com") is None


def test_hostile_department_is_shown_as_text(house: House, aminah: Browser) -> None:
    name = "<script>alert(1)<b>"
    imported(house.database, f"employee_id,department\n1,{name}\n")
    house.browser(BADRUL, "manager", name)
    page = aminah.get("/accounts")
    assert page.source.count("&lt;script&gt;alert(1)") == 2
    assert "<script" not in page.source


COMPANY = CAST + "0005,Hana,hana@contoh.example.com,Commercial/Marketing,0004\n"


def test_managers_of_the_people_file_are_let_in_with_their_departments(
    open_house: Callable[..., House], database_url: str
) -> None:
    house = open_house(database_url)
    aminah = house.browser("aminah@contoh.example.com")
    imported(house.database, COMPANY)
    page = aminah.get("/accounts/proposed")
    assert "badrul@contoh.example.com Commercial / Sales" in page.text
    assert "devi@contoh.example.com Commercial / Marketing" in page.text
    assert "chong@" not in page.text
    assert aminah.post("/accounts/proposed").status == 422
    people = re.findall(r'name="person" value="([^"]+)"', page.source)
    assert aminah.post("/accounts/proposed", {"person": people}).leads_to == "/accounts"
    listed = aminah.get("/accounts").text
    assert (
        "badrul@contoh.example.com Manager: results of chosen departments: Commercial/Sales"
        in listed
    )
    with house.database.reading() as session:
        mails = session.exec(select(Job).where(Job.kind == sign_in.SIGN_IN)).all()
    assert len(mails) == len(people) == 2
    assert "Nobody to propose" in aminah.get("/accounts/proposed").text


def test_without_mail_the_links_of_all_are_shown_once(
    open_house: Callable[..., House], sqlite_url: str
) -> None:
    house = open_house(sqlite_url, mail_url="")
    aminah = house.browser("aminah@contoh.example.com")
    imported(house.database, COMPANY)
    people = re.findall(r'name="person" value="([^"]+)"', aminah.get("/accounts/proposed").source)
    page = aminah.post("/accounts/proposed", {"person": people})
    links = re.findall(r"/sign-in/[\w-]{44}", page.source)
    assert len(set(links)) == 2
    assert house.stranger().get(links[0]).status == 200


def test_it_lets_it_in_and_nobody_who_reads_results(house: House, aminah: Browser) -> None:
    """Or IT would give itself what it must never see."""
    aminah.get("/accounts")
    irfan = house.browser("irfan@example.com", Role.IT)
    page = irfan.get("/accounts")
    assert re.findall(r'name="role" value="(\w+)"', page.source) == ["it", "auditor"]
    for role in ("hr", "manager"):
        assert irfan.post("/accounts", {"email": BADRUL, "role": role}).status == 422
    assert account(house, BADRUL) is None
    assert irfan.post("/accounts", {"email": BADRUL, "role": "auditor"}).status == 303
    refused = irfan.post("/accounts", {"email": "aminah@example.com", "role": "auditor"})
    assert "Only HR changes an account that reads results." in refused.text
    hr = account(house, "aminah@example.com")
    assert hr is not None
    assert hr.role == "hr"


def test_without_mail_it_gets_no_link_of_somebody_who_reads_results(
    open_house: Callable[..., House], sqlite_url: str
) -> None:
    house = open_house(sqlite_url, mail_url="")
    house.browser("aminah@example.com").get("/accounts")
    irfan = house.browser("irfan@example.com", Role.IT)
    page = irfan.get("/accounts")
    hr, it = account(house, "aminah@example.com"), account(house, "irfan@example.com")
    assert hr is not None
    assert it is not None
    assert re.findall(r'action="/accounts/(\S+)/link"', page.source) == [it.id]
    assert irfan.post(f"/accounts/{hr.id}/link").status == 404
    assert irfan.post(f"/accounts/{it.id}/link").status == 200


def test_of_managers_let_in_together_all_get_in_or_none(
    open_house: Callable[..., House], sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = open_house(sqlite_url)
    aminah = house.browser("aminah@contoh.example.com")
    imported(house.database, COMPANY)
    people = re.findall(r'name="person" value="([^"]+)"', aminah.get("/accounts/proposed").source)
    real, added = accounts.add, []

    def second_refused(session: Session, email: str, *given: Any) -> Account:
        added.append(email)
        if len(added) == 2:
            raise AccountRefused("email: %(email)s is not an address", email=email)
        return real(session, email, *given)

    monkeypatch.setattr(accounts, "add", second_refused)
    page = aminah.post("/accounts/proposed", {"person": people})
    assert page.status == 422
    assert f"{added[1]} is not an address" in page.text
    assert account(house, added[0]) is None
