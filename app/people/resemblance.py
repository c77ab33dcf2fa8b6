"""Departments a file brings, and whether each looks like one that it no longer names."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from app.people.known import Known, Unit
from app.people.settling import Settled
from app.people.tree import folded

# Below this, two names under one parent are two names.
ALIKE = 0.75
# Comparing every new name with every vanished one is for reorganisations, not for first imports.
MOST_COMPARED = 10_000


@dataclass(frozen=True)
class NewDepartment:
    """A department that the file brings, with the path it may be the new name of."""

    path: str
    code: str | None
    people: int
    resembles: str | None


def new_departments(settled: Settled, known: Known) -> tuple[NewDepartment, ...]:
    """The new ones from the top down; for one that resembles a vanished one the import asks."""
    existing = {unit.id for unit in known.units}
    units = settled.arrangement.units
    new = [unit for unit in units if unit.id not in existing]
    if not new:
        return ()
    paths = settled.arrangement.paths()
    people = Counter(settled.arrangement.ids[row.path] for row in settled.rows.values())
    likely = _likely(new, settled, known)
    return tuple(
        NewDepartment(
            path=paths[unit.id],
            code=unit.code,
            people=people[unit.id],
            resembles=paths[likely[unit.id]] if unit.id in likely else None,
        )
        for unit in new
    )


def _likely(new: list[Unit], settled: Settled, known: Known) -> dict[str, str]:
    """For new units, the vanished unit each is most likely to be."""
    vanished = _vanished(settled, known)
    found = _by_people({unit.id for unit in new}, set(vanished), settled, known)
    if len(new) * len(vanished) <= MOST_COMPARED:
        for unit in new:
            similar = _by_name(unit, vanished)
            if similar is not None:
                found.setdefault(unit.id, similar)
    return found


def _vanished(settled: Settled, known: Known) -> dict[str, Unit]:
    """Units that are neither named by the file nor above one that is."""
    named: set[str | None] = set(settled.arrangement.ids.values())
    for unit in reversed(settled.arrangement.units):
        if unit.id in named:
            named.add(unit.parent_id)
    return {unit.id: unit for unit in known.units if unit.id not in named}


def _by_people(new: set[str], vanished: set[str], settled: Settled, known: Known) -> dict[str, str]:
    """Where at least half of those who are in the file went from one to the other."""
    gone: Counter[tuple[str, str]] = Counter()
    left: Counter[str] = Counter()
    for row in settled.rows.values():
        before = known.people.get(row.employee_id)
        if before is not None and before.department_id in vanished:
            left[before.department_id] += 1
            gone[settled.arrangement.ids[row.path], before.department_id] += 1
    most = (pair for pair, count in gone.most_common() if count * 2 >= left[pair[1]])
    found: dict[str, str] = {}
    for after, before_id in most:
        if after in new:
            found.setdefault(after, before_id)
    return found


def _by_name(unit: Unit, vanished: Mapping[str, Unit]) -> str | None:
    siblings = [other for other in vanished.values() if other.parent_id == unit.parent_id]
    ratios = [(_ratio(unit.name, other.name), other.id) for other in siblings]
    best = max(ratios, default=(0.0, ""))
    return best[1] if best[0] >= ALIKE else None


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, folded(one), folded(other)).ratio()
