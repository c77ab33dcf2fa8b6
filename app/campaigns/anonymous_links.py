"""Links of anonymous mode: random, made for a whole department at once, kept as fingerprints."""

import secrets
from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from app.campaigns.models import AnonymousLink
from app.kit.tokens import fingerprint, random_token


def add(session: Session, round_id: str, department_id: str, people: int) -> list[str]:
    """New links for so many people of a department, that nobody else will ever see.

    All fingerprints of the department are written anew, shuffled: neither a place nor a hidden
    column tells which link was made when, and their order is not the order of those returned.
    """
    tokens = [round_id + random_token() for _ in range(people)]
    _rewrite(session, round_id, department_id, [fingerprint(token) for token in tokens], [])
    return tokens


def void(session: Session, round_id: str, department_id: str, token: str) -> None:
    """Make a link lead nowhere; the other fingerprints of the department are written anew."""
    _rewrite(session, round_id, department_id, [], [fingerprint(token)])


def _rewrite(
    session: Session, round_id: str, department_id: str, new: Sequence[bytes], gone: Sequence[bytes]
) -> None:
    connection = session.connection()
    here = (
        col(AnonymousLink.round_id) == round_id,
        col(AnonymousLink.department_id) == department_id,
    )
    known = {
        bytes(one) for one in connection.scalars(select(col(AnonymousLink.token_hash)).where(*here))
    }
    kept = list((known | set(new)) - set(gone))
    secrets.SystemRandom().shuffle(kept)
    connection.execute(delete(AnonymousLink).where(*here))
    rows = [
        {"round_id": round_id, "department_id": department_id, "token_hash": one} for one in kept
    ]
    if rows:
        connection.execute(insert(AnonymousLink), rows)
