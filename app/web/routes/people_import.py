"""Importing a people file: its columns, its preview, the confirmation, and how far a large one is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from sqlmodel import Session

from app.access import bringing
from app.access.sign_in import Viewer
from app.audit import log
from app.kit import csv
from app.kit.language import Language
from app.people import column_choices, importing, uploads
from app.people import plan as planning
from app.people.columns import ALIASES, REQUIRED
from app.people.importing import ImportPlan, ImportRefused, PlanOutdated
from app.people.models import PeopleImport
from app.people.problems import RowError, shown
from app.people.resemblance import NewDepartment
from app.people.uploads import Upload
from app.web.dependencies import DbSession, Hr, ReadSession, Site, Staff, TheSite, see_other
from app.web.files import Sent, one_file, read
from app.web.forms import Fields

router = APIRouter()

ROWS_SHOWN = 50
# The form of the columns must stay below what a form may hold.
COLUMNS_ASKED = 150
SAMPLES = 3
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
class Looked:
    """A kept file and what importing it now would do."""

    upload: Upload
    plan: ImportPlan

    @property
    def good(self) -> int:
        """The people of the file who will be as it says."""
        return self.plan.new + self.plan.changed + self.plan.moved + self.plan.same

    @property
    def asked(self) -> dict[str, NewDepartment]:
        """The form's fields that ask "renamed or new?", each with its department."""
        alike = [one for one in self.plan.new_departments if one.resembles]
        return {f"department-{number}": one for number, one in enumerate(alike, start=1)}


@router.get("/people/import")
def choose(_: Hr, page: Staff) -> HTMLResponse:
    """Where to choose a file."""
    return _upload_form(page)


@router.get("/people/import/example.csv")
def example(_: Hr) -> Response:
    """A file with the names of the columns, to be filled in."""
    return _download(csv.write(EXAMPLE, (), excel=True), "people.csv")


@router.post("/people/import")
def upload(
    viewer: Hr,
    page: Staff,
    site: TheSite,
    session: DbSession,
    sent: Annotated[Sent, Depends(read)],
) -> Response:
    """Keep the file until its preview is confirmed; nothing of the people is saved."""
    fields = Fields(sent.pairs, page.language)
    mode = fields.choice("mode", (PARTIAL, FULL))
    name, content = one_file(sent, fields, page.language)
    if not fields.done():
        return _upload_form(page, fields.errors, mode, 422)
    try:
        planning.check(session, content)
    except ImportRefused as refusal:
        if not _can_be_told(refusal, content):
            return _upload_form(page, {"file": refusal.text(page.language)}, mode, 422)
    kept = uploads.keep(session, viewer.account_id, name, content, full=mode == FULL)
    return see_other(f"/people/import/{kept.id}")


@router.get("/people/import/{upload_id}")
def preview(upload_id: str, viewer: Hr, page: Staff, site: TheSite) -> Response:
    """What importing the file would do; looking as often as one likes changes nothing."""
    looked = _look(site, upload_id, viewer, page)
    if isinstance(looked, Response):
        return looked
    return _preview(page, looked, outdated=looked.upload.state == uploads.OUTDATED)


@router.get("/people/import/{upload_id}/columns")
def ask_columns(upload_id: str, viewer: Hr, page: Staff, session: ReadSession) -> Response:
    """What each column of the file is taken for, to be put right."""
    kept = uploads.find(session, upload_id, viewer.account_id)
    if kept is None:
        return _gone(page)
    return _columns(page, session, kept, _refusal_of(session, kept, page.language))


@router.post("/people/import/{upload_id}/columns")
def say_columns(
    upload_id: str, request: Request, viewer: Hr, page: Staff, session: DbSession
) -> Response:
    """Remember what the columns mean, for this file and the next."""
    kept = uploads.find(session, upload_id, viewer.account_id)
    if kept is None:
        return _gone(page)
    header = _header(kept)
    fields = Fields.of(request, page.language)
    said = {
        name: fields.choice(f"column-{place}", ALIASES, required=False)
        for place, name in enumerate(header[:COLUMNS_ASKED], start=1)
    }
    if not fields.done():
        return _columns(page, session, kept, fields.errors, 422)
    with session.begin_nested() as attempt:
        column_choices.remember(session, said)
        errors = _refusal_of(session, kept, page.language)
        if errors:
            attempt.rollback()
    if errors:
        return _columns(page, session, kept, errors, 422, list(said.values()))
    log.record(session, viewer.account_id, "people.columns_told", "people", columns=len(said))
    return see_other(f"/people/import/{upload_id}")


