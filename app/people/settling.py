"""Which rows of a file hold together, and the tree that they make."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from app.people import checks, units
from app.people.checks import Problem
from app.people.known import Known
from app.people.problems import shown
from app.people.rows import Errors, Row, Rows
from app.people.units import Arrangement, Wanted

_CODE = "department_code"


@dataclass(frozen=True)
class Settled:
    """The rows that will be imported by employee id, and where their departments stand."""

    rows: Mapping[str, Row]
    arrangement: Arrangement


def settle(
    found: Rows, known: Known, errors: Errors, renames: Mapping[str, str], absent: frozenset[str]
) -> Settled:
    """Leave out rows until the rest contradict neither each other nor what stays as it is.

    A row that is left out leaves its person as he was, and that can be what another row runs
    into; so the checks are repeated until they find nothing. Each turn has fewer rows.
    """
    rows = {row.employee_id: row for row in _with_managers(found, known, errors)}
    while True:
        arrangement = units.arrange(known.units, wanted(rows.values()), renames)
        problems = [
            *checks.swapped_ids(rows, known),
            *checks.taken_emails(rows, known, absent),
            *checks.manager_loops(rows, known),
            *_codes(rows.values(), arrangement),
        ]
        if not problems:
            return Settled(rows, arrangement)
        for one in problems:
            if rows.pop(one.row.employee_id, None):
                errors.add(one.row.number, one.column, one.value, one.key, one.values)


def wanted(rows: Iterable[Row]) -> list[Wanted]:
    """Each department of the rows once, in the order of the file, with its code if any row has it."""
    found: dict[str, Wanted] = {}
    for row in rows:
        one = found.get(row.path)
        if one is None:
            found[row.path] = Wanted(row.path, row.department, row.department_code)
        elif row.department_code and not one.code:
            found[row.path] = replace(one, code=row.department_code)
    return list(found.values())


def _with_managers(found: Rows, known: Known, errors: Errors) -> Iterator[Row]:
    """The rows with their managers as employee ids, also where the file has addresses."""
    by_email = {p.email.casefold(): p.employee_id for p in known.people.values() if p.active}
    by_email |= {row.email.casefold(): row.employee_id for row in found.good if row.email}
    for row in found.good:
        if not row.manager:
            yield row
            continue
        manager = by_email.get(row.manager.casefold(), row.manager)
        if manager in found.mentioned or manager in known.people:
            yield row if manager == row.manager else row._replace(manager=manager)
        else:
            # One missing manager must not keep a whole team out of a survey.
            errors.add(row.number, "manager_id", row.manager, "manager_unknown", left_out=False)
            yield row._replace(manager=None)


def _codes(rows: Iterable[Row], arrangement: Arrangement) -> Iterator[Problem]:
    for row in rows:
        if not row.department_code:
            continue
        path = ("path", shown(row.department))
        if row.path in arrangement.taken:
            values = (("known", shown(arrangement.taken[row.path])), path)
            yield Problem(row, _CODE, row.department_code, "code_taken", values)
        elif row.path in arrangement.kept:
            values = (("code", arrangement.kept[row.path]), path)
            yield Problem(row, _CODE, row.department_code, "code_kept", values)
