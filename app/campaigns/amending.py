"""What may change about a round while it lives, besides its closing date; each a row, audited."""

from collections.abc import Sequence
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from sqlmodel import Session, col, select

from app.audit import log
from app.campaigns import policy, rounds
from app.campaigns.models import (
    RoundAddition,
    RoundExtension,
    RoundMinimum,
    RoundWording,
    SurveyRound,
)
from app.campaigns.rounds import Phase, RoundRefused
from app.kit.clock import now
from app.surveys import wording
from app.surveys.text import OTHER

LARGEST_GROUP = 1000
LONGEST_TEXT = 2000
Change = tuple[datetime, str, dict[str, Any]]
# Two texts less alike than this are not the same one with a slip mended.
ALIKE = 0.8


def raise_minimum(session: Session, round_id: str, smallest: int, actor: str) -> SurveyRound:
    """Raise the smallest group that is shown; it can never be lowered. Raises RoundRefused."""
    row = rounds.locked(session, round_id)
    rounds.refuse_unless(session, row, (Phase.OPEN, Phase.SCHEDULED))
    now_is = policy.frozen(session, round_id).min_group
    if not now_is < smallest <= LARGEST_GROUP:
        raise RoundRefused(
            "choose a number above %(smallest)s: after launch the smallest group is only ever "
            "raised",
            smallest=now_is,
            field="min_group",
        )
    session.add(RoundMinimum(round_id=round_id, min_group=smallest, at=now(), by=actor))
    row.revision += 1
    log.record(session, actor, "round.minimum_raised", round_id, before=now_is, now=smallest)
    return row


def mend(
    session: Session, round_id: str, place: str, language: str, words: str, actor: str
) -> SurveyRound:
    """Mend a slip in one text without changing what it asks. Raises RoundRefused.

    That the meaning is the same is for whoever does it to confirm; both texts are kept and shown.
    """
    row = rounds.locked(session, round_id)
    rounds.refuse_unless(session, row, (Phase.OPEN, Phase.SCHEDULED))
    was = _words(session, row, place, language)
    words = words.strip()
    _refuse_other_meaning(was, words)
    session.add(
        RoundWording(
            round_id=round_id,
            place=place,
            language=language,
            at=now(),
            by=actor,
            was=was,
            words=words,
        )
    )
    row.revision += 1
    log.record(
        session,
        actor,
        "round.text_mended",
        round_id,
        place=place,
        language=language,
        was=was,
        now=words,
    )
    return row


def mendings(session: Session, round_id: str) -> Sequence[RoundWording]:
    """The slips that were mended, the first one first."""
    return session.exec(
        select(RoundWording)
        .where(RoundWording.round_id == round_id)
        .order_by(col(RoundWording.at), col(RoundWording.place))
    ).all()


def since_launch(session: Session, row: SurveyRound) -> list[dict[str, Any]]:
    """Everything that changed after launch, as the release says it; dates and no persons."""
    return [
        {"kind": kind, "on": at.isoformat(), **what}
        for at, kind, what in sorted(_changes(session, row.id), key=lambda one: one[:2])
    ]


def _changes(session: Session, round_id: str) -> list[Change]:
    launched = policy.frozen(session, round_id).launched_min_group
    found: list[Change] = [
        (one.at, "min_group", {"to": one.min_group})
        for one in session.exec(select(RoundMinimum).where(RoundMinimum.round_id == round_id))
        if one.min_group > launched
    ]
    found += [
        (
            one.at,
            "text",
            {"place": one.place, "language": one.language, "from": one.was, "to": one.words},
        )
        for one in mendings(session, round_id)
    ]
    found += [
        (one.at, "closing_date", {"to": one.to_date.isoformat()})
        for one in session.exec(select(RoundExtension).where(RoundExtension.round_id == round_id))
    ]
    joined: dict[datetime, int] = {}
    for one in session.exec(select(RoundAddition).where(RoundAddition.round_id == round_id)):
        joined[one.at] = joined.get(one.at, 0) + one.people
    return found + [(at, "people", {"joined": people}) for at, people in joined.items()]


def _words(session: Session, row: SurveyRound, place: str, language: str) -> str:
    """The text as it reads now; raises RoundRefused where there is none of that name."""
    text = wording.places(rounds.survey_of(session, row)).get(place)
    found = dict(text.entries).get(language) if text else None
    if found is None:
        raise RoundRefused(
            "this survey has no text %(place)s in the language %(language)s",
            place=place,
            language=language,
            field="place",
        )
    return found


def _refuse_other_meaning(was: str, words: str) -> None:
    if words == was or not words or len(words) > LONGEST_TEXT:
        raise RoundRefused(
            "write the text with its slip mended, in at most %(n)s characters",
            n=LONGEST_TEXT,
            field="words",
        )
    if was.count(OTHER) != words.count(OTHER):
        raise RoundRefused("%(slot)s must stay where it is", slot=OTHER, field="words")
    # Without junk detection: it would take common letters of a long text for noise.
    if SequenceMatcher(None, was, words, autojunk=False).ratio() < ALIKE:
        raise RoundRefused(
            "this is another text, not the same one with a slip mended: what was asked stays. "
            "Void the round and launch it anew if it must be changed",
            field="words",
        )
