"""Personal links: derived when a mail is sent, found by their fingerprint, redeemed once.

In anonymous mode they are random, made for a whole department at once, and belong to nobody.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    bindparam,
    case,
    delete,
    func,
    literal,
    select,
    tuple_,
    update,
)
from sqlmodel import Session, col

from app.campaigns.audience import Asked
from app.campaigns.models import AnonymousLink, Invitation, RoundDepartment, SurveyRound
from app.kit import bulk
from app.kit.clock import now
from app.kit.seal import Keyring
from app.kit.tokens import TOKEN_LENGTH, derived_token, fingerprint, random_token
from app.people.models import Employee

CODE_LENGTH = 6
LINK_LENGTH = CODE_LENGTH + TOKEN_LENGTH

_ISSUED = ("round_id", "id", "employee_id", "department_id", "language", "token_hash", "cell_id")

# A round's code and the fingerprint of a whole link.
Link = tuple[str, bytes]


class UnknownLink(Exception):
    """No round and invitation belong to this link; it may be cut off."""


class NotOpenYet(Exception):
    """The round of this link opens later."""


class RoundClosed(Exception):
    """The round of this link has closed."""


@dataclass(frozen=True, slots=True)
class BallotPaper:
    """What a link entitles to: a leaf department's ballot in a round. It holds no person."""

    round_id: str
    department_id: str
    side: str | None
    language: str
    closes_at: datetime
    # The box its ballot goes to: the department's, or that of a cell of it.
    box: str
    # Of the round's texts and numbers: a page made for an earlier one is not shown again.
    revision: int = 0


# A paper, and the row it was read from.
Found = tuple[BallotPaper, Row[*tuple[Any, ...]]]


def link_token(keyring: Keyring, row: SurveyRound, invitation_id: str) -> str:
    """The round's code and 22 characters that only the server's key can derive."""
    key = keyring.derive("invitation", row.server_key)
    return row.id + derived_token(key, row.id, invitation_id)


def link_of(token: str) -> Link:
    """What is looked up for a token; raises UnknownLink where it cannot be whole."""
    if len(token) != LINK_LENGTH or not token.isascii():
        raise UnknownLink
    return token[:CODE_LENGTH], fingerprint(token)


def look_up(connection: Connection, links: Sequence[Link]) -> list[BallotPaper | Exception]:
    """The paper each link shows, without redeeming it; or UnknownLink, NotOpenYet, RoundClosed.

    Any link of a closed round is answered alike, by its round code: after the release no
    fingerprint is left to tell a real one from a made-up one.
    """
    return [_paper(one) for one in found(connection, links, LINKS)]


def redeem(connection: Connection, links: Sequence[Link]) -> list[BallotPaper | Exception]:
    """The same for links that are being used.

    Their rounds are locked against closing until the transaction ends, so that every ballot cast
    is one that will be counted.
    """
    return [_paper(one) for one in found(connection, links, _LINKS_KEPT_OPEN)]


def found(
    connection: Connection, links: Sequence[Link], statement: Select[*tuple[Any, ...]]
) -> list[Found | Exception]:
    """The same by a statement that may ask for more than `LINKS`, of which each row is given."""
    wanted: dict[str, set[bytes]] = {}
    for code, token_hash in links:
        wanted.setdefault(code, set()).add(token_hash)
    outcomes: dict[Link, Found | Exception] = {}
    # A query a round, each through its indexes; in the order of their ids, for the locks.
    for code, hashes in sorted(wanted.items()):
        rows = connection.execute(statement, {"code": code, "hashes": sorted(hashes)}).all()
        refusal = _refusal(rows[0] if rows else None)
        papers = {bytes(row.token_hash): row for row in rows if row.token_hash is not None}
        for one in hashes:
            paper = papers.get(one)
            outcomes[code, one] = refusal or (_found(code, paper) if paper else UnknownLink())
    return [outcomes[link] for link in links]


def refusals(connection: Connection, codes: Sequence[str]) -> dict[str, Exception]:
    """Which of these rounds take no answer now, and why; the others are kept open as by `redeem`."""
    rows = connection.execute(_ROUNDS_KEPT_OPEN, {"codes": sorted(set(codes))})
    rounds = {row.id: row for row in rows}
    return {code: no for code in codes if (no := _refusal(rounds.get(code))) is not None}


def links(session: Session, round_id: str) -> dict[str, Link]:
    """The links that belong to somebody of the round, by invitation."""
    statement = select(col(Invitation.id), col(Invitation.token_hash)).where(
        col(Invitation.round_id) == round_id, col(Invitation.token_hash).is_not(None)
    )
    rows = session.connection().execute(statement)
    return {row.id: (round_id, bytes(row.token_hash)) for row in rows}


def left(session: Session, round_id: str) -> dict[str, int]:
    """How many of those invited to each department have left since, so that they cannot answer."""
    # As a pair, so that the few who left are looked for among the many who were invited.
    invited = tuple_(col(Invitation.round_id), col(Invitation.employee_id))
    gone = select(literal(round_id), col(Employee.id)).where(
        col(Employee.deactivated_at).is_not(None)
    )
    statement = (
        select(col(Invitation.department_id), func.count().label("n"))
        .where(invited.in_(gone))
        .group_by(col(Invitation.department_id))
    )
    return {row.department_id: row.n for row in session.connection().execute(statement)}


