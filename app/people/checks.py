"""What can only be wrong among people: an address somebody has, exchanged ids, managers in a circle."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.people.known import Known
from app.people.problems import Values, shown
from app.people.rows import Row

LONGEST_LOOP_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row that is right by itself must be left out."""

    row: Row
    column: str
    value: str
    key: str
    values: Values = ()


def swapped_ids(rows: Mapping[str, Row], known: Known) -> Iterator[Problem]:
    """Two people who would get each other's address: far more often a mixed-up id column."""
    held = {
        p.employee_id: p.email.casefold() for p in known.people.values() if p.active and p.email
    }
    owners = {email: employee_id for employee_id, email in held.items()}
    for row in rows.values():
        other = rows.get(owners.get((row.email or "").casefold(), ""))
        if other is None or other is row or row.employee_id not in held:
            continue
        if (other.email or "").casefold() == held[row.employee_id]:
            first, second = sorted((row, other), key=lambda one: one.number)
            ids = (("first", first.employee_id), ("second", second.employee_id))
            yield Problem(row, "employee_id", row.employee_id, "ids_swapped", ids)


def taken_emails(
    rows: Mapping[str, Row], known: Known, absent: frozenset[str]
) -> Iterator[Problem]:
    """Rows whose address an active person keeps; who is `absent` keeps nothing."""
    stored = {
        person.employee_id: person.email.casefold()
        for person in known.people.values()
        if person.active and person.email and person.employee_id not in absent
    }
    holders = {email: one for one, email in stored.items() if one not in rows}
    wanted: dict[str, Row] = {}
    waiting: list[tuple[Row, str]] = []
    for row in rows.values():
        email = _email(row, known).casefold()
        first = wanted.setdefault(email, row) if email else row
        other = holders.get(email, first.employee_id)
        if other != row.employee_id:
            waiting.append((row, other))
    # A row left out leaves its person the address he has, and another row may want that one:
    # where a whole column has slipped by one row, this goes on to the top of the file.
    while waiting:
        row, other = waiting.pop()
        yield Problem(row, "email", _email(row, known), "email_taken", (("other", other),))
        kept = stored.get(row.employee_id)
        follower = wanted.pop(kept, None) if kept else None
        if follower is not None and follower is not row:
            waiting.append((follower, row.employee_id))


def manager_loops(rows: Mapping[str, Row], known: Known) -> Iterator[Problem]:
    """Rows that put somebody above themselves; a circle from before the file is not its fault."""
    above = {person.employee_id: person.manager_id for person in known.people.values()}
    given = {row.employee_id: row.manager for row in rows.values() if row.manager is not None}
    above |= given
    for loop in _loops(above):
        for employee_id in loop:
            if employee_id in given:
                yield _loop_problem(rows[employee_id], loop)


def _email(row: Row, known: Known) -> str:
    if row.email is not None:
        return row.email
    person = known.people.get(row.employee_id)
    return person.email if person else ""


def _loop_problem(row: Row, loop: list[str]) -> Problem:
    if len(loop) == 1:
        return Problem(row, "manager_id", row.manager or "", "manager_self")
    named = loop if len(loop) <= LONGEST_LOOP_SHOWN else [*loop[:LONGEST_LOOP_SHOWN], "…"]
    text = " > ".join([*named, loop[0]])
    return Problem(row, "manager_id", shown(row.manager or ""), "manager_loop", (("loop", text),))


def _loops(above: Mapping[str, str]) -> Iterator[list[str]]:
    """Each circle of the managers once; everybody is visited once."""
    seen: dict[str, int] = {}
    for walk, start in enumerate(above):
        path = []
        person = start
        while person in above and person not in seen:
            seen[person] = walk
            path.append(person)
            person = above[person]
        if seen.get(person) == walk and person in path:
            yield path[path.index(person) :]
