"""Importing indicator values in the browser: nothing is saved before the preview is confirmed.

The file waits in the preview's own form and nowhere else: it holds business figures, and whoever
looks at the preview has just sent it.
"""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from starlette.datastructures import UploadFile

from app.indicators import importing
from app.indicators.importing import IndicatorPlan
from app.indicators.presets import PRESETS
from app.indicators.problems import IndicatorFileRefused
from app.kit import csv
from app.kit.clock import now
from app.web import figures
from app.web.dependencies import Hr, ReadSession, Site, Staff, TheSite, see_other
from app.web.forms import Fields

router = APIRouter()

# It travels once more with the confirmation, in a form of bounded size.
MOST_BYTES = 100 * 1024
ROWS_SHOWN = 50
EXAMPLE = (
    ("2026-10", "lead_conversion", 12.5, ""),
    ("2026-10", "lead_quality", 61, "Commercial/Sales"),
    ("2026-10", "cycle_length", 48, "Commercial/Sales"),
)


@router.get("/indicators/import")
def choose(_: Hr, page: Staff) -> HTMLResponse:
    """Where to choose a file."""
    return page("indicators/import.html", presets=PRESETS, words=figures)


@router.get("/indicators/import/example.csv")
def example(_: Hr) -> Response:
    """A file with the names of the columns and three rows to be replaced."""
    return StreamingResponse(
        (piece.encode() for piece in csv.write(importing.COLUMNS, EXAMPLE, excel=True)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="indicators.csv"'},
    )


async def _file(request: Request) -> bytes | None:
    async with request.form(max_files=2, max_fields=10) as form:
        files = [one for one in form.getlist("file") if isinstance(one, UploadFile)]
        return await files[0].read() if len(files) == 1 and files[0].filename else None


@router.post("/indicators/import")
def upload(
    _: Hr,
    page: Staff,
    session: ReadSession,
    site: TheSite,
    content: Annotated[bytes | None, Depends(_file)],
) -> HTMLResponse:
    """Show what the file would do."""
    text = page.language.text
    if not content or not content.strip():
        return _refused(page, text("Choose the file to import."))
    if len(content) > MOST_BYTES:
        wrong = IndicatorFileRefused("large", limit=MOST_BYTES // 1024)
        return _refused(page, wrong.text(page.language))
    try:
        table = csv.read(content)
        planned = importing.plan(session, content, _today(site))
    except csv.NotCsv:
        return _refused(page, IndicatorFileRefused("unreadable").text(page.language))
    except IndicatorFileRefused as wrong:
        return _refused(page, wrong.text(page.language))
    plain = "".join(csv.write(table.header, (cells for _, cells in table.rows), excel=False))
    return _preview(page, planned, plain)


@router.post("/indicators/import/confirm")
def confirm(request: Request, viewer: Hr, page: Staff, site: TheSite) -> Response:
    """Import what the preview showed, or show it again where it would do something else now."""
    fields = Fields.of(request, page.language)
    content = fields.text("content", MOST_BYTES, lines=True)
    seen = fields.text("seen", 64)
    if not fields.done():
        return _refused(page, page.language.text("Choose the file to import."))
    with site.runtime.database.writing() as session:
        try:
            planned = importing.plan(session, content.encode(), _today(site))
        except IndicatorFileRefused as wrong:
            return _refused(page, wrong.text(page.language))
        if planned.fingerprint != seen:
            return _preview(page, planned, content, outdated=True, status=409)
        importing.apply(session, planned, viewer.account_id)
    return see_other(f"/indicators?new={planned.new}&replaced={planned.replaced}")


def _preview(
    page: Staff, planned: IndicatorPlan, content: str, *, outdated: bool = False, status: int = 200
) -> HTMLResponse:
    return page(
        "indicators/preview.html",
        status,
        plan=planned,
        content=content,
        outdated=outdated,
        rows=planned.rows[:ROWS_SHOWN],
        wrong=planned.errors[:ROWS_SHOWN],
    )


def _refused(page: Staff, message: str) -> HTMLResponse:
    return page(
        "indicators/import.html", 422, errors={"file": message}, presets=PRESETS, words=figures
    )


def _today(site: Site) -> date:
    return now().astimezone(site.runtime.settings.zone).date()