def forget_links(session: Session, round_id: str) -> None:
    """Destroy the fingerprints of a round's links."""
    connection = session.connection()
    for first, last in _stretches(connection, round_id):
        connection.execute(
            update(Invitation)
            .where(col(Invitation.round_id) == round_id)
            .where(col(Invitation.id) >= first, col(Invitation.id) <= last)
            .values(token_hash=None)
        )
    connection.execute(delete(AnonymousLink).where(col(AnonymousLink.round_id) == round_id))
    session.get_one(SurveyRound, round_id).links_gone_at = now()
    session.flush()


def _stretches(connection: Connection, round_id: str) -> Iterator[tuple[str, str]]:
    """The first and the last id of so many invitations as one statement has the time for."""
    after = ""
    while True:
        some = (
            select(col(Invitation.id))
            .where(col(Invitation.round_id) == round_id, col(Invitation.id) > after)
            .order_by(col(Invitation.id))
            .limit(bulk.AT_ONCE)
            .subquery()
        )
        first, after = connection.execute(select(func.min(some.c.id), func.max(some.c.id))).one()
        if after is None:
            return
        yield first, after


def issue(
    session: Session, keyring: Keyring, row: SurveyRound, people: Sequence[Asked], *, linked: bool
) -> list[str]:
    """Write the invitations in random order; the ids of those that go out by mail.

    In anonymous mode none is `linked`: links are made when they are sent, and belong to nobody.
    """
    people = secrets.SystemRandom().sample(people, len(people))
    rows, by_mail = [], []
    for person in people:
        invitation_id = random_token()
        token = link_token(keyring, row, invitation_id) if linked else None
        mark = fingerprint(token) if token else None
        tongue = person.language or row.language
        whose = (person.employee_id, person.department_id)
        rows.append((row.id, invitation_id, *whose, tongue, mark, person.cell))
        if person.email:
            by_mail.append(invitation_id)
    bulk.insert(session, Invitation, _ISSUED, rows)
    return by_mail


def _found(code: str, row: Row[*tuple[Any, ...]]) -> Found:
    paper = BallotPaper(
        round_id=code,
        department_id=row.department_id,
        side=row.side,
        language=row.language,
        closes_at=row.closes_at,
        box=row.cell_id or row.department_id,
        revision=row.revision,
    )
    return paper, row


def _paper(outcome: Found | Exception) -> BallotPaper | Exception:
    return outcome if isinstance(outcome, Exception) else outcome[0]


def _refusal(row: Row[*tuple[Any, ...]] | None) -> Exception | None:
    """Why a round takes no answer now, by when it opens and closes."""
    if row is None:
        return UnknownLink()
    moment = now()
    if moment >= row.closes_at:
        return RoundClosed()
    return NotOpenYet() if moment < row.opens_at else None


# Statements of the hot path are built once: building one costs more than running it.
_ROUNDS_KEPT_OPEN = (
    select(col(SurveyRound.id), col(SurveyRound.opens_at), col(SurveyRound.closes_at))
    .where(col(SurveyRound.id).in_(bindparam("codes", expanding=True)))
    .order_by(col(SurveyRound.id))
    .with_for_update(read=True)
)
# Who has left is asked no more; an answer given before stays. Not so of an anonymous link: nobody
# knows whose it is.
TOKEN_HASH = func.coalesce(
    case((col(Employee.id).is_not(None), col(Invitation.token_hash))),
    col(AnonymousLink.token_hash),
)
# The round of the links, whether there are any or not; a round has links of one kind only.
LINKS: Select[*tuple[Any, ...]] = (
    select(
        col(SurveyRound.opens_at),
        col(SurveyRound.closes_at),
        col(SurveyRound.revision),
        TOKEN_HASH.label("token_hash"),
        col(RoundDepartment.id).label("department_id"),
        func.coalesce(col(Invitation.cell_id), col(AnonymousLink.cell_id)).label("cell_id"),
        # That of an anonymous link is part of its address.
        func.coalesce(col(Invitation.language), "").label("language"),
        col(RoundDepartment.side),
    )
    .select_from(SurveyRound)
    .outerjoin(
        Invitation,
        (col(Invitation.round_id) == col(SurveyRound.id))
        & col(Invitation.token_hash).in_(bindparam("hashes", expanding=True)),
    )
    .outerjoin(
        Employee,
        (col(Employee.id) == col(Invitation.employee_id)) & col(Employee.deactivated_at).is_(None),
    )
    .outerjoin(
        AnonymousLink,
        (col(AnonymousLink.round_id) == col(SurveyRound.id))
        & col(AnonymousLink.token_hash).in_(bindparam("hashes", expanding=True)),
    )
    .outerjoin(
        RoundDepartment,
        (col(RoundDepartment.round_id) == col(SurveyRound.id))
        & (
            col(RoundDepartment.id)
            == func.coalesce(col(Invitation.department_id), col(AnonymousLink.department_id))
        ),
    )
    .where(col(SurveyRound.id) == bindparam("code"))
)
_LINKS_KEPT_OPEN = LINKS.with_for_update(read=True, of=SurveyRound)
