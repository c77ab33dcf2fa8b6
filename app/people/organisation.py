"""How the organisation calls and shows itself: its name, its colour, its logo."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import false
from sqlmodel import Field, Session, SQLModel

from app.kit.clock import now

LONGEST_NAME = 80


class Organisation(SQLModel, table=True):
    """The one row of what HR has set; before that the settings of the installation hold."""

    __tablename__ = "organisation"

    id: int = Field(default=1, primary_key=True)
    name: str = ""
    colour: str = ""
    logo: bytes | None = None
    logo_width: int = 0
    logo_height: int = 0
    changed_at: datetime = Field(default_factory=now)
    # Whether a round is launched by another person than who asked for it.
    four_eyes: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


@dataclass(frozen=True)
class Logo:
    """A picture and its size in pixels."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Shown:
    """What pages and mails show."""

    name: str
    colour: str
    logo: Logo | None


def read(session: Session, name: str) -> Shown:
    """What HR has set; `name` where HR has set none."""
    row = session.get(Organisation, 1)
    if row is None:
        return Shown(name, "", None)
    logo = Logo(bytes(row.logo), row.logo_width, row.logo_height) if row.logo else None
    return Shown(row.name or name, row.colour, logo)


def change(session: Session, *, name: str, colour: str) -> None:
    """Set the name and the colour; empty for what the installation has."""
    row = _row(session)
    row.name, row.colour = name, colour
    _save(session, row)


def change_logo(session: Session, logo: Logo | None) -> None:
    """Set the logo, or take it away."""
    row = _row(session)
    row.logo = logo.content if logo else None
    row.logo_width, row.logo_height = (logo.width, logo.height) if logo else (0, 0)
    _save(session, row)


def four_eyes(session: Session) -> bool:
    """Whether a launch needs two people."""
    row = session.get(Organisation, 1)
    return row is not None and row.four_eyes


def want_four_eyes(session: Session, *, wanted: bool) -> None:
    """Have launches need two people, or not any more."""
    row = _row(session)
    row.four_eyes = wanted
    _save(session, row)


def _row(session: Session) -> Organisation:
    return session.get(Organisation, 1) or Organisation()


def _save(session: Session, row: Organisation) -> None:
    row.changed_at = now()
    session.add(row)
    session.flush()
