"""What is mailed when results are out: to a manager his own page's sentence, to people the whole."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest

from app.access import accounts, deputies
from app.kit.clock import now
from tests import cast
from tests.site import Choose, Round, Site, codes, plain, rich, running_site, shared_database

DEPUTY, LATER = "wakil@contoh.example.com", "nanti@contoh.example.com"


def mixed(place: int) -> Choose:
    """Every third person agrees, is in between, or disagrees."""
    return lambda _, offered: codes(offered)[(-1, len(codes(offered)) // 2, 0)[place % 3]]


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("mails")
    with (
        shared_database(request, request.param, folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def ready(site: Site) -> Callable[..., Round]:
    def answered(*departments: str, **given: object) -> Round:
        round_ = site.opened(*departments, survey="team_pulse", **given)
        for place, link in enumerate(list(round_.links.values())):
            if place % 4:
                site.answer(link, mixed(place))
        round_.close()
        return round_

    return answered


def deputies_of_badrul(site: Site) -> None:
    """One stands in for him now, another from tomorrow on; both lead people who are not asked."""
    with site.database.writing() as session:
        badrul = accounts.by_email(session, cast.BADRUL)
        assert badrul is not None
        for email, begins in ((DEPUTY, 0), (LATER, 1)):
            accounts.add(session, email, "manager", [cast.HR], "test")
            first = now() + timedelta(days=begins)
            deputies.name(session, badrul, email, first, first + timedelta(days=2), "test")


def sentence(mail: EmailMessage) -> list[str]:
    """What it says of the results, in the language of the installation."""
    return [line for line in plain(mail).splitlines() if "Sales" in line]


def test_managers_read_their_own_sentence_and_people_the_whole(
    site: Site, ready: Callable[..., Round]
) -> None:
    site.signed_in(cast.BADRUL, "manager", [cast.SALES])
    site.signed_in(cast.FARID, "manager", [cast.LOGISTICS])
    deputies_of_badrul(site)
    round_ = ready("Commercial", "Operations", min_group=5)
    hr = site.signed_in(cast.AMINAH)
    hr.press(hr.open(f"/rounds/{round_.id}"), "Release the results", fill={"tell_people": "yes"})
    site.work()
    [sales] = site.mails(cast.BADRUL, "Results of")
    assert "Sales" in plain(sales)
    assert f"/rounds/{round_.id}" in plain(sales)
    assert "answered" in plain(sales) or "menjawab" in plain(sales)
    [stood_in] = site.mails(DEPUTY, "Results of")
    assert sentence(stood_in) == sentence(sales), "of the department that is lent, and no other"
    assert site.mails(LATER, "Results of") == [], "his time has not come"
    [logistics] = site.mails(cast.FARID, "Results of")
    # Five people, of whom three or four answered: his group has no result of its own.
    assert "answered" not in plain(logistics)
    summaries = [
        mail
        for one in cast.members(cast.SALES)
        for mail in site.mails(one.email)
        if "What came of it" in mail["subject"] or "Hasilnya" in mail["subject"]
    ]
    assert len(summaries) == 20, "also to who did not answer: nobody knows who that is"
    for mail in summaries:
        for department in ("Sales", "Marketing", "Logistics"):
            assert department not in plain(mail) + rich(mail)
        assert "/s/" not in plain(mail)
        assert mail["list-id"]
    english = next(plain(one) for one in summaries if "Thank you" in plain(one))
    assert "likely between" in english


def test_people_are_told_nothing_unless_hr_says_so(site: Site, ready: Callable[..., Round]) -> None:
    round_ = ready(cast.HR, min_group=4)
    site.command("round", "release", round_.id)
    assert site.count("job", f"part = '{round_.id}' AND kind = 'summary'") == 0
    told = ready(cast.HR, min_group=4, tell_people=True)
    site.command("round", "release", told.id)
    assert site.count("job", f"part = '{told.id}' AND kind = 'summary'") == 5
