"""What HR said the columns of its files mean, remembered for the next file."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, delete, select

from app.people import columns
from app.people.columns import ALIASES
from app.people.models import KnownColumn


def read(session: Session) -> dict[str, str]:
    """The field of each header somebody has said something of; one query."""
    return {row.header: row.field for row in session.exec(select(KnownColumn))}


def remember(session: Session, said: Mapping[str, str]) -> None:
    """Keep what was said of these headers; what we would have guessed anyway needs no keeping."""
    keys = {columns.key(name): field for name, field in said.items() if columns.key(name)}
    session.exec(delete(KnownColumn).where(col(KnownColumn.header).in_(list(keys))))
    session.add_all(
        KnownColumn(header=header, field=field)
        for header, field in keys.items()
        if field != guess(header)
    )
    session.flush()


def guess(header: str) -> str:
    """What we take a column of this name for by ourselves; empty where we know no such name."""
    wanted = columns.key(header)
    for field, aliases in ALIASES.items():
        if wanted in {columns.key(name) for name in (field, *aliases.split(","))}:
            return field
    return ""


def proposed(header: Sequence[str], said: Mapping[str, str]) -> list[str]:
    """For each column of a file what it is taken for, each meaning at most once."""
    taken: set[str] = set()
    found = []
    for name in header:
        field = said.get(columns.key(name), guess(name))
        found.append("" if field in taken else field)
        taken.add(field)
    return found
