"""Sending in anonymous mode: who gets which link is known in this process's memory only.

A department's links are made at once, and each mail goes out at most once: its row is marked
before the data goes out. Where nobody can tell whether a mail arrived, its row is parked: with its
link voided where that link is still known here, so that HR may send a new one; as it is after a
crash, for a second link could be a second vote.
"""

import secrets
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection
from sqlmodel import Session, col, select

from app.campaigns import anonymous_links, messages, policy, rounds, suppressions
from app.campaigns.anonymous_links import Place
from app.campaigns.letters import SUPPRESSED, Letter, message_id
from app.campaigns.models import Invitation
from app.campaigns.rounds import ANONYMOUS_MAIL
from app.kit import leasing, pieces
from app.kit.clock import now
from app.kit.database import Database
from app.kit.jobs import Job, Kind, Lease, Outcome, State
from app.kit.mail import BadMail, Mail, Result, Transport, one_by_one
from app.kit.mail import Outcome as Delivered
from app.kit.mail.message import domain_of, mailbox
from app.kit.pace import Pace
from app.kit.pieces import LeaseLost
from app.kit.posting import may_send
from app.kit.seal import Keyring
from app.kit.worker import try_again
from app.kit.writer import Writer
from app.people.models import Employee

# Why a mail is parked; what HR may do about it depends on it.
VOIDED, IN_DOUBT = "voided", "in doubt"
# So many mails in a row that were not taken: it is the server, not the addresses.
ENOUGH_TROUBLE = 3
LEASE = timedelta(minutes=5)

Compose = Callable[[Letter], Mail]
# Whether a link has been used to answer.
Used = Callable[[Session, str], bool]


@dataclass(frozen=True, repr=False)
class _Addressed:
    """A letter with its link, and whose row it is; never stored, never shown."""

    invitation_id: str
    place: Place
    token: str
    letter: Letter


@dataclass(frozen=True)
class Office:
    """What a sender of mails works with."""

    database: Database
    writer: Writer
    keyring: Keyring
    transport: Transport
    base_url: str
    pace: Pace
    compose: Compose
    used: Used


class AnonymousPost:
    """The handler of a department's invitations in anonymous mode."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def __call__(self, leases: Sequence[Lease]) -> Iterable[Outcome]:
        for lease in leases:
            with self._office.database.writing() as session:
                letters = self._letters(session, lease)
            out = yield from self._sent(lease, letters)
            with self._office.database.writing() as session:
                ended = _ended(session, lease, out)
            yield ended

    def kind(self) -> Kind:
        """How its jobs are claimed: the lease is for one mail at a time, prolonged before each."""
        return Kind(self, lease=LEASE, bulk=True, gate=may_send)

    def _letters(self, session: Session, lease: Lease) -> list[_Addressed]:
        """A new link for everybody who waits for one; the pairing exists from here on, in memory."""
        left = _keys(session, lease, State.LEASED)
        error = "the sender stopped while this mail was going out"
        pieces.settle(session, lease.part, ANONYMOUS_MAIL, left, State.PARKED, IN_DOUBT, error)
        # Nobody voids or releases the round while its links are made.
        row = rounds.locked(session, lease.part)
        people = _reachable(session, lease)
        secrets.SystemRandom().shuffle(people)
        tokens = _links(session, people)
        pattern = Letter(
            to="",
            language="",
            survey=rounds.survey_of(session, row),
            policy=policy.frozen(session, row.id),
            closes_at=row.closes_at,
            messages=messages.of(session, row.id),
            link="",
            message_id="",
        )
        return [
            _Addressed(
                one.id,
                _place(one),
                tokens[one.id],
                self._letter(pattern, lease, one, person, tokens[one.id]),
            )
            for one, person in people
        ]

    def _letter(
        self, pattern: Letter, lease: Lease, one: Invitation, person: Employee, token: str
    ) -> Letter:
        base_url = self._office.base_url
        own = replace(lease, kind=ANONYMOUS_MAIL, key=one.id)
        return replace(
            pattern,
            to=person.email,
            language=one.language,
            # The language goes with the link: beside its fingerprint it would tell people apart.
            link=f"{base_url}/s/{token}?lang={one.language}",
            message_id=message_id(self._office.keyring, base_url, own),
        )

    def _sent(
        self, lease: Lease, letters: Sequence[_Addressed]
    ) -> Generator[Outcome, None, str | None]:
        """Send them; returns what the server said where it takes nothing from anybody."""
        going: list[tuple[Lease, _Addressed]] = []
        trouble = 0
        for delivered in one_by_one(self._office.transport, self._mails(lease, letters, going)):
            held, addressed = going.pop()
            if delivered.result is Result.AMBIGUOUS:
                self._decide_later(held, lease, addressed)
            else:
                yield _outcome(held, delivered)
            if delivered.pause:
                self._office.pace.out(delivered.said)
                return delivered.said
            not_taken = delivered.result in {Result.DEFERRED, Result.UNREACHABLE}
            trouble = trouble + 1 if not_taken else 0
            if trouble == ENOUGH_TROUBLE:
                break
            if delivered.result is Result.SENT:
                self._office.pace.well()
        return None

    def _mails(
        self, lease: Lease, letters: Sequence[_Addressed], going: list[tuple[Lease, _Addressed]]
    ) -> Iterator[Mail]:
        """Each mail once its row is marked: from then on it is never sent a second time."""
        domains = [domain_of(addressed.letter.to) for addressed in letters]
        for addressed in self._office.pace.paced(letters, domains):
            if now() >= addressed.letter.closes_at:
                return
            mail = self._office.compose(addressed.letter)
            held = self._office.writer.call(self._mark, (lease, addressed.invitation_id))
            if held is not None:
                going.append((held, addressed))
                yield mail

    def _mark(
        self, connection: Connection, items: Sequence[tuple[Lease, str]]
    ) -> list[Lease | Exception | None]:
        until = now() + LEASE
        marked: list[Lease | Exception | None] = []
        for lease, key in items:
            try:
                marked.append(pieces.begin(connection, lease, ANONYMOUS_MAIL, key, until))
            except LeaseLost as lost:
                marked.append(lost)
        return marked

    def _decide_later(self, held: Lease, lease: Lease, addressed: _Addressed) -> None:
        """Void the link and park the mail; a link that was used meanwhile has arrived."""
        with self._office.database.writing() as session:
            # Nobody answers by it between the look and the end.
            rounds.locked(session, lease.part)
            outcome = Outcome(held, State.DONE)
            if not self._office.used(session, addressed.token):
                anonymous_links.void(session, addressed.place, addressed.token)
                reason = "the mail server did not say whether it took the mail"
                outcome = Outcome(held, State.PARKED, VOIDED, reason)
            leasing.finish(session.connection(), [outcome])


def _place(one: Invitation) -> Place:
    return Place(one.round_id, one.department_id, one.cell_id)


def _links(session: Session, people: Sequence[tuple[Invitation, Employee]]) -> dict[str, str]:
    """A new link for each of these people's invitations, made for all of a place at once."""
    by_place: dict[Place, list[str]] = {}
    for one, _ in people:
        by_place.setdefault(_place(one), []).append(one.id)
    return {
        invitation: token
        for place, some in by_place.items()
        for invitation, token in zip(
            some, anonymous_links.add(session, place, len(some)), strict=True
        )
    }


