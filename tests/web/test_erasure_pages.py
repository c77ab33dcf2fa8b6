"""HR erases somebody who asked for it: sees what goes, types the employee id, and it is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.access import accounts
from app.kit import forgotten
from app.people import directory
from app.people.models import Employee
from tests import cast
from tests.journeys.browser import Browser
from tests.site import Site, running_site, shared_database


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("erasure")
    with (
        shared_database(request, request.param, folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def aminah(site: Site) -> Browser:
    return site.signed_in(cast.AMINAH)


def person(site: Site, email: str) -> Employee:
    with site.database.reading() as session:
        (one,) = directory.find(session, text=email, limit=1).people
        found: Employee = session.get_one(Employee, one.id)
        return found


def noted(site: Site) -> set[str]:
    return forgotten.read(site.settings.backup_folder)


def test_chong_is_erased_with_link_and_account(site: Site, aminah: Browser) -> None:
    round_ = site.opened("Commercial")
    chong = person(site, cast.CHONG)
    with site.database.writing() as session:
        account = accounts.add(session, cast.CHONG, "it", (), "test").id
    page = aminah.open(aminah.open(f"/people/{chong.id}").links["Erase this person"])
    for words in ("1 invitation", round_.id, "The account with its sessions.", "cannot be undone"):
        assert words in page.text
    wrong = aminah.press(page, "Erase this person", fill={"employee_id": "00001"}, status=422)
    assert "not the employee id" in wrong.text
    assert person(site, cast.CHONG).name == "Chong Wei Ling"
    done = aminah.press(wrong, "Erase this person", fill={"employee_id": chong.employee_id})
    assert "The person is erased" in done.text
    assert aminah.client.get(f"/people/{chong.id}").status_code == 404
    assert aminah.client.get(f"/people/{chong.id}/erase").status_code == 404
    assert noted(site) >= {chong.id, account}
    assert site.count("audit_entry", f"action = 'person.erased' AND subject = '{chong.id}'") == 1
    site.work()
    if site.database.embedded:
        # On PostgreSQL the same sweep is proved in tests/campaigns/test_person.py.
        files = list(Path(site.settings.data_dir).glob("selaras.db*"))
        assert files
        assert not any(b"Chong Wei Ling" in one.read_bytes() for one in files)


def test_the_last_of_hr_is_not_erased_and_not_noted_either(site: Site, aminah: Browser) -> None:
    me = person(site, cast.AMINAH)
    page = aminah.open(f"/people/{me.id}/erase")
    page = aminah.press(page, "Erase this person", fill={"employee_id": me.employee_id}, status=422)
    assert "the last HR account" in page.text
    assert person(site, cast.AMINAH).name == "Aminah binti Yusof"
    assert me.id not in noted(site), "a restored backup would erase who was kept"


def test_of_two_who_share_an_address_one_is_erased(site: Site, aminah: Browser) -> None:
    salmah, twin = person(site, cast.SALMAH), person(site, "p7@contoh")
    with site.database.writing() as session:
        session.get_one(Employee, twin.id).email = cast.SALMAH
    page = aminah.open(f"/people/{salmah.id}/erase")
    aminah.press(page, "Erase this person", fill={"employee_id": salmah.employee_id})
    left = person(site, cast.SALMAH)
    assert left.id == twin.id


def test_the_page_speaks_malay(site: Site) -> None:
    browser = site.signed_in(cast.AMINAH, language="ms")
    page = browser.open(f"/people/{person(site, cast.BADRUL).id}/erase")
    assert "Apa yang dipadamkan" in page.text
