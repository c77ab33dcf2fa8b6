"""The people pages: who is here, and importing a file once its preview has been looked at."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from sqlmodel import Session, col, func, select
from starlette.datastructures import UploadFile

from app.access.sign_in import Viewer
from app.audit import log
from app.kit import csv
from app.kit.language import Language
from app.people import directory, importing, uploads
from app.people.importing import ImportPlan, ImportRefused, PlanOutdated
from app.people.models import Employee
from app.people.problems import RowError, shown
from app.people.resemblance import NewDepartment
from app.people.tree import Node, Tree
from app.people.uploads import Upload
from app.web.dependencies import DbSession, Hr, ReadSession, Site, Staff, TheSite, see_other
from app.web.forms import Fields

router = APIRouter()

PAGE_SIZE = 50
ROWS_SHOWN = 50
EXAMPLE = (
    "employee_id",
    "name",
    "email",
    "department",
    "department_code",
    "manager_id",
    "language",
)
PARTIAL, FULL = "partial", "full"


@dataclass(frozen=True)
class Counted:
    """A department with the people directly in it, and those together with all below."""

    node: Node
    direct: int
    people: int


@dataclass(frozen=True)
class Sent:
    """A form with files, read whole: its fields, and each file's field, name and content."""

    pairs: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str, bytes], ...]


@dataclass(frozen=True)
class Looked:
    """A kept file and what importing it now would do."""

    upload: Upload
    plan: ImportPlan

    @property
    def good(self) -> int:
        """The people of the file who will be as it says."""
        return self.plan.new + self.plan.changed + self.plan.moved + self.plan.same

    @property
    def changes_nothing(self) -> bool:
        return not self.plan.changes and set(self.plan.units) == set(self.plan.known.units)

    @property
    def asked(self) -> dict[str, NewDepartment]:
        """The form's fields that ask "renamed or new?", each with its department."""
        alike = [one for one in self.plan.new_departments if one.resembles]
        return {f"department-{number}": one for number, one in enumerate(alike, start=1)}

    @property
    def fingerprint(self) -> str:
        """The same as long as the preview would say the same."""
        changes = [(one.kind, one.after.employee_id, one.before) for one in self.plan.changes]
        said = (changes, self.plan.errors, self.plan.new_departments, self.plan.renamed_departments)
        return sha256(repr(said).encode("utf-8", "replace")).hexdigest()


