"""Hiding an abusive comment of a release: a row of its own, so that the release keeps its hash."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.audit import log
from app.campaigns import mentions
from app.campaigns.rounds import RoundRefused, UnknownRound
from app.kit.clock import now
from app.results.models import HiddenComment, Release

LONGEST_REASON = 500


class UnknownComment(UnknownRound):
    """The round has no released comment at this place."""


def hide(session: Session, round_id: str, place: int, reason: str, actor: str) -> str:
    """Nobody reads the comment from now on; the item it is about. Raises UnknownComment."""
    item = _item(session, round_id, place)
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise RoundRefused(
            "say in at most %(n)s characters why the comment is hidden", n=LONGEST_REASON
        )
    if mentions.roster(session, round_id).find(reason):
        # It goes into the audit log, which holds no names.
        raise RoundRefused("say why without a name, an address or a phone number")
    if session.get(HiddenComment, (round_id, place)) is None:
        row = HiddenComment(
            round_id=round_id, place=place, at=now(), by=actor, reason=reason.strip()
        )
        session.add(row)
        log.record(session, actor, "comment.hidden", round_id, place=place, reason=row.reason)
    return item


def show_again(session: Session, round_id: str, place: int, actor: str) -> str:
    """Undo it; the item it is about. Raises UnknownComment."""
    item = _item(session, round_id, place)
    row = session.get(HiddenComment, (round_id, place))
    if row is not None:
        session.delete(row)
        log.record(session, actor, "comment.shown", round_id, place=place)
    return item


def hidden(session: Session, round_id: str) -> Mapping[int, HiddenComment]:
    """The hidden comments of a round by their place in its release."""
    rows = session.exec(select(HiddenComment).where(HiddenComment.round_id == round_id))
    return {row.place: row for row in rows}


def applied(session: Session, round_id: str, content: dict[str, Any]) -> dict[str, Any]:
    """The release as it may be read now: of a hidden comment no word is left."""
    gone = hidden(session, round_id)
    comments = [
        {**one, "place": place, "hidden": place in gone} | ({"text": None} if place in gone else {})
        for place, one in enumerate(content["comments"], start=1)
    ]
    return {**content, "comments": comments}


def forget(session: Session, round_id: str) -> None:
    """Nothing is hidden any more where the comments themselves are deleted."""
    session.connection().execute(
        delete(HiddenComment).where(col(HiddenComment.round_id) == round_id)
    )


def _item(session: Session, round_id: str, place: int) -> str:
    stored = session.get(Release, round_id)
    comments = json.loads(stored.document)["comments"] if stored else []
    if not 1 <= place <= len(comments):
        raise UnknownComment(place)
    return str(comments[place - 1]["item"])
