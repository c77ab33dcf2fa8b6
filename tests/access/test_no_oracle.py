"""Whether an address has an account cannot be told by how long the answer takes, nor a link guessed."""

import time
from collections.abc import Callable, Iterator
from statistics import median

import httpx
import pytest
from argon2 import PasswordHasher
from scipy.stats import mannwhitneyu

from app.access import accounts, first_run, passwords, sign_in
from app.access.models import AccountPassword
from app.kit.limits import Limit
from app.kit.tokens import random_token
from app.web import gate
from tests import cast
from tests.contracts.test_routes import recorded
from tests.site import Site, running_site, shared_database

PAIRS = 500
# One look in a hundred is wrong where nothing is; three in a row are one in a million.
LOOKS, WRONG_LOOKS = 3, 0.01
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("oracle")
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder, **getattr(request, "param", {"mail_url": ""})) as site,
    ):
        with site.database.writing() as session:
            account = accounts.add(session, cast.AMINAH, "hr", (), "test")
            session.add(
                AccountPassword(
                    account_id=account.id,
                    hash=CHEAP.hash("kucing hijau"),
                    server_key=site.runtime.keyring.current,
                    sealed_secret=b"",
                )
            )
        yield site


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    unlimit(monkeypatch)


def unlimit(monkeypatch: pytest.MonkeyPatch) -> None:
    """No limit, and a hash that takes no time to hide a difference behind."""
    for name in ("ACCOUNT", "CODE", "ADDRESS", "EVERYBODY", "LINKS"):
        limit: Limit = getattr(gate, name)
        monkeypatch.setattr(gate, name, Limit(limit.kind, 10**6, limit.within))
    monkeypatch.setattr(passwords, "HASHER", CHEAP)
    nobodys = CHEAP.hash("nobody's")
    monkeypatch.setattr(passwords, "_nobodys", lambda: nobodys)


def tell_apart(known: Callable[[], None], unknown: Callable[[], None]) -> bool:
    """Whether the two take differently long, looked at until it is plain that they do not."""
    for _ in range(LOOKS):
        times: dict[bool, list[float]] = {True: [], False: []}
        for number in range(PAIRS):
            # In turn, each first as often as the other: what comes second finds a warm cache.
            for which in (True, False) if number % 2 else (False, True):
                began = time.perf_counter()
                known() if which else unknown()
                times[which].append(time.perf_counter() - began)
        p = mannwhitneyu(times[True], times[False]).pvalue
        if p > WRONG_LOOKS:
            return False
        told = median(times[True]) - median(times[False])
    print(f"the medians differ by {told * 1e6:.0f} microseconds")
    return True


@pytest.mark.nightly
@pytest.mark.parametrize("site", [{"mail_url": ""}, {}], indirect=True, ids=["password", "mail"])
def test_the_time_tells_nothing_of_an_account(site: Site) -> None:
    more = {} if site.web.transport else {"password": "wrong and long", "code": "000000"}
    # Of the same length, or the page would be longer.
    stranger = "x" + cast.AMINAH[1:]
    with httpx.Client(base_url=site.settings.base_url) as client:

        def ask(email: str) -> None:
            client.post("/sign-in", data={"email": email, **more})

        assert not tell_apart(lambda: ask(cast.AMINAH), lambda: ask(stranger))


def test_the_same_is_done_whether_there_is_an_account_or_not(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes the time is counted: it cannot be told apart by luck or load."""
    hashed: list[int] = []
    verify = CHEAP.verify

    class Counting:
        def verify(self, *given: str) -> bool:
            hashed.append(1)
            return verify(*given)

    monkeypatch.setattr(passwords, "HASHER", Counting())
    done = []
    # The first request reads what later ones remember.
    for email in (cast.DEVI, cast.AMINAH, "x" + cast.AMINAH[1:]):
        with recorded(site) as statements:
            given = {"email": email, "password": "wrong and long", "code": "000000"}
            httpx.post(f"{site.settings.base_url}/sign-in", data=given)
        done.append(([one.split(" (")[0] for one in statements], len(hashed)))
        hashed.clear()
    _, known, stranger = done
    assert known == stranger
    assert known[1] == 1
    assert "INSERT INTO audit_entry" in known[0]


def test_ten_thousand_guessed_links_open_nothing_and_look_alike(site: Site) -> None:
    with site.database.reading() as session:
        for _ in range(10_000):
            token = random_token() + random_token()
            assert not sign_in.is_usable(session, token)
            assert sign_in.current(session, token) is None
        assert not first_run.is_usable(session, random_token())
    told = set()
    with httpx.Client(base_url=site.settings.base_url) as client:
        for _ in range(50):
            reply = client.get(f"/sign-in/{random_token()}{random_token()}")
            told.add((reply.status_code, reply.text.replace(reply.headers["x-request-id"], "")))
    assert len(told) == 1
    assert {status for status, _ in told} == {404}
