"""What of a round's results somebody may see: decided where it is loaded."""

from dataclasses import dataclass

from sqlmodel import Session

from app.access import scope
from app.access.sign_in import Viewer
from app.campaigns import rounds
from app.campaigns.models import RoundDepartment, SurveyRound
from app.campaigns.rounds import UnknownRound


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


def sight_of(session: Session, viewer: Viewer, round_id: str) -> Sight:
    """What the viewer may see of this round, by paths of its frozen tree."""
    tree = rounds.tree_of(session, round_id)
    parents = {node.id: node.parent_id for node in tree}
    own = scope.own_departments(viewer, parents)
    seen = scope.visible_departments(viewer, parents)
    root = frozenset({""} if viewer.sees_all else ())
    return Sight(
        own=frozenset(node.path for node in tree if node.id in own) | root,
        visible=frozenset(node.path for node in tree if node.id in seen) | {""},
        top=tuple(node for node in tree if node.id in own and parents[node.id] not in own),
        sides=frozenset(node.side for node in tree if node.id in own and node.side is not None),
    )


def seen(session: Session, viewer: Viewer, round_id: str) -> tuple[SurveyRound, Sight]:
    """The round and what may be seen of it; for who may see nothing, it does not exist."""
    row = rounds.get(session, round_id)
    sight = sight_of(session, viewer, round_id)
    if not viewer.sees_all and not sight.own:
        raise UnknownRound(round_id)
    return row, sight
