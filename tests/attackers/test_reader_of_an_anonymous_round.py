"""Somebody with a copy of the database of an anonymous round tries to tell whose link is whose.

He knows the roster and the order in which the mails went out, and reads every stored byte: dump
order, hidden columns, dead rows, the write-ahead log. The server's key helps him to nothing here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import insert, text
from sqlmodel import Session

from app.campaigns import anonymous_links, audience
from app.campaigns.anonymous_links import Place
from app.campaigns.anonymous_post import AnonymousPost, Office
from app.campaigns.letters import Letter
from app.campaigns.models import AnonymousLink
from app.campaigns.rounds import INVITE_DEPARTMENT, RoundPlan
from app.kit.clock import now
from app.kit.mail import Envelope, Line, Mail, Outcome, Result
from app.kit.pace import Pace, Thing
from app.kit.runtime import Runtime
from app.kit.tokens import fingerprint
from app.kit.worker import Worker
from app.people.models import Department, Employee
from app.responses import submission
from app.surveys import library
from tests.attackers.matching import hits, leaks
from tests.attackers.test_database_reader import PEOPLE, RUNS, raw_bytes

# Hidden orders of a row, by the kind of database.
ORDERS = {"sqlite": [""], "postgresql": ["", "ORDER BY t.ctid", "ORDER BY t.xmin::text::bigint"]}


class Unpaced(Pace):
    """Mails as fast as they can go: one row, of when the next may, is all that the pace stores."""

    def paced(self, things: Sequence[Thing], domains: Sequence[str]) -> Iterator[Thing]:
        yield from things


class Company:
    """Departments of people who were sent their links, and what the attacker then has."""

    def __init__(self, runtime: Runtime, name: str, people: int, departments: int) -> None:
        self.runtime = runtime
        self.departments = [f"{name}-{n:03}" for n in range(departments)]
        # In the order in which the mails went out: the address, and the link's fingerprint.
        self.sent: list[tuple[str, bytes]] = []
        with runtime.database.writing() as session:
            session.connection().execute(
                insert(Department), [_department(d) for d in self.departments]
            )
            rows = [_person(d, n) for d in self.departments for n in range(people)]
            session.connection().execute(insert(Employee), rows)
            survey = library.template("team_pulse")
            plan = RoundPlan(
                survey=survey,
                name="Anonymous",
                audience=audience.choose(session, survey, self.departments, {}),
                closes_at=now() + timedelta(days=1),
                mode="anonymous",
            )
            self.round_id = submission.launch(session, runtime.keyring, plan, "test", 4).id

    def mailed(self) -> "Company":
        runtime = self.runtime
        office = Office(
            *(runtime.database, runtime.writer, runtime.keyring, self, "https://x.example"),
            *(Unpaced(runtime.writer, 10**6), _composed, submission.used),
        )
        handler = AnonymousPost(office)
        worker = Worker(
            runtime.database,
            runtime.writer,
            {INVITE_DEPARTMENT: handler.kind()},
        )
        while worker.run_once():
            pass
        return self

    # As the mail server that takes every mail.
    at_once = 1

    def send(self, mail: Mail | Envelope) -> Outcome:
        assert isinstance(mail, Mail)
        token = mail.text.partition("/s/")[2].partition("?")[0]
        self.sent.append((mail.to, fingerprint(token)))
        return Outcome(Result.SENT)

    def each(self, line: Line) -> None:
        """Only single mails go out here."""

    def rest(self) -> None:
        """Keep no connection."""

    def truth(self) -> dict[str, bytes]:
        return dict(self.sent)

    def people(self, order: str) -> dict[str, list[str]]:
        """Addresses by department, in the order of the roster, of a table or of the mails."""
        if order == "mails":
            return _by_department((_place(to), to) for to, _ in self.sent)
        statement = {
            "roster": "SELECT e.email FROM employee e ORDER BY employee_id",
            "invitations": "SELECT e.email FROM invitation t JOIN employee e ON e.id = t.employee_id",
            "jobs": (
                "SELECT e.email FROM job t JOIN invitation i ON i.id = t.key "
                "JOIN employee e ON e.id = i.employee_id ORDER BY t.finished_at"
            ),
        }[order]
        return _by_department((_place(row.email), row.email) for row in self._rows(statement))

    def links(self, order: str) -> dict[str, list[bytes]]:
        rows = self._rows(f"SELECT t.department_id, t.token_hash FROM anonymous_link t {order}")
        return _by_department((row.department_id, bytes(row.token_hash)) for row in rows)

    def links_by_place(self, everything: bytes) -> dict[str, dict[str, list[bytes]]]:
        """By where each fingerprint first and last stands in the stored bytes."""
        links = self.links("")
        places = places_of([one for hashes in links.values() for one in hashes], everything)
        return {
            name: {
                department: sorted(hashes, key=lambda one: places.get(one, (-1, -1))[end])
                for department, hashes in links.items()
            }
            for end, name in enumerate(("first", "last"))
        }

    def _rows(self, statement: str):  # type: ignore[no-untyped-def]
        with self.runtime.database.reading() as session:
            return session.connection().execute(text(statement)).all()


def places_of(known: Sequence[bytes], everything: bytes) -> dict[bytes, tuple[int, int]]:
    """Where each of these first and last stands in the stored bytes, looked for all at once."""
    beginnings = np.zeros(1 << 24, dtype=bool)
    beginnings[[int.from_bytes(one[:3], "big") for one in known]] = True
    wanted, step = set(known), 1 << 22
    found: dict[bytes, tuple[int, int]] = {}
    for start in range(0, len(everything), step):
        piece = np.frombuffer(everything[start : start + step + 2], dtype=np.uint8).astype(np.int32)
        threes = (piece[:-2] << 16) | (piece[1:-1] << 8) | piece[2:]
        for offset in np.flatnonzero(beginnings[threes]):
            at = start + int(offset)
            if (one := everything[at : at + 32]) in wanted:
                found[one] = (found.get(one, (at, at))[0], at)
    return found


PEOPLE_ORDERS = ("roster", "invitations", "jobs", "mails")


def matches(
    company: Company, people: dict[str, list[str]], links: dict[str, list[bytes]]
) -> Iterator[tuple[list[int], str]]:
    """Hits a department, guessing forwards and backwards."""
    truth = company.truth()
    right = [[truth[one] for one in people[department]] for department in company.departments]
    guesses = [links[department] for department in company.departments]
    yield [hits(one, true) for one, true in zip(guesses, right, strict=True)], "forwards"
    yield [hits(one[::-1], true) for one, true in zip(guesses, right, strict=True)], "backwards"


def attacks(company: Company, everything: bytes) -> Iterator[tuple[str, list[int]]]:
    kind = "sqlite" if company.runtime.database.embedded else "postgresql"
    seen = {order or "as dumped": company.links(order) for order in ORDERS[kind]}
    seen |= company.links_by_place(everything)
    for people in PEOPLE_ORDERS:
        for name, links in seen.items():
            for found in matches(company, company.people(people), links):
                yield f"people by {people}, links {name}, {found[1]}", found[0]


def leaking(company: Company, everything: bytes) -> set[str]:
    return {strategy for strategy, found in attacks(company, everything) if leaks(found)}


def test_whose_link_is_whose_is_no_better_than_chance(
    runtime: Runtime, tmp_path, request: pytest.FixtureRequest
) -> None:
    company = Company(runtime, "first", PEOPLE, RUNS).mailed()
    everything = raw_bytes(runtime, tmp_path, request)
    links = set(company.truth().values())
    assert places_of(list(links), everything).keys() == links, "he really reads the bytes"
    suspicious = leaking(company, everything)
    if suspicious:
        # Of forty strategies one may be lucky; what is a leak works again.
        again = Company(runtime, "second", PEOPLE, RUNS).mailed()
        suspicious &= leaking(again, raw_bytes(runtime, tmp_path, request))
    assert suspicious == set()


def test_when_the_round_is_over_no_fingerprint_is_left_in_any_file(
    runtime: Runtime, tmp_path, request: pytest.FixtureRequest
) -> None:
    company = Company(runtime, "over", PEOPLE, 3).mailed()
    hashes = set(company.truth().values())
    before = raw_bytes(runtime, tmp_path, request, log=False)
    assert sum(one in before for one in hashes) == 3 * PEOPLE
    with runtime.database.writing() as session:
        submission.void(session, company.round_id, "test")
    runtime.database.compact(submission.EMPTIED)
    after = raw_bytes(runtime, tmp_path, request, log=False)
    assert not [one for one in hashes if one in after]


def test_the_attack_catches_links_written_in_the_order_of_the_mails(
    runtime: Runtime, tmp_path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:

    def in_order(session: Session, place: Place, new: Sequence[bytes], _: object) -> None:
        rows = [{**asdict(place), "token_hash": one} for one in new]
        session.connection().execute(insert(AnonymousLink), rows)

    monkeypatch.setattr(anonymous_links, "_rewrite", in_order)
    company = Company(runtime, "leaky", PEOPLE, 50).mailed()
    assert leaking(company, raw_bytes(runtime, tmp_path, request))


def _composed(letter: Letter) -> Mail:
    return Mail(
        to=letter.to,
        subject="Survey",
        text=letter.link,
        html=None,
        sender="hr@x.example",
        message_id=letter.message_id,
    )


def _department(department: str) -> dict[str, object]:
    return {"id": department, "name": department, "folded_path": department}


def _person(department: str, n: int) -> dict[str, object]:
    return {
        "id": f"{department}-{n:02}",
        "employee_id": f"{department}-{n:02}",
        "name": "",
        "email": f"{department}.{n:02}@x.example",
        "department_id": department,
        "manager_id": "",
        "language": "en",
        "attributes": "{}",
        "added_at": now(),
    }


def _place(email: str) -> str:
    return email.partition(".")[0]


def _by_department(pairs):  # type: ignore[no-untyped-def]
    found: dict[str, list] = {}
    for department, one in pairs:
        found.setdefault(department, []).append(one)
    return found
