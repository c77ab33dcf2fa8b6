"""Where every department will stand after an import: new ones, renamed ones and the rest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.kit.tokens import random_token
from app.people.known import Unit
from app.people.tree import SEPARATOR, folded


@dataclass(frozen=True, slots=True)
class Wanted:
    """A department that rows of the file name, as the first of them writes it."""

    path: str
    department: str
    code: str

    @property
    def levels(self) -> list[str]:
        return self.department.split(SEPARATOR)


@dataclass(frozen=True)
class Arrangement:
    """Every unit as it will be (parents first), which one each wanted path is, and the paths that cannot be."""

    units: tuple[Unit, ...]
    ids: Mapping[str, str]
    # The paths before and after of the units that will be elsewhere or called otherwise.
    renamed: tuple[tuple[str, str], ...]
    # Wanted paths whose code belongs to a unit that cannot come there, with that unit's path.
    taken: Mapping[str, str]
    # Wanted paths of such a unit itself with another code than its own, with the code it keeps.
    kept: Mapping[str, str]

    def paths(self) -> dict[str, str]:
        """The path of each unit as people read it."""
        found: dict[str, str] = {}
        for unit in self.units:
            above = found.get(unit.parent_id or "")
            found[unit.id] = f"{above}{SEPARATOR}{unit.name}" if above else unit.name
        return found


def arrange(
    units: Iterable[Unit], wanted: Sequence[Wanted], renames: Mapping[str, str]
) -> Arrangement:
    """Put every wanted path into the tree; `renames` says which unit (by id) a new path is."""
    units = tuple(units)
    before = _Draft.of(units)
    refused: dict[str, str] = {}
    while True:
        draft = _Draft.of(units)
        draft.show_as(wanted)
        moves = _moves(draft, [one for one in wanted if one.path not in refused], renames)
        conflicts = _move(draft, moves)
        if not conflicts:
            break
        # What cannot move stays, and may be in the way of what would have taken its place.
        refused |= conflicts
    if refused:
        taken = {path: before.path_text(unit_id) for path, unit_id in refused.items()}
        return Arrangement((), {}, (), taken, _kept(draft, wanted, refused))
    ids = {}
    for one in wanted:
        ids[one.path] = draft.at(one.levels)
        draft.codes[ids[one.path]] = one.code or draft.codes[ids[one.path]]
    paths = ((before.path_text(unit_id), draft.path_text(unit_id)) for unit_id in moves)
    return Arrangement(draft.units(), ids, tuple(p for p in paths if p[0] != p[1]), {}, {})


def _moves(
    draft: "_Draft", wanted: Sequence[Wanted], renames: Mapping[str, str]
) -> dict[str, Wanted]:
    """Units whose place the file says: by a known code, or because a person said so.

    One that is in its place already is among them: what is above it may leave.
    """
    by_code = {code: unit_id for unit_id, code in draft.codes.items() if code}
    coded = {by_code[one.code]: one for one in wanted if one.code in by_code}
    moves = dict(coded)
    for one in wanted:
        unit_id = renames.get(one.path)
        if unit_id is None or unit_id in coded or one.code in by_code:
            continue
        if unit_id in draft.names and draft.find(one.levels) is None:
            moves[unit_id] = one
    return moves


def _move(draft: "_Draft", moves: Mapping[str, Wanted]) -> dict[str, str]:
    """Move the units; the paths where another stands, with the unit that cannot come there."""
    # All leave their places before any arrives, so that two units can exchange their names.
    for unit_id in moves:
        draft.detach(unit_id)
    conflicts = {}
    # From the top down, so that a unit finds its new parent already in place.
    for unit_id, one in sorted(moves.items(), key=lambda move: len(move[1].levels)):
        *above, _ = one.levels
        parent_id = draft.at(above) if above else None
        if not draft.attach(unit_id, parent_id, one):
            conflicts[one.path] = unit_id
    return conflicts


def _kept(draft: "_Draft", wanted: Iterable[Wanted], refused: Mapping[str, str]) -> dict[str, str]:
    # Were its code taken from a unit that could not move, the next import would see the refused
    # code as an unknown one and do something else than this one.
    units = set(refused.values())
    kept = {}
    for one in wanted:
        unit_id = draft.find(one.levels)
        code = draft.codes[unit_id] if unit_id in units else None
        if code and one.code and one.path not in refused:
            kept[one.path] = code
    return kept


@dataclass
class _Draft:
    """The tree while it is rearranged; a slot is a name under a parent."""

    parents: dict[str, str | None] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str | None] = field(default_factory=dict)
    slots: dict[tuple[str | None, str], str] = field(default_factory=dict)
    spellings: dict[tuple[str, ...], str] = field(default_factory=dict)

    @classmethod
    def of(cls, units: Iterable[Unit]) -> "_Draft":
        draft = cls()
        for unit in units:
            draft.put(unit.id, unit.parent_id, unit.name)
            draft.codes[unit.id] = unit.code
        return draft

    def put(self, unit_id: str, parent_id: str | None, name: str) -> None:
        self.parents[unit_id] = parent_id
        self.names[unit_id] = name
        self.codes.setdefault(unit_id, None)
        self.slots[parent_id, folded(name)] = unit_id

    def show_as(self, wanted: Iterable[Wanted]) -> None:
        """Every level is written as the first row that names it does."""
        for one in wanted:
            key: tuple[str, ...] = ()
            for level in one.levels:
                key = (*key, folded(level))
                self.spellings.setdefault(key, level)

    def detach(self, unit_id: str) -> None:
        del self.slots[self.parents[unit_id], folded(self.names[unit_id])]

    def attach(self, unit_id: str, parent_id: str | None, one: Wanted) -> bool:
        """Whether its new place was free."""
        name = self.names[unit_id]
        if folded(name) != folded(one.levels[-1]):
            name = self.spellings[tuple(folded(level) for level in one.levels)]
        if (parent_id, folded(name)) in self.slots:
            return False
        self.put(unit_id, parent_id, name)
        return True

    def at(self, levels: Sequence[str]) -> str:
        """The unit at this path; what is missing on the way is made."""
        parent_id: str | None = None
        key: tuple[str, ...] = ()
        for level in levels:
            key = (*key, folded(level))
            found = self.slots.get((parent_id, key[-1]))
            if found is None:
                found = random_token()
                self.put(found, parent_id, self.spellings[key])
            parent_id = found
        assert parent_id is not None
        return parent_id

    def find(self, levels: Iterable[str]) -> str | None:
        found: str | None = None
        for level in levels:
            found = self.slots.get((found, folded(level)))
            if found is None:
                return None
        return found

    def path(self, unit_id: str) -> list[str]:
        names: list[str] = []
        above: str | None = unit_id
        while above is not None:
            names.append(self.names[above])
            above = self.parents[above]
        return names[::-1]

    def path_text(self, unit_id: str) -> str:
        return SEPARATOR.join(self.path(unit_id))

    def folded_path(self, unit_id: str) -> str:
        return SEPARATOR.join(folded(name) for name in self.path(unit_id))

    def units(self) -> tuple[Unit, ...]:
        """Every unit as it stands; each after its parent."""
        made = sorted(self.names, key=lambda unit_id: len(self.path(unit_id)))
        return tuple(
            Unit(
                unit_id,
                self.parents[unit_id],
                self.names[unit_id],
                self.codes[unit_id],
                self.folded_path(unit_id),
            )
            for unit_id in made
        )
