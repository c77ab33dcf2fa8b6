"""Which box a ballot goes to: one of its department's, by lot."""

import secrets
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select
from sqlmodel import col

from app.responses.models import Box
from app.responses.trays import RoundGone

# A round, and a leaf department of it.
Place = tuple[str, str]
# Of so many a process remembers; more than a million people have.
REMEMBERED = 20_000


class Boxes:
    """The boxes that were drawn before: they stay as the launch made them, and are read once.

    Of their rounds nothing is remembered that may be destroyed: a box is a random name.
    """

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str, int], str] = {}
        self._many: dict[Place, int] = {}

    def drawn(self, connection: Connection, places: Sequence[Place]) -> list[str]:
        """A box for each ballot; however many ballots or boxes there are, few rows are read.

        Raises RoundGone.
        """
        if len(self._ids) > REMEMBERED:
            self._ids, self._many = {}, {}
        self._count(connection, {place for place in places if place not in self._many})
        numbers = [(*place, secrets.randbelow(self._many[place])) for place in places]
        for round_id, department_id, number in {one for one in numbers if one not in self._ids}:
            given = {"round": round_id, "department": department_id, "number": number}
            found = connection.execute(_BOX, given).scalar_one()
            self._ids[round_id, department_id, number] = found
        return [self._ids[one] for one in numbers]

    def _count(self, connection: Connection, places: set[Place]) -> None:
        if not places:
            return
        wanted = {
            "rounds": sorted({round_id for round_id, _ in places}),
            "departments": sorted({department_id for _, department_id in places}),
        }
        for row in connection.execute(_FIRST_BOXES, wanted):
            self._many[row.round_id, row.department_id] = row.boxes
            self._ids[row.round_id, row.department_id, 0] = row.id
        if gone := places - self._many.keys():
            raise RoundGone(", ".join(sorted(round_id for round_id, _ in gone)))


# Statements of the hot path are built once: building one costs more than running it.
_FIRST_BOXES = select(col(Box.round_id), col(Box.department_id), col(Box.id), col(Box.boxes)).where(
    col(Box.round_id).in_(bindparam("rounds", expanding=True)),
    col(Box.department_id).in_(bindparam("departments", expanding=True)),
    col(Box.number) == 0,
)
_BOX = select(col(Box.id)).where(
    col(Box.round_id) == bindparam("round"),
    col(Box.department_id) == bindparam("department"),
    col(Box.number) == bindparam("number"),
)
