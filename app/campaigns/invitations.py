"""Personal links: derived when a mail is sent, found by their fingerprint, redeemed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, tuple_, update
from sqlmodel import Session, col

from app.campaigns.models import Invitation, RoundDepartment, SurveyRound
from app.kit.clock import now
from app.kit.seal import Keyring
from app.kit.tokens import TOKEN_LENGTH, derived_token, fingerprint

CODE_LENGTH = 6
LINK_LENGTH = CODE_LENGTH + TOKEN_LENGTH


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


def link_token(keyring: Keyring, row: SurveyRound, invitation_id: str) -> str:
    """The round's code and 22 characters that only the server's key can derive."""
    key = keyring.derive("invitation", row.server_key)
    return row.id + derived_token(key, row.id, invitation_id)


def round_code(token: str) -> str:
    """The round a link belongs to; raises UnknownLink where the link cannot be whole."""
    if len(token) != LINK_LENGTH or not token.isascii():
        raise UnknownLink
    return token[:CODE_LENGTH]


def look_up(connection: Connection, token: str) -> BallotPaper:
    """The paper a link shows, without redeeming it; raises UnknownLink, NotOpenYet, RoundClosed.

    Any link of a closed round is answered alike, by its round code: after the release no
    fingerprint is left to tell a real one from a made-up one.
    """
    code = round_code(token)
    opening = connection.execute(
        select(col(SurveyRound.opens_at), col(SurveyRound.closes_at)).where(
            col(SurveyRound.id) == code
        )
    ).one_or_none()
    if opening is None:
        raise UnknownLink
    _refuse_outside(opening.opens_at, opening.closes_at)
    found = _papers(connection, [(code, fingerprint(token))], {code: opening.closes_at})
    if not found:
        raise UnknownLink
    return next(iter(found.values()))


def redeem(
    connection: Connection, links: Sequence[tuple[str, bytes]]
) -> list[BallotPaper | Exception]:
    """A paper for each (round, fingerprint), or the refusal its sender shall see.

    The rounds are locked against closing until the transaction ends, so that every ballot cast
    is one that will be counted.
    """
    rounds = {code for code, _ in links}
    opening = {
        row.id: (row.opens_at, row.closes_at)
        for row in connection.execute(
            select(col(SurveyRound.id), col(SurveyRound.opens_at), col(SurveyRound.closes_at))
            .where(col(SurveyRound.id).in_(rounds))
            .order_by(col(SurveyRound.id))
            .with_for_update(read=True)
        )
    }
    closing = {code: closes_at for code, (_, closes_at) in opening.items()}
    papers = _papers(connection, sorted(set(links)), closing)
    return [_outcome(link, opening, papers) for link in links]


def has_links(session: Session, round_id: str) -> bool:
    """Whether fingerprints of this round are left; none is after its release."""
    statement = select(func.count()).where(
        col(Invitation.round_id) == round_id, col(Invitation.token_hash).is_not(None)
    )
    return bool(session.connection().execute(statement).scalar_one())


def forget_links(session: Session, round_id: str) -> None:
    """Destroy the fingerprints of a round's links."""
    session.connection().execute(
        update(Invitation).where(col(Invitation.round_id) == round_id).values(token_hash=None)
    )


def _outcome(
    link: tuple[str, bytes],
    opening: dict[str, tuple[datetime, datetime]],
    papers: dict[tuple[str, bytes], BallotPaper],
) -> BallotPaper | Exception:
    if link[0] not in opening:
        return UnknownLink()
    try:
        _refuse_outside(*opening[link[0]])
    except (NotOpenYet, RoundClosed) as refusal:
        return refusal
    return papers.get(link) or UnknownLink()


def _refuse_outside(opens_at: datetime, closes_at: datetime) -> None:
    moment = now()
    if moment >= closes_at:
        raise RoundClosed
    if moment < opens_at:
        raise NotOpenYet


def _papers(
    connection: Connection, links: Sequence[tuple[str, bytes]], closing: Mapping[str, datetime]
) -> dict[tuple[str, bytes], BallotPaper]:
    rows = connection.execute(
        select(
            col(Invitation.round_id),
            col(Invitation.token_hash),
            col(Invitation.department_id),
            col(Invitation.language),
            col(RoundDepartment.side),
        )
        .join(
            RoundDepartment,
            (col(RoundDepartment.round_id) == col(Invitation.round_id))
            & (col(RoundDepartment.id) == col(Invitation.department_id)),
        )
        .where(tuple_(col(Invitation.round_id), col(Invitation.token_hash)).in_(list(links)))
    )
    return {
        (row.round_id, bytes(row.token_hash)): BallotPaper(
            row.round_id, row.department_id, row.side, row.language, closing[row.round_id]
        )
        for row in rows
        if row.round_id in closing
    }
