"""Who is asked, as HR chose it: the one way from what was typed to the audience of a round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from app.campaigns import audience, breakdown, merging, pairs
from app.campaigns.audience import Audience
from app.surveys.definition import Survey


@dataclass(frozen=True)
class Choice:
    """Departments by their paths, sides by their keys, pairs and merges as PATH+PATH."""

    departments: Sequence[str] = ()
    sides: Mapping[str, str] = field(default_factory=dict)
    pairs: Sequence[str] = ()
    merges: Sequence[str] = ()
    breakdowns: Sequence[str] = ()


def made(session: Session, survey: Survey, choice: Choice, today: date) -> tuple[Survey, Audience]:
    """The survey as this round asks it, and who is asked. Raises AudienceRefused."""
    survey, people = asked(session, survey, choice)
    return survey, reported(people, choice.merges, choice.breakdowns, today)


def asked(session: Session, survey: Survey, choice: Choice) -> tuple[Survey, Audience]:
    """The same before anything is reported together. Raises AudienceRefused."""
    survey, sides = pairs.with_sides(session, survey, choice.pairs, choice.sides)
    return survey, audience.choose(session, survey, choice.departments, sides)


def reported(
    people: Audience, merges: Sequence[str], breakdowns: Sequence[str], today: date
) -> Audience:
    """The audience with its reporting groups and the boxes of its breakdowns.

    Raises AudienceRefused.
    """
    merged = merging.merged(people, merging.parsed(people, merges))
    return breakdown.boxed(merged, breakdowns, today)
