"""Which of the server's keys the living rounds need, whether they are here, and sealing anew."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.audit import log
from app.campaigns.models import SurveyRound
from app.kit.seal import Keyring
from app.responses import submission


@dataclass(frozen=True)
class Needed:
    """A server key by its id, and the rounds whose links or answers cannot do without it."""

    key: str
    rounds: tuple[str, ...]


class KeysMissing(Exception):
    """Rounds that are not over need keys this installation does not have."""

    def __init__(self, missing: list[Needed]) -> None:
        rounds = sorted({one for needed in missing for one in needed.rounds})
        super().__init__(
            f"the server key {', '.join(one.key for one in missing)} of {', '.join(rounds)} is "
            "missing: put it back (SELARAS_SECRET_KEY, or secret.key in the data directory); if it "
            "is lost for good, void these rounds with `selaras round void`"
        )


def needed(session: Session, *, rows: bool = True) -> list[Needed]:
    """The keys that rounds need which are not over; with `rows`, also for their files of rows."""
    wrapping = submission.server_keys(session)
    links = session.exec(
        select(SurveyRound.id, SurveyRound.server_key).where(col(SurveyRound.id).in_(wrapping))
    )
    found: dict[str, set[str]] = {}
    kept = submission.kept_keys(session) if rows else {}
    for round_id, key in [*wrapping.items(), *links, *kept.items()]:
        found.setdefault(key, set()).add(round_id)
    return [Needed(key, tuple(sorted(rounds))) for key, rounds in sorted(found.items())]


def missing(session: Session, keyring: Keyring) -> list[Needed]:
    """Those of them that are not here."""
    return [one for one in needed(session) if not keyring.knows(one.key)]


def require(session: Session, keyring: Keyring) -> None:
    """Raise KeysMissing where a round that is not over needs one; a file of rows can do without."""
    gone = [one for one in needed(session, rows=False) if not keyring.knows(one.key)]
    if gone:
        raise KeysMissing(gone)


def rewrap(session: Session, keyring: Keyring, actor: str) -> int:
    """Seal the keys of the living rounds anew with the current server key; how many there were.

    Their links keep the key they were derived from. Raises KeysMissing.
    """
    require(session, keyring)
    changed = submission.rewrap(session, keyring)
    if changed:
        log.record(session, actor, "server_key.rewrapped", keyring.current, rounds=len(changed))
    return len(changed)