def _reachable(session: Session, lease: Lease) -> list[tuple[Invitation, Employee]]:
    """Who waits for a mail of this department; the others' rows are ended."""
    waiting = _keys(session, lease, State.WAITING)
    if now() >= rounds.get(session, lease.part).closes_at:
        _end(session, lease, waiting, State.CANCELLED, "the round has closed")
        return []
    rows = session.exec(
        select(Invitation, Employee)
        .join(Employee, col(Employee.id) == col(Invitation.employee_id))
        .where(Invitation.round_id == lease.part, col(Invitation.id).in_(waiting))
    ).all()
    left = [one.id for one, person in rows if person.deactivated_at is not None]
    _end(session, lease, left, State.CANCELLED, "the person has left")
    wrong = [one.id for one, person in rows if one.id not in left and not _is_address(person.email)]
    _end(session, lease, wrong, State.FAILED, "no usable e-mail address")
    unwanted = _unwanted(session, lease, rows)
    return [(one, person) for one, person in rows if one.id not in {*left, *wrong, *unwanted}]


def _unwanted(
    session: Session, lease: Lease, rows: Sequence[tuple[Invitation, Employee]]
) -> list[str]:
    """Whose address is suppressed; their rows are ended."""
    known = suppressions.suppressed(session, (person.email for _, person in rows))
    ended: list[str] = []
    for reason, said in SUPPRESSED.items():
        some = [
            one.id for one, person in rows if known.get(suppressions.folded(person.email)) is reason
        ]
        _end(session, lease, some, State.CANCELLED, said)
        ended += some
    return ended


def _ended(session: Session, lease: Lease, out: str | None) -> Outcome:
    """Done where nobody of the department waits; else tried again, and one day given up."""
    waiting = _keys(session, lease, State.WAITING)
    if not waiting:
        return Outcome(lease, State.DONE)
    if out is not None:
        return lease.untouched(out)
    outcome = try_again(lease, None, "the mail server did not take all mails")
    if outcome.state is State.FAILED:
        _end(session, lease, waiting, State.FAILED, "the mail server did not take the mail")
    return outcome


def _end(session: Session, lease: Lease, keys: Sequence[str], state: State, error: str) -> None:
    pieces.settle(session, lease.part, ANONYMOUS_MAIL, keys, state, error=error)


def _keys(session: Session, lease: Lease, state: State) -> list[str]:
    """The rows of this department's mails in a state."""
    statement = (
        select(Job.key)
        .join(
            Invitation,
            (col(Invitation.round_id) == col(Job.part)) & (col(Invitation.id) == col(Job.key)),
        )
        .where(
            Job.part == lease.part,
            Job.kind == ANONYMOUS_MAIL,
            Job.state == state,
            Invitation.department_id == lease.key,
        )
    )
    return list(session.exec(statement))


def _is_address(email: str) -> bool:
    try:
        mailbox("to", email)
    except BadMail:
        return False
    return True


def _outcome(held: Lease, delivered: Delivered) -> Outcome:
    if delivered.result is Result.SENT:
        return Outcome(held, State.DONE, delivered.code)
    if delivered.result is Result.REFUSED:
        return Outcome(held, State.FAILED, delivered.code, delivered.reason)
    return Outcome(held, State.WAITING, delivered.code, delivered.reason)
