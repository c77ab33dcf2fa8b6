"""A note of HR beside a round: what was different about it, read by everybody who reads the trend."""

from sqlmodel import Session

from app.audit import log
from app.campaigns import rounds
from app.campaigns.rounds import RoundRefused
from app.kit.clock import now
from app.results.models import RoundNote

LONGEST = 300


def attach(session: Session, round_id: str, text: str, actor: str) -> None:
    """Write the round's note, or take it away where the text is empty. Raises UnknownRound."""
    rounds.get(session, round_id)
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise RoundRefused("use at most %(most)s characters", most=LONGEST, field="note")
    row = session.get(RoundNote, round_id)
    if row is not None:
        session.delete(row)
        session.flush()
    if text:
        session.add(RoundNote(round_id=round_id, at=now(), by=actor, text=text))
    if text or row is not None:
        # Without the words: they may name somebody, and the log keeps everything.
        log.record(session, actor, "round.noted", round_id, characters=len(text))
