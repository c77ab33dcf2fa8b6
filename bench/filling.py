"""A round in which a great many have answered: their ballots as they would lie, put in at once."""

import secrets
from collections.abc import Iterator
from datetime import timedelta

import numpy as np
from sqlalchemy import Connection, bindparam, insert, update
from sqlmodel import col, select

from app.campaigns import audience
from app.campaigns.rounds import RoundPlan
from app.kit.clock import now
from app.kit.runtime import Runtime
from app.people.models import Department, Employee
from app.responses import packing, submission, trays
from app.responses.models import Block, Box, Spent, Tray
from app.surveys import library
from app.surveys.coding import Layout

SURVEY = "sales_marketing_alignment"
AT_ONCE = 2_000
SIDES = ("Sales", "Marketing")
SCALE = 5


def staffed(runtime: Runtime, departments: int, people: int) -> None:
    """So many departments of so many people each, half of them on each side."""
    with runtime.database.writing() as session:
        if not runtime.database.embedded:
            idle = "SET LOCAL idle_in_transaction_session_timeout = 0"
            session.connection().exec_driver_sql(idle)
        session.add_all(_department(side) for side in SIDES)
        session.flush()
        names = [f"{SIDES[n % 2]}/Team {n:03}" for n in range(departments)]
        session.add_all(_department(name) for name in names)
        session.flush()
        rows = (
            {
                "id": f"e{n}",
                "employee_id": str(n),
                "name": "",
                "email": f"p{n}@bench.example",
                "department_id": names[n % departments],
                "manager_id": "",
                "language": "en",
                "attributes": "{}",
                "added_at": now(),
            }
            for n in range(departments * people)
        )
        for some in _some(rows, 10_000):
            session.connection().execute(insert(Employee), some)


def launched(runtime: Runtime, survey_key: str = SURVEY, *, row_export: bool = False) -> str:
    """A round of everybody."""
    survey = library.template(survey_key)
    with runtime.database.writing() as session:
        if not runtime.database.embedded:
            idle = "SET LOCAL idle_in_transaction_session_timeout = 0"
            session.connection().exec_driver_sql(idle)
        chosen = audience.choose(session, survey, [], {})
        plan = RoundPlan(
            survey=survey,
            name="Bench",
            audience=chosen,
            closes_at=now() + timedelta(days=1),
            row_export=row_export,
        )
        return submission.launch(session, runtime.keyring, plan, "bench", 5).id


def filled(runtime: Runtime, round_id: str, ballots: int, survey_key: str = SURVEY) -> None:
    """So many more ballots in blocks, spread evenly over the boxes, each with a spent link."""
    size = Layout.of(library.template(survey_key)).size
    with runtime.database.engine.begin() as connection:
        key = trays.keys(connection, runtime.keyring, {round_id})[round_id]
        boxes = list(connection.scalars(select(col(Box.id)).where(col(Box.round_id) == round_id)))
        # No more in a box than it has people.
        many = max(1, min(packing.BLOCK, ballots // len(boxes)))
        blocks = ballots // many
        for start in range(0, blocks, AT_ONCE):
            some = range(start, min(start + AT_ONCE, blocks))
            _put(connection, key, round_id, [boxes[n % len(boxes)] for n in some], size, many)
        given = dict.fromkeys(boxes, 0)
        for n in range(blocks):
            given[boxes[n % len(boxes)]] += many
        connection.execute(
            _GIVEN, [{"in_round": round_id, "in_box": box, "new": n} for box, n in given.items()]
        )
    runtime.database.compact(["ballot_block", "spent"])


def _department(path: str) -> Department:
    above, _, name = path.rpartition("/")
    return Department(
        id=path, parent_id=above or None, name=name or path, folded_path=path.casefold()
    )


def _put(
    connection: Connection, key: bytes, round_id: str, boxes: list[str], size: int, many: int
) -> None:
    chance = np.random.default_rng()
    rows, used = [], []
    for box_id in boxes:
        codes = chance.integers(0, SCALE, (many, size), dtype=np.uint8)
        marks = secrets.token_bytes(many * packing.RECEIPT_BYTES)
        records = [
            one.tobytes() + marks[n * packing.RECEIPT_BYTES : (n + 1) * packing.RECEIPT_BYTES]
            for n, one in enumerate(codes)
        ]
        content = packing.BALLOTS.pack(records, packing.BLOCK, size + packing.RECEIPT_BYTES)
        sealed = trays.sealed_row(key, (round_id, box_id, trays.BALLOTS), content)
        rows.append({**sealed, "id": secrets.token_hex(11)})
        used += [
            {"round_id": round_id, "token_hash": secrets.token_bytes(32), "box_id": box_id}
            for _ in records
        ]
    connection.execute(insert(Block), rows)
    connection.execute(insert(Spent), used)


_TRAYS = Tray.__table__  # type: ignore[attr-defined]
_GIVEN = (
    update(_TRAYS)
    .where(
        _TRAYS.c.round_id == bindparam("in_round"),
        _TRAYS.c.box_id == bindparam("in_box"),
        _TRAYS.c.stream == trays.BALLOTS,
    )
    .values(given=_TRAYS.c.given + bindparam("new"))
)


def _some(rows: Iterator[dict[str, object]], many: int) -> Iterator[list[dict[str, object]]]:
    taken: list[dict[str, object]] = []
    for row in rows:
        taken.append(row)
        if len(taken) == many:
            yield taken
            taken = []
    if taken:
        yield taken
