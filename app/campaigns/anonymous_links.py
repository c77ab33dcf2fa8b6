"""Links of anonymous mode: random, made for a whole department at once, kept as fingerprints."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, delete, insert, select
from sqlmodel import Session, col

from app.campaigns.models import AnonymousLink
from app.kit.tokens import fingerprint, random_token


@dataclass(frozen=True)
class Place:
    """Whose links are made at once: a department's people who are in no cell, or in one."""

    round_id: str
    department_id: str
    cell_id: str | None = None


def add(session: Session, place: Place, people: int) -> list[str]:
    """New links for so many people of a place, that nobody else will ever see.

    All fingerprints of the place are written anew, shuffled: neither a place nor a hidden
    column tells which link was made when, and their order is not the order of those returned.
    """
    tokens = [place.round_id + random_token() for _ in range(people)]
    put(session, place, tokens)
    return tokens


def put(session: Session, place: Place, tokens: Sequence[str]) -> None:
    """The same for links that were made elsewhere."""
    _rewrite(session, place, [fingerprint(token) for token in tokens], [])


def renew(session: Session, place: Place, tokens: Sequence[str], used: Collection[bytes]) -> None:
    """Put these links in place of all of the place but those that were used."""
    gone = set(fingerprints(session, place)) - set(used)
    _rewrite(session, place, [fingerprint(token) for token in tokens], list(gone))


def fingerprints(session: Session, place: Place) -> list[bytes]:
    """Of all links of a place, in no order."""
    return [
        bytes(one)
        for one in session.connection().scalars(
            select(col(AnonymousLink.token_hash)).where(*_here(place))
        )
    ]


def void(session: Session, place: Place, token: str) -> None:
    """Make a link lead nowhere; the other fingerprints of the place are written anew."""
    _rewrite(session, place, [], [fingerprint(token)])


def _rewrite(session: Session, place: Place, new: Sequence[bytes], gone: Sequence[bytes]) -> None:
    connection = session.connection()
    kept = list((set(fingerprints(session, place)) | set(new)) - set(gone))
    secrets.SystemRandom().shuffle(kept)
    connection.execute(delete(AnonymousLink).where(*_here(place)))
    rows = [{**asdict(place), "token_hash": one} for one in kept]
    if rows:
        connection.execute(insert(AnonymousLink), rows)


def _here(place: Place) -> tuple[ColumnElement[bool], ...]:
    return (
        col(AnonymousLink.round_id) == place.round_id,
        col(AnonymousLink.department_id) == place.department_id,
        col(AnonymousLink.cell_id).is_not_distinct_from(place.cell_id),
    )
