"""The people: read by pages, and brought up to date in one go by the rules of the people file."""

import csv
import io
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.audit import log
from app.people import directory, importing
from app.people import plan as planning
from app.people.directory import Person
from app.people.problems import ImportRefused, TooManyDeactivated
from app.people.tree import Tree
from app.web.api import paging, replies
from app.web.api.caller import HrCaller
from app.web.api.paging import Cursor, Limit
from app.web.api.problems import Refused
from app.web.api.replies import IdempotencyKey
from app.web.api.values import Body, Text
from app.web.dependencies import DbSession, ReadSession, TheSite

router = APIRouter(tags=["people"])

FIELDS = (
    "employee_id",
    "name",
    "email",
    "department",
    "department_code",
    "manager_id",
    "language",
    "location",
    "level",
    "start_date",
)
MOST = 2_000
# The header is row 1 of a file, so the first person is row 2.
FIRST_ROW = 2


class PersonIn(Body):
    """One person; a field that nobody gives stays as it is."""

    employee_id: Text
    department: Text
    name: Text | None = None
    email: Text | None = None
    department_code: Text | None = None
    manager_id: Text | None = None
    language: Text | None = None
    location: Text | None = None
    level: Text | None = None
    start_date: Text | None = None


class Batch(Body):
    """People to add or change; with `full` who is absent is deactivated."""

    people: Annotated[list[PersonIn], Field(max_length=MOST)]
    full: bool = False
    deactivate: Annotated[int | None, Field(ge=0, le=1_000_000)] = None
    dry_run: bool = False


@router.get("/people")
def list_people(
    request: Request,
    _: HrCaller,
    site: TheSite,
    session: ReadSession,
    search: Text = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Response:
    """Active people by name, of all or of a search in names, addresses and ids."""
    place = paging.place_of(site, f"people {search}", cursor)
    found = directory.find(session, search, None, place, limit)
    tree = Tree.read(session)

    def told(one: Person) -> dict[str, Any]:
        return {
            "employee_id": one.employee_id,
            "name": one.name,
            "email": one.email,
            "department": tree[one.department_id].path_text,
            "language": one.language,
            **one.attributes,
        }

    content = paging.page(site, f"people {search}", found.people, place, found.total, told)
    return replies.tagged(request, content)


@router.put("/people")
def put_people(
    request: Request, caller: HrCaller, session: DbSession, batch: Batch, key: IdempotencyKey = None
) -> Response:
    """Add and change people by the rules of the people file; bad ones are left out and named.

    `errors` name the place in `people`, counted from 0.
    """

    def do() -> dict[str, Any]:
        try:
            plan = planning.plan(session, _file(batch), full=batch.full)
            if not batch.dry_run:
                importing.apply(session, plan, deactivate=batch.deactivate)
                log.record(
                    session,
                    caller.account_id,
                    "people.imported",
                    "people",
                    new=plan.new,
                    changed=plan.changed,
                    moved=plan.moved,
                    deactivated=plan.deactivated,
                )
        except (ImportRefused, TooManyDeactivated) as refusal:
            raise Refused(409, str(refusal)) from None
        told: dict[str, Any] = dict(importing.as_json(plan))
        told["errors"] = [placed(error) for error in told["errors"]]
        return told

    return replies.once(session, request, caller, key, do)


def placed(error: dict[str, Any]) -> dict[str, Any]:
    """What is wrong, by its place in the batch instead of the row of a file."""
    return {"index": error["row"] - FIRST_ROW} | {k: v for k, v in error.items() if k != "row"}


def _file(batch: Batch) -> bytes:
    """The batch as a people file of the columns that anybody in it gives."""
    rows = [one.model_dump(exclude_unset=True) for one in batch.people]
    columns = [name for name in FIELDS if any(name in row for row in rows)]
    columns = columns or ["employee_id", "department"]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows([{k: v or "" for k, v in row.items()} for row in rows])
    return text.getvalue().encode()