@router.get("/people/import/{upload_id}/progress")
def progress(upload_id: str, viewer: Hr, page: Staff, session: ReadSession) -> Response:
    """How far a large file is; the page renews itself."""
    if session.get(PeopleImport, upload_id) is not None:
        return see_other("/people?imported=1")
    kept = uploads.find(session, upload_id, viewer.account_id)
    if kept is None:
        return _gone(page)
    if kept.state != uploads.UNDER_WAY:
        return see_other(f"/people/import/{upload_id}")
    return page("people/progress.html", percent=kept.progress, file=kept.name)


@router.get("/people/import/{upload_id}/rows.csv")
def bad_rows(upload_id: str, viewer: Hr, page: Staff, site: TheSite) -> Response:
    """The rows to mend as the file has them, with what is wrong in front."""
    looked = _look(site, upload_id, viewer, page)
    if isinstance(looked, Response):
        return looked
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
    looked = _look(site, upload_id, viewer, page)
    if isinstance(looked, Response):
        return looked
    fields = Fields.of(request, page.language)
    if fields.text("seen", 64) != looked.plan.fingerprint:
        return _preview(page, looked, outdated=True, status=409)
    renamed = _renamed(fields, looked)
    number = _deactivated(fields, looked.plan, page.language)
    if not fields.done() or looked.plan.changes_nothing:
        return _preview(page, looked, fields, status=422)
    kept = looked.upload
    if looked.plan.total_rows > bringing.AT_ONCE:
        seen = looked.plan.fingerprint
        bringing.queue(
            session, upload_id, viewer.account_id, seen=seen, renamed=renamed, deactivate=number
        )
        return see_other(f"/people/import/{upload_id}/progress")
    plan = _plan(site, kept.content, full=kept.full, renamed=renamed) if renamed else looked.plan
    try:
        bringing.bring(
            session,
            plan,
            viewer.account_id,
            deactivate=number,
            name=kept.name,
            import_id=upload_id,
        )
    except PlanOutdated:
        # Nothing has been written yet; another import, perhaps of this very file, was quicker.
        again = _look(site, upload_id, viewer, page)
        if isinstance(again, Response):
            return again
        return _preview(page, again, outdated=True, status=409)
    uploads.take(session, upload_id, viewer.account_id)
    return see_other("/people?imported=1")


def _can_be_told(refusal: ImportRefused, content: bytes) -> bool:
    """Whether saying what the columns mean could make the file one that can be imported."""
    if refusal.key not in {"no_column", "same_meaning"}:
        return False
    return len([name for name in planning.read_table(content).header if name]) >= len(REQUIRED)


def _refusal_of(session: Session, kept: Upload, language: Language) -> dict[str, str]:
    try:
        planning.check(session, kept.content)
    except ImportRefused as refusal:
        return {"columns": refusal.text(language)}
    return {}


def _header(kept: Upload) -> tuple[str, ...]:
    return planning.read_table(kept.content).header


def _columns(
    page: Staff,
    session: Session,
    kept: Upload,
    errors: Mapping[str, str],
    status: int = 200,
    chosen: list[str] | None = None,
) -> HTMLResponse:
    table = planning.read_table(kept.content)
    taken = chosen or column_choices.proposed(table.header, column_choices.read(session))
    asked = [
        (place, name, taken[place - 1], _samples(table, place - 1))
        for place, name in enumerate(table.header[:COLUMNS_ASKED], start=1)
    ]
    return page(
        "people/columns.html",
        status,
        errors=errors,
        upload=kept,
        asked=asked,
        more=len(table.header) - len(asked),
        names=_column_names(page.language),
    )


def _samples(table: csv.Table, place: int) -> list[str]:
    """The first cells of a column that hold something."""
    cells = (row[place].strip() for _, row in table.rows[:200] if place < len(row))
    return [shown(cell) for cell in islice(filter(None, cells), SAMPLES)]


def _plan(
    site: Site, content: bytes, *, full: bool, renamed: Mapping[str, str] | None = None
) -> ImportPlan:
    # Planning may take seconds: in a reading session it keeps nobody from writing.
    with site.runtime.database.reading() as session:
        return importing.plan(session, content, full=full, renamed=renamed)


def _look(site: Site, upload_id: str, viewer: Viewer, page: Staff) -> Looked | Response:
    """The file and what it would do, or where to go instead."""
    with site.runtime.database.reading() as session:
        kept = uploads.find(session, upload_id, viewer.account_id)
        if kept is None:
            return _gone(page)
        if kept.state == uploads.UNDER_WAY:
            return see_other(f"/people/import/{upload_id}/progress")
        try:
            return Looked(kept, importing.plan(session, kept.content, full=kept.full))
        except ImportRefused:
            return see_other(f"/people/import/{upload_id}/columns")


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
