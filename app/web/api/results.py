"""What a round has come to: its release, cut to what the key may see, and files of it."""

from dataclasses import replace
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from app.audit import log
from app.kit.language import LANGUAGES, language
from app.results import release
from app.results.export import answers, offer
from app.web.api import replies
from app.web.api.caller import HrCaller, ReaderCaller
from app.web.api.problems import Refused
from app.web.api.replies import IdempotencyKey
from app.web.api.values import Body, Text
from app.web.dependencies import DbSession, ReadSession, TheSite
from app.web.export_page import EXPORTED
from app.web.routes import paper
from app.web.routes.exports import extract_for, sent

router = APIRouter(tags=["results"])

OF_HR = ("wide", "long")


class Export(Body):
    """Which file, as `selaras export` names them."""

    what: Text = "scores"
    format: Text = "csv"
    profile: Literal["excel", "analysis"] = "analysis"
    language: Text = "en"
    # Of slides and the report: whom they are about.
    department: Text = ""


@router.get("/rounds/{round_id}/release")
def show_release(
    request: Request, round_id: str, caller: ReaderCaller, site: TheSite, session: ReadSession
) -> Response:
    """The release, as far as the key may see it."""
    return replies.tagged(
        request, extract_for(session, caller, site, round_id, language("en")).release
    )


@router.post("/rounds/{round_id}/release")
def release_round(
    request: Request,
    round_id: str,
    caller: HrCaller,
    site: TheSite,
    key: IdempotencyKey = None,
) -> Response:
    """Count and publish a round that has closed; its answers are destroyed."""
    runtime = site.runtime
    with runtime.database.writing() as session:

        def do() -> dict[str, Any]:
            stored = release.release(
                session, runtime.keyring, runtime.settings.zone, round_id, caller.account_id
            )
            return {"round": round_id, "hash": stored.hash, "answered": stored.answered}

        reply = replies.once(session, request, caller, key, do)
    release.sweep(runtime.database)
    return reply


@router.post("/rounds/{round_id}/export")
def export_round(
    round_id: str, caller: ReaderCaller, site: TheSite, session: DbSession, wanted: Export
) -> StreamingResponse:
    """A file of the release; a POST, because who took what is noted."""
    if wanted.language not in LANGUAGES:
        errors = [{"pointer": "/language", "code": "unknown_language"}]
        raise Refused(422, f"language: choose one of {', '.join(LANGUAGES)}.", errors=errors)
    try:
        asked = offer.wanted(wanted.what, wanted.format, wanted.profile, wanted.department)
    except offer.NotOffered as refusal:
        raise Refused(422, str(refusal)) from None
    extract = extract_for(session, caller, site, round_id, language(wanted.language))
    if caller.sees_all:
        keyring = site.runtime.keyring
        rows = answers.read(session, keyring, round_id, extract.survey, asked.what)
        extract = replace(extract, answers=rows)
    elif asked.what in OF_HR:
        raise Refused(403, "Answers by row are given to keys of the role hr only.")
    file = paper.make(site, session, caller, extract, asked)
    log.record(session, caller.account_id, EXPORTED, round_id, **asked.noted())
    return sent(file)
