"""Breakdowns: which box a person's ballot goes to besides the department, and what that costs.

A ballot carries nothing of a person but the box it lies in. So a box is made for the people of a
department who have the declared attributes in common, only where they are ten or more; everybody
else of the department, and whoever answers by a slip, shares its own box, ten or more as well, and
is not counted there.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.campaigns.audience import Asked, Audience, AudienceRefused, Cell
from app.kit.language import Language

LOCATION, LEVEL, TENURE = "location", "level", "tenure"
ATTRIBUTES = (LOCATION, LEVEL, TENURE)
SMALLEST_BOX = 10
# Years in the company at which a band of tenure begins, and how it is written.
BANDS = ((10, "10+"), (3, "3-10"), (1, "1-3"), (0, "0-1"))

Values = tuple[str, ...]


@dataclass(frozen=True)
class Price:
    """One breakdown of a planned round: each value's people in boxes, out of all who have it."""

    attribute: str
    values: tuple[tuple[str, int, int], ...]

    @property
    def counted(self) -> int:
        return sum(counted for _, counted, _ in self.values)


def boxed(audience: Audience, breakdowns: Sequence[str], today: date) -> Audience:
    """The audience with a box for each department and cell that is large enough.

    Raises AudienceRefused where an attribute is none, or nobody has it.
    """
    wanted = tuple(one for one in ATTRIBUTES if one in breakdowns)
    for one in breakdowns:
        if one not in ATTRIBUTES:
            raise AudienceRefused(
                "there is no breakdown by %(given)s; choose %(offered)s",
                given=one,
                offered=" / ".join(ATTRIBUTES),
                field="breakdowns",
            )
    if not wanted:
        return audience
    values = _values(audience.people, wanted, today)
    for place, one in enumerate(wanted):
        if not any(some[place] for some in values.values()):
            raise AudienceRefused(
                "the people file says %(attribute)s of nobody who is asked: leave that breakdown "
                "out, or import it first",
                attribute=one,
                field="breakdowns",
            )
    reachable = audience.answering()
    cells = [
        cell
        for some in _by_department(audience).values()
        for cell in _cells(some, values, reachable)
    ]
    of = {person: cell.id for cell, people in cells for person in people}
    people = tuple(replace(one, cell=of.get(one.employee_id)) for one in audience.people)
    return replace(
        audience, people=people, cells=tuple(cell for cell, _ in cells), breakdowns=wanted
    )


def prices(audience: Audience, today: date) -> tuple[Price, ...]:
    """What each declared breakdown would count, and of how many."""
    values = _values(audience.people, audience.breakdowns, today)
    found = []
    for place, attribute in enumerate(audience.breakdowns):
        have: dict[str, int] = {}
        counted: dict[str, int] = {}
        for person in audience.people:
            value = values[person.employee_id][place]
            if value:
                have[value] = have.get(value, 0) + 1
                counted[value] = counted.get(value, 0) + (person.cell is not None)
        found.append(
            Price(attribute, tuple((one, counted[one], n) for one, n in sorted(have.items())))
        )
    return tuple(found)


def named(attribute: str, reader: Language) -> str:
    """An attribute in words, as it stands in a sentence."""
    return {
        LOCATION: reader.text("place of work"),
        LEVEL: reader.text("level"),
        TENURE: reader.text("time in the company"),
    }[attribute]


def value_named(attribute: str, value: str, reader: Language) -> str:
    """A value in words: of a band of tenure what it means, of others what the file says."""
    if attribute != TENURE:
        return value
    return {
        "0-1": reader.text("less than 1 year"),
        "1-3": reader.text("1 year to less than 3"),
        "3-10": reader.text("3 years to less than 10"),
        "10+": reader.text("10 years or more"),
    }[value]


def _by_department(audience: Audience) -> Mapping[str, list[Asked]]:
    found: dict[str, list[Asked]] = {}
    for person in audience.people:
        found.setdefault(person.department_id, []).append(person)
    return found


def _cells(
    people: Sequence[Asked], values: Mapping[str, Values], reachable: frozenset[str]
) -> Iterator[tuple[Cell, list[str]]]:
    """The boxes of one department; the smallest is given up while the others are too few."""
    by_values: dict[Values, list[str]] = {}
    # A slip says a department and nothing else, so who gets one is in no cell.
    for person in people:
        if not person.email:
            continue
        by_values.setdefault(values[person.employee_id], []).append(person.employee_id)

    def size(some: Sequence[str]) -> int:
        return len(reachable.intersection(some))

    large = {
        one: some for one, some in by_values.items() if any(one) and size(some) >= SMALLEST_BOX
    }
    everybody = size([person.employee_id for person in people])
    while large and 0 < everybody - sum(map(size, large.values())) < SMALLEST_BOX:
        large.pop(min(large, key=lambda one: (size(large[one]), one)))
    department = people[0].department_id
    for one, some in sorted(large.items()):
        yield Cell(_cell_id(department, one), department, one, len(some), size(some)), some


def _values(
    people: Sequence[Asked], attributes: Sequence[str], today: date
) -> Mapping[str, Values]:
    """Everybody's values; what is written in several ways is one, as it was first written."""
    spelled: dict[tuple[str, str], str] = {}
    found = {}
    for person in people:
        given = json.loads(person.attributes)
        some = []
        for attribute in attributes:
            value = _value(given, attribute, today)
            some.append(spelled.setdefault((attribute, value.casefold()), value))
        found[person.employee_id] = tuple(some)
    return found


def _value(given: Mapping[str, str], attribute: str, today: date) -> str:
    if attribute != TENURE:
        return " ".join(str(given.get(attribute, "")).split())
    try:
        since = date.fromisoformat(str(given.get("start_date", "")))
    except ValueError:
        return ""
    years = today.year - since.year - ((today.month, today.day) < (since.month, since.day))
    return next((band for start, band in BANDS if years >= start), "")


def _cell_id(department_id: str, values: Values) -> str:
    return hashlib.sha256("\n".join((department_id, *values)).encode()).hexdigest()[:22]
