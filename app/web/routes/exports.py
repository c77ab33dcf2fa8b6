"""Files to download: of the release, for what the viewer may see, each noted in the audit log."""

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from sqlmodel import Session

from app.access.sign_in import Viewer
from app.audit import log
from app.campaigns import policy, rounds
from app.campaigns.rounds import UnknownRound
from app.kit.language import LANGUAGES, Language, language
from app.results import release
from app.results.export import answers, offer, reading
from app.results.export.extract import Extract
from app.results.export.facts import left_out
from app.results.export.offer import File, Wanted
from app.web import export_page, pictures
from app.web.dependencies import DbSession, Hr, ReadSession, SignedIn, Staff, TheSite
from app.web.forms import Fields
from app.web.routes import paper
from app.web.sight import sight_of
from app.web.stepping_up import require_fresh

router = APIRouter()

FIRST = "scores.xlsx"
# What a button without a menu asks for.
PLAIN = "scores.csv"


@router.get("/rounds/{round_id}/export")
def show(
    round_id: str,
    staff: Staff,
    viewer: SignedIn,
    session: ReadSession,
    site: TheSite,
    department: str | None = None,
) -> HTMLResponse:
    """What there is to download, what is in it and what is left out, and who took what."""
    return _page(staff, viewer, session, site, round_id, about=department)


@router.post("/rounds/{round_id}/export")
def download(
    round_id: str,
    staff: Staff,
    viewer: SignedIn,
    session: DbSession,
    site: TheSite,
    request: Request,
) -> Response:
    """The file that was chosen, of every group the viewer may see."""
    extract = extract_for(session, viewer, site, round_id, staff.language)
    require_fresh(session, viewer, f"/rounds/{round_id}/export")
    fields = Fields.of(request, staff.language)
    rows = _gives_rows(session, viewer, round_id)
    chosen = fields.choice("file", _files(staff.language, rows=rows), required=False)
    about = fields.choice("department", _subjects(extract), required=False)
    profile = fields.choice("profile", offer.PROFILES, required=False)
    words = fields.choice("language", LANGUAGES, required=False)
    if not fields.done():
        return _page(staff, viewer, session, site, round_id, fields)
    asked = _asked(chosen, profile or "excel", about)
    keyring = site.runtime.keyring
    answers_ = answers.read(session, keyring, round_id, extract.survey, asked.what) if rows else {}
    reader = language(words or staff.language.code)
    extract = replace(extract, language=reader, answers=answers_)
    file = paper.make(site, session, viewer, extract, asked)
    log.record(session, viewer.account_id, export_page.EXPORTED, round_id, **asked.noted())
    return sent(file)


@router.post("/rounds/{round_id}/audit")
def download_audit(round_id: str, viewer: Hr, session: DbSession) -> Response:
    """What the audit of the release did: nothing in it says more than the release."""
    row = rounds.get(session, round_id)
    require_fresh(session, viewer, f"/rounds/{round_id}/export")
    report = release.audit_of(session, round_id)
    log.record(session, viewer.account_id, export_page.AUDIT_EXPORTED, round_id)
    name = f"selaras_{row.survey_key}_{round_id}_audit.json"
    return JSONResponse(report, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def sent(file: File) -> StreamingResponse:
    """The file as a download, piece by piece."""
    return StreamingResponse(
        file.pieces,
        media_type=file.media_type,
        headers={"Content-Disposition": f'attachment; filename="{file.name}"'},
    )


def _page(
    staff: Staff,
    viewer: Viewer,
    session: Session,
    site: TheSite,
    round_id: str,
    fields: Fields | None = None,
    about: str | None = None,
) -> HTMLResponse:
    extract = extract_for(session, viewer, site, round_id, staff.language)
    rows = _gives_rows(session, viewer, round_id)
    subjects = {one["department"]: one for one in offer.subjects(extract)}
    about = about if about in subjects else next(iter(subjects), "")
    zone = site.runtime.settings.zone
    source = pictures.shown(session, viewer, extract, about or "", zone)
    typed = fields.typed if fields else {}
    return staff(
        "results/export.html",
        422 if fields else 200,
        errors=fields.errors if fields else {},
        row=rounds.get(session, round_id),
        typed={
            "file": FIRST,
            "profile": "excel",
            "department": about,
            "language": staff.language.code,
            **typed,
        },
        files=export_page.files(staff.language, rows=rows),
        missing=export_page.missing(staff.language),
        subjects=export_page.subjects(extract),
        pictures=pictures.named(source) if source else (),
        about=about,
        rows=rows,
        hr=viewer.sees_all,
        profiles=export_page.profiles(staff.language),
        tongues=[(code, language(code).name) for code in LANGUAGES],
        shown=len(extract.groups) - extract.protected,
        comments=len(extract.release["comments"]),
        left_out=left_out(extract),
        tables=export_page.tables(staff.language),
        taken=export_page.taken(session, round_id, staff.language) if viewer.sees_all else None,
    )


def extract_for(
    session: Session, viewer: Viewer, site: TheSite, round_id: str, reader: Language
) -> Extract:
    """The release as the viewer may see it; a round that is not his does not exist."""
    sight = sight_of(session, viewer, round_id)
    if not viewer.sees_all and not sight.own:
        raise UnknownRound(round_id)
    organisation = site.pages.look().organisation
    return reading.read(session, round_id, reader, organisation, sight.may_read, sight.sides)


def _files(reader: Language, *, rows: bool) -> dict[str, str]:
    return dict(export_page.files(reader, rows=rows))


def _subjects(extract: Extract) -> dict[str, str]:
    return dict(export_page.subjects(extract))


def _gives_rows(session: Session, viewer: Viewer, round_id: str) -> bool:
    """Whether answers by row are his to take: HR's, where the frozen policy gives them out."""
    return viewer.sees_all and policy.frozen(session, round_id).row_export


def _asked(chosen: str, profile: str, about: str) -> Wanted:
    what, _, kind = (chosen or PLAIN).partition(".")
    return offer.wanted(what, kind, profile, about)