@router.get("/people")
def index(request: Request, _: Hr, page: Staff, session: ReadSession) -> HTMLResponse:
    """Who works here, and in which departments."""
    query = request.query_params
    tree = Tree.read(session)
    text = query.get("q", "")[:100]
    department = query.get("department", "")
    department = department if department in tree else ""
    inactive = query.get("left") == "yes"

    def found(number: int) -> directory.Page:
        offset = (number - 1) * PAGE_SIZE
        return directory.find(
            session, text, department or None, offset, PAGE_SIZE, inactive=inactive
        )

    number = _page_number(query.get("page", ""))
    people = found(number)
    pages = max(1, -(-people.total // PAGE_SIZE))
    if number > pages:
        number, people = pages, found(pages)
    kept = {"q": text, "department": department, "left": "yes" if inactive else ""}
    filters = {name: value for name, value in kept.items() if value}
    return page(
        "people/index.html",
        people=people.people,
        found=people.total,
        active=directory.people_count(session),
        tree=tree,
        departments=_head_counts(session, tree),
        filters=filters,
        number=number,
        pages=pages,
        link=lambda other: "/people?" + urlencode({**filters, "page": other}),
        imported=_last_import(session) if query.get("imported") else None,
    )


@router.get("/people/import")
def choose(_: Hr, page: Staff) -> HTMLResponse:
    """Where to choose a file."""
    return _upload_form(page)


@router.get("/people/import/example.csv")
def example(_: Hr) -> Response:
    """A file with the names of the columns, to be filled in."""
    return _download(csv.write(EXAMPLE, (), excel=True), "people.csv")


async def _sent(request: Request) -> Sent:
    async with request.form(max_files=10, max_fields=20) as form:
        # A form without its enctype, or a program, sends a file's field as text: no file was chosen.
        pairs = [
            (name, value)
            for name, value in form.multi_items()
            if isinstance(value, str) and name != "file"
        ]
        files = [
            (name, shown(value.filename or ""), await value.read())
            for name, value in form.multi_items()
            if isinstance(value, UploadFile)
        ]
    return Sent(tuple(pairs), tuple(files))


@router.post("/people/import")
def upload(
    viewer: Hr,
    page: Staff,
    site: TheSite,
    session: DbSession,
    sent: Annotated[Sent, Depends(_sent)],
) -> Response:
    """Keep the file until its preview is confirmed; nothing of the people is saved."""
    fields = Fields(sent.pairs, page.language)
    mode = fields.choice("mode", (PARTIAL, FULL))
    name, content = _one_file(sent, fields, page.language)
    if not fields.done():
        return _upload_form(page, fields.errors, mode, 422)
    try:
        _plan(site, content, full=mode == FULL)
    except ImportRefused as refusal:
        return _upload_form(page, {"file": refusal.text(page.language)}, mode, 422)
    kept = uploads.keep(session, viewer.account_id, name, content, full=mode == FULL)
    return see_other(f"/people/import/{kept.id}")


@router.get("/people/import/{upload_id}")
def preview(upload_id: str, viewer: Hr, page: Staff, site: TheSite) -> HTMLResponse:
    """What importing the file would do; looking as often as one likes changes nothing."""
    looked = _look(site, upload_id, viewer)
    return _gone(page) if looked is None else _preview(page, looked)


@router.get("/people/import/{upload_id}/rows.csv")
def bad_rows(upload_id: str, viewer: Hr, page: Staff, site: TheSite) -> Response:
    """The rows to mend as the file has them, with what is wrong in front."""
    looked = _look(site, upload_id, viewer)
    if looked is None:
        return _gone(page)
    text = page.language.text
    table = csv.read(looked.upload.content)
    header = (text("Row in your file"), text("What to mend"), *table.header)
    rows = _rows_to_mend(table, looked.plan.errors, page.language)
    return _download(csv.write(header, rows, excel=True), "rows-to-mend.csv")


@router.post("/people/import/{upload_id}")
def confirm(
    upload_id: str, request: Request, viewer: Hr, page: Staff, site: TheSite, session: DbSession
) -> Response:
    """Import what the preview showed, with its audit entry, or nothing."""
    looked = _look(site, upload_id, viewer)
    if looked is None:
        return _gone(page)
    fields = Fields.of(request, page.language)
    if fields.text("seen", 64) != looked.fingerprint:
        return _preview(page, looked, outdated=True, status=409)
    renamed = _renamed(fields, looked)
    number = _deactivated(fields, looked.plan, page.language)
    if not fields.done() or looked.changes_nothing:
        return _preview(page, looked, fields, status=422)
    kept = looked.upload
    plan = _plan(site, kept.content, full=kept.full, renamed=renamed) if renamed else looked.plan
    try:
        importing.apply(session, plan, deactivate=number)
    except PlanOutdated:
        # Nothing has been written yet; another import, perhaps of this very file, was quicker.
        again = _look(site, upload_id, viewer)
        return _gone(page) if again is None else _preview(page, again, outdated=True, status=409)
    uploads.take(session, upload_id, viewer.account_id)
    _record(session, viewer, plan)
    return see_other("/people?imported=1")


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 and int(text) else 1


def _head_counts(session: Session, tree: Tree) -> list[Counted]:
    rows = session.exec(
        select(Employee.department_id, func.count())
        .where(col(Employee.deactivated_at).is_(None))
        .group_by(col(Employee.department_id))
    )
    direct = dict(rows.all())
    whole = {node.id: direct.get(node.id, 0) for node in tree.nodes}
    # In reading order a parent comes before its children, so backwards each sum is complete.
    for node in reversed(tree.nodes):
        if node.parent_id is not None:
            whole[node.parent_id] += whole[node.id]
    return [Counted(node, direct.get(node.id, 0), whole[node.id]) for node in tree.nodes]


def _last_import(session: Session) -> Mapping[str, int] | None:
    for entry in log.entries(session, "people", limit=1):
        if entry.action == "people.imported":
            detail: dict[str, int] = json.loads(entry.detail)
            return detail
    return None


def _one_file(sent: Sent, fields: Fields, language: Language) -> tuple[str, bytes]:
    """The file's name and content, or what is wrong as an error of its field."""
    chosen = [(name, content) for field, name, content in sent.files if field == "file"]
    chosen = [(name, content) for name, content in chosen if name or content]
    if len(chosen) > 1 or (chosen and len(sent.files) > 1):
        fields.refuse("file", language.text("Send one file at a time."))
    elif not chosen:
        fields.refuse("file", language.text("Choose the file to import."))
    elif not chosen[0][1].strip():
        fields.refuse("file", language.text("The file is empty: choose another."))
    return chosen[0] if chosen else ("", b"")


def _plan(
    site: Site, content: bytes, *, full: bool, renamed: Mapping[str, str] | None = None
) -> ImportPlan:
    # Planning may take seconds: in a reading session it keeps nobody from writing.
    with site.runtime.database.reading() as session:
        return importing.plan(session, content, full=full, renamed=renamed)


def _look(site: Site, upload_id: str, viewer: Viewer) -> Looked | None:
    with site.runtime.database.reading() as session:
        kept = uploads.find(session, upload_id, viewer.account_id)
        if kept is None:
            return None
        return Looked(kept, importing.plan(session, kept.content, full=kept.full))


def _renamed(fields: Fields, looked: Looked) -> dict[str, str]:
    """The paths that a person says are the new names of departments we know."""
    answers = {name: fields.choice(name, ("new", "renamed")) for name in looked.asked}
    return {
        one.path: one.resembles
        for name, one in looked.asked.items()
        if one.resembles and answers[name] == "renamed"
    }


def _deactivated(fields: Fields, plan: ImportPlan, language: Language) -> int | None:
    if not plan.deactivates_many:
        return None
    if fields.text("deactivate", 9, required=False) != str(plan.deactivated):
        message = language.text(
            "Type exactly %(count)s to deactivate these people.", count=plan.deactivated
        )
        fields.refuse("deactivate", message)
    return plan.deactivated


def _record(session: Session, viewer: Viewer, plan: ImportPlan) -> None:
    log.record(
        session,
        viewer.account_id,
        "people.imported",
        "people",
        new=plan.new,
        changed=plan.changed,
        moved=plan.moved,
        deactivated=plan.deactivated,
    )


def _rows_to_mend(
    table: csv.Table, errors: tuple[RowError, ...], language: Language
) -> Iterator[tuple[csv.Cell, ...]]:
    cells = dict(table.rows)
    messages: dict[int, list[str]] = {}
    for error in errors:
        told = error.text(language)
        messages.setdefault(error.row, []).append(
            f"{error.header}: {told}" if error.header else told
        )
    for number, told_of_row in messages.items():
        yield (number, "; ".join(told_of_row), *cells.get(number, ()))


def _upload_form(
    page: Staff, errors: Mapping[str, str] | None = None, mode: str = PARTIAL, status: int = 200
) -> HTMLResponse:
    return page(
        "people/import.html",
        status,
        errors=errors or {},
        mode=mode or PARTIAL,
        columns=_column_names(page.language),
    )


def _preview(
    page: Staff,
    looked: Looked,
    fields: Fields | None = None,
    *,
    outdated: bool = False,
    status: int = 200,
) -> HTMLResponse:
    gone = [one.after for one in looked.plan.changes if one.kind == "deactivated"]
    return page(
        "people/preview.html",
        status,
        errors=fields.errors if fields else {},
        typed=fields.typed if fields else {},
        looked=looked,
        plan=looked.plan,
        upload=looked.upload,
        outdated=outdated,
        rows=looked.plan.errors[:ROWS_SHOWN],
        left_out=len({error.row for error in looked.plan.errors if error.left_out}),
        gone=gone[:ROWS_SHOWN],
        names=_column_names(page.language),
        delimiter=_delimiter(looked.plan.delimiter, page.language),
        mode=FULL if looked.upload.full else PARTIAL,
    )


def _gone(page: Staff) -> HTMLResponse:
    return page("people/gone.html", 410)


def _column_names(language: Language) -> dict[str, str]:
    text = language.text
    return {
        "employee_id": text("Employee id"),
        "name": text("Name"),
        "first_name": text("First name"),
        "last_name": text("Last name"),
        "email": text("E-mail"),
        "department": text("Department, as a path"),
        "department_code": text("Department code"),
        "manager_id": text("Employee id of the manager"),
        "language": text("Language"),
        "location": text("Place of work"),
        "level": text("Level"),
        "start_date": text("First day of work"),
    }


def _delimiter(sign: str, language: Language) -> str:
    text = language.text
    return {",": text("comma"), ";": text("semicolon"), "\t": text("tab")}[sign]


def _download(pieces: Iterator[str], name: str) -> StreamingResponse:
    return StreamingResponse(
        (piece.encode() for piece in pieces),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
