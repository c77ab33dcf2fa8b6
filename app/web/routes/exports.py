"""Files to download: of the release, for what the viewer may see, each noted in the audit log."""

from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response, StreamingResponse

from app.audit import log
from app.campaigns import rounds
from app.campaigns.rounds import UnknownRound
from app.results import export, release
from app.web.dependencies import DbSession, Hr, SignedIn
from app.web.routes.results import sight_of

router = APIRouter()

PROFILES = {"excel": True, "analysis": False}


@router.post("/rounds/{round_id}/export")
def download(
    round_id: str, viewer: SignedIn, session: DbSession, profile: str = "excel"
) -> StreamingResponse:
    """The scores of every group the viewer may see, as CSV."""
    row = rounds.get(session, round_id)
    sight = sight_of(session, viewer, round_id)
    if not viewer.sees_all and not sight.own:
        raise UnknownRound(round_id)
    content = dict(release.read(session, round_id))
    content["groups"] = [one for one in content["groups"] if sight.may_read(one["department"])]
    log.record(session, viewer.account_id, "release.exported", round_id, what="scores")
    name = f"selaras_{row.survey_key}_{content['round']['closed_on']}_scores.csv"
    return StreamingResponse(
        _encoded(export.scores(content, excel=PROFILES.get(profile, True))),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.post("/rounds/{round_id}/audit")
def download_audit(round_id: str, viewer: Hr, session: DbSession) -> Response:
    """What the audit of the release did: nothing in it says more than the release."""
    row = rounds.get(session, round_id)
    report = release.audit_of(session, round_id)
    log.record(session, viewer.account_id, "release.audit_exported", round_id)
    name = f"selaras_{row.survey_key}_{round_id}_audit.json"
    return JSONResponse(report, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _encoded(pieces: Iterator[str]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece.encode()
