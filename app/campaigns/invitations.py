"""Personal links: derived when a mail is sent, found by their fingerprint, redeemed once.

In anonymous mode they are random, made for a whole department at once, and belong to nobody.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlmodel import Session, col

from app.campaigns.audience import Asked
from app.campaigns.models import AnonymousLink, Invitation, RoundDepartment, SurveyRound
from app.kit.clock import now
from app.kit.seal import Keyring
from app.kit.tokens import TOKEN_LENGTH, derived_token, fingerprint, random_token
from app.people.models import Employee

CODE_LENGTH = 6
LINK_LENGTH = CODE_LENGTH + TOKEN_LENGTH

# A round's code and the fingerprint of a whole link.
Link = tuple[str, bytes]
# When each round opens and closes, and its revision.
Opening = Mapping[str, Row[str, datetime, datetime, int]]


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
    return _found(connection, links, _ROUNDS)


def redeem(connection: Connection, links: Sequence[Link]) -> list[BallotPaper | Exception]:
    """The same for links that are being used.

    Their rounds are locked against closing until the transaction ends, so that every ballot cast
    is one that will be counted.
    """
    return _found(connection, links, _ROUNDS_KEPT_OPEN)


def refusals(connection: Connection, codes: Sequence[str]) -> dict[str, Exception]:
    """Which of these rounds take no answer now, and why; the others are kept open as by `redeem`."""
    opening = _opening(connection, codes, _ROUNDS_KEPT_OPEN)
    return {code: refusal for code in codes if (refusal := _refusal(code, opening)) is not None}


def links(session: Session, round_id: str) -> dict[str, Link]:
    """The links that belong to somebody of the round, by invitation."""
    statement = select(col(Invitation.id), col(Invitation.token_hash)).where(
        col(Invitation.round_id) == round_id, col(Invitation.token_hash).is_not(None)
    )
    rows = session.connection().execute(statement)
    return {row.id: (round_id, bytes(row.token_hash)) for row in rows}


def left(session: Session, round_id: str) -> dict[str, int]:
    """How many of those invited to each department have left since, so that they cannot answer."""
    statement = (
        select(col(Invitation.department_id), func.count().label("n"))
        .join(Employee, col(Employee.id) == col(Invitation.employee_id))
        .where(col(Invitation.round_id) == round_id, col(Employee.deactivated_at).is_not(None))
        .group_by(col(Invitation.department_id))
    )
    return {row.department_id: row.n for row in session.connection().execute(statement)}


def forget_links(session: Session, round_id: str) -> None:
    """Destroy the fingerprints of a round's links."""
    connection = session.connection()
    connection.execute(
        update(Invitation).where(col(Invitation.round_id) == round_id).values(token_hash=None)
    )
    connection.execute(delete(AnonymousLink).where(col(AnonymousLink.round_id) == round_id))
    session.get_one(SurveyRound, round_id).links_gone_at = now()
    session.flush()


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
        rows.append(
            {
                "round_id": row.id,
                "id": invitation_id,
                "employee_id": person.employee_id,
                "department_id": person.department_id,
                "language": person.language or row.language,
                "token_hash": fingerprint(token) if token else None,
                "cell_id": person.cell,
            }
        )
        if person.email:
            by_mail.append(invitation_id)
    session.connection().execute(insert(Invitation), rows)
    return by_mail


def _found(
    connection: Connection, links: Sequence[Link], rounds: Select[str, datetime, datetime, int]
) -> list[BallotPaper | Exception]:
    opening = _opening(connection, [code for code, _ in links], rounds)
    papers = _papers(connection, sorted(set(links)), opening)
    return [_outcome(link, opening, papers) for link in links]


def _opening(
    connection: Connection, codes: Sequence[str], rounds: Select[str, datetime, datetime, int]
) -> Opening:
    rows = connection.execute(rounds, {"codes": sorted(set(codes))})
    return {row.id: row for row in rows}


def _outcome(
    link: Link,
    opening: Opening,
    papers: Mapping[Link, BallotPaper],
) -> BallotPaper | Exception:
    return _refusal(link[0], opening) or papers.get(link) or UnknownLink()


def _refusal(code: str, opening: Opening) -> Exception | None:
    if code not in opening:
        return UnknownLink()
    opens_at, closes_at = opening[code].opens_at, opening[code].closes_at
    moment = now()
    if moment >= closes_at:
        return RoundClosed()
    return NotOpenYet() if moment < opens_at else None


def _papers(
    connection: Connection,
    links: Sequence[Link],
    opening: Opening,
) -> dict[Link, BallotPaper]:
    """The papers of these links; one query a round, each through its index."""
    wanted: dict[str, list[bytes]] = {}
    for code, token_hash in links:
        if code in opening:
            wanted.setdefault(code, []).append(token_hash)
    found: dict[Link, BallotPaper] = {}
    for code, hashes in wanted.items():
        # A round has links of one kind only; the second question is asked where the first had none.
        for papers in (_PAPERS, _ANONYMOUS_PAPERS):
            left = [one for one in hashes if (code, one) not in found]
            if left:
                for row in connection.execute(papers, {"code": code, "hashes": left}):
                    found[code, bytes(row.token_hash)] = BallotPaper(
                        round_id=code,
                        department_id=row.department_id,
                        side=row.side,
                        language=row.language,
                        closes_at=opening[code].closes_at,
                        box=row.cell_id or row.department_id,
                        revision=opening[code].revision,
                    )
    return found


# Statements of the hot path are built once: building one costs more than running it.
_ROUNDS = (
    select(
        col(SurveyRound.id),
        col(SurveyRound.opens_at),
        col(SurveyRound.closes_at),
        col(SurveyRound.revision),
    )
    .where(col(SurveyRound.id).in_(bindparam("codes", expanding=True)))
    .order_by(col(SurveyRound.id))
)
_ROUNDS_KEPT_OPEN = _ROUNDS.with_for_update(read=True)
_PAPERS = (
    select(
        col(Invitation.token_hash),
        col(Invitation.department_id),
        col(Invitation.cell_id),
        col(Invitation.language),
        col(RoundDepartment.side),
    )
    .join(
        RoundDepartment,
        (col(RoundDepartment.round_id) == col(Invitation.round_id))
        & (col(RoundDepartment.id) == col(Invitation.department_id)),
    )
    # Who has left is asked no more; an answer given before stays.
    .join(
        Employee,
        (col(Employee.id) == col(Invitation.employee_id)) & col(Employee.deactivated_at).is_(None),
    )
    # A pair of columns compared with a list of pairs would read the whole table on SQLite.
    .where(
        col(Invitation.round_id) == bindparam("code"),
        col(Invitation.token_hash).in_(bindparam("hashes", expanding=True)),
    )
)
# Also of who has left: nobody knows which link is theirs. Their language is part of the address.
_ANONYMOUS_PAPERS = (
    select(
        col(AnonymousLink.token_hash),
        col(AnonymousLink.department_id),
        col(AnonymousLink.cell_id),
        literal("").label("language"),
        col(RoundDepartment.side),
    )
    .join(
        RoundDepartment,
        (col(RoundDepartment.round_id) == col(AnonymousLink.round_id))
        & (col(RoundDepartment.id) == col(AnonymousLink.department_id)),
    )
    .where(
        col(AnonymousLink.round_id) == bindparam("code"),
        col(AnonymousLink.token_hash).in_(bindparam("hashes", expanding=True)),
    )
)
