"""Reading the extract of a round for one reader: the only way to what files are made of."""

from collections.abc import Callable

from sqlmodel import Session

from app.campaigns import rounds
from app.kit.language import Language
from app.results import release
from app.results.export.extract import Extract, cut


def everything(_: str) -> bool:
    """May read every group."""
    return True


def read(
    session: Session,
    round_id: str,
    language: Language,
    organisation: str,
    may_read: Callable[[str], bool] = everything,
    sides: frozenset[str] | None = None,
) -> Extract:
    """The release of a round as the reader may see it; raises UnknownRound, NotReleased.

    `may_read` says of a group's path whether it is his; `sides` are those whose gaps he reads,
    None where he reads all.
    """
    row = rounds.get(session, round_id)
    content = cut(release.read(session, round_id), may_read, sides)
    return Extract(content, rounds.survey_of(session, row), language, organisation)
