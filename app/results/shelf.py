"""Released rounds as they stand for good: read once, then kept at hand.

What a release prints never changes, and neither do the survey, the tree and the policy it was
made under. Only its comments may be hidden, and are deleted in time: they are never kept here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import ColumnElement, exists, true
from sqlmodel import Session, col, select

from app.access.sign_in import Viewer
from app.campaigns import policy, rounds
from app.campaigns.models import RoundDepartment, SurveyRound
from app.kit.kept import Kept
from app.results import summary
from app.results.models import Release, RoundNote
from app.results.summary import Summary
from app.surveys.definition import Survey

# In groups, each with a few dozen figures.
MOST_GROUPS = 4000


@dataclass(frozen=True)
class Released:
    """One round with results; `own` says whether a department of the viewer's takes part in it."""

    row: SurveyRound
    hash: str
    note: str
    own: bool


@dataclass(frozen=True)
class Standing:
    """What of a released round stays as it is."""

    survey: Survey
    tree: Sequence[RoundDepartment]
    groups: Sequence[Summary]
    min_group: int

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """The lasting id of each department by its path; the whole's is empty."""
        return {node.path: node.id for node in self.tree} | {"": ""}

    def id_of(self, path: str) -> str:
        """The lasting id of a group; of what is left over, of the one it is left over from."""
        plain = path.removesuffix("/*")
        return self.ids.get(plain, "") + path.removeprefix(plain)


_KEPT: Kept[tuple[str, str], Standing] = Kept(MOST_GROUPS)


def beside(session: Session, viewer: Viewer, round_id: str) -> list[Released]:
    """Every released round of the same survey as this round, the oldest first."""
    same = select(SurveyRound.survey_key).where(SurveyRound.id == round_id).scalar_subquery()
    return _found(session, viewer, col(SurveyRound.survey_key) == same)


def every(session: Session, viewer: Viewer) -> list[Released]:
    """Every released round, the oldest first."""
    return _found(session, viewer, true())


def standing(session: Session, released: Released) -> Standing:
    """What of that round stays as it is."""
    row = released.row

    def made() -> tuple[Standing, int]:
        found = _read(session, row)
        return found, len(found.groups)

    return _KEPT.get((row.id, released.hash), made)


def _found(session: Session, viewer: Viewer, which: ColumnElement[bool]) -> list[Released]:
    own: ColumnElement[bool] = true()
    if not viewer.sees_all:
        own = exists().where(
            col(RoundDepartment.round_id) == col(SurveyRound.id),
            col(RoundDepartment.id).in_(list(viewer.departments)),
        )
    rows = session.exec(
        select(SurveyRound, Release.hash, RoundNote.text, own.label("own"))
        .join(Release, col(Release.round_id) == col(SurveyRound.id))
        .outerjoin(RoundNote, col(RoundNote.round_id) == col(SurveyRound.id))
        .where(which)
        .order_by(col(SurveyRound.closes_at), col(SurveyRound.id))
    )
    return [Released(row, hash_, note or "", bool(mine)) for row, hash_, note, mine in rows]


def _read(session: Session, row: SurveyRound) -> Standing:
    tree = rounds.tree_of(session, row.id)
    found = Standing(
        rounds.survey_of(session, row),
        tree,
        summary.groups(session, row.id),
        policy.frozen(session, row.id).min_group,
    )
    for node in tree:
        # It outlives the session.
        session.expunge(node)
    return found
