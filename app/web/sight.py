"""What of a round's results somebody may see: decided where it is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.access import scope
from app.access.sign_in import Viewer
from app.campaigns import rounds
from app.campaigns.models import RoundDepartment, SurveyRound
from app.campaigns.rounds import UnknownRound
from app.results import shelf
from app.results.release import NotReleased
from app.results.shelf import Released, Standing
from app.surveys.definition import Survey


@dataclass(frozen=True)
class Sight:
    """What of a round's tree the viewer may see: his own departments, and totals above them."""

    own: frozenset[str]
    visible: frozenset[str]
    top: tuple[RoundDepartment, ...]
    sides: frozenset[str]

    def may_read(self, path: str) -> bool:
        """Whether the group at this path of the release is his to read."""
        whole = path.removesuffix("*").removesuffix("/") if path.endswith("/*") else path
        return whole in (self.own if path.endswith("/*") else self.visible)

    @property
    def first(self) -> str:
        """The group his pages begin with: the whole for who sees all, else his own department."""
        return "" if "" in self.own or not self.top else self.top[0].path


class NotYet(NotReleased):
    """A round without results, and what of it the viewer may see."""

    def __init__(self, row: SurveyRound, sight: Sight) -> None:
        super().__init__(row.id)
        self.row, self.sight = row, sight


@dataclass(frozen=True)
class Results:
    """A round with results, what of it the viewer may see, and the rounds of the same survey."""

    row: SurveyRound
    sight: Sight
    standing: Standing
    released: Sequence[Released]

    @property
    def survey(self) -> Survey:
        return self.standing.survey


def sight_of(session: Session, viewer: Viewer, round_id: str) -> Sight:
    """What the viewer may see of this round, by paths of its frozen tree."""
    return _sight(viewer, rounds.tree_of(session, round_id))


def seen(session: Session, viewer: Viewer, round_id: str) -> tuple[SurveyRound, Sight]:
    """The round and what may be seen of it; for who may see nothing, it does not exist."""
    row = rounds.get(session, round_id)
    return row, _opened(viewer, row, rounds.tree_of(session, round_id))


def results_of(session: Session, viewer: Viewer, round_id: str) -> Results:
    """The round's results; for who may see nothing it does not exist. Raises NotReleased."""
    released = shelf.beside(session, viewer, round_id)
    one = next((one for one in released if one.row.id == round_id), None)
    if one is None:
        raise NotYet(*seen(session, viewer, round_id))
    standing = shelf.standing(session, one)
    return Results(one.row, _opened(viewer, one.row, standing.tree), standing, released)


def _opened(viewer: Viewer, row: SurveyRound, tree: Sequence[RoundDepartment]) -> Sight:
    sight = _sight(viewer, tree)
    if not viewer.sees_all and not sight.own:
        raise UnknownRound(row.id)
    return sight


def _sight(viewer: Viewer, tree: Sequence[RoundDepartment]) -> Sight:
    parents = {node.id: node.parent_id for node in tree}
    own = scope.own_departments(viewer, parents)
    visible = scope.visible_departments(viewer, parents)
    root = frozenset({""} if viewer.sees_all else ())
    return Sight(
        own=frozenset(node.path for node in tree if node.id in own) | root,
        visible=frozenset(node.path for node in tree if node.id in visible) | {""},
        top=tuple(node for node in tree if node.id in own and parents[node.id] not in own),
        sides=frozenset(node.side for node in tree if node.id in own and node.side is not None),
    )
