"""The respondent's pages: a form that stores once, and a thank-you that stays true."""

import re
from dataclasses import replace
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.campaigns import invitations
from app.campaigns.invitations import BallotPaper, NotOpenYet, RoundClosed, UnknownLink
from app.kit.language import Language
from app.kit.writer import NotSaved
from app.responses import submission
from app.responses.receipts import Receipt
from app.responses.submission import Opening, Submission
from app.surveys import answering
from app.surveys.answering import ItemErrors
from app.surveys.paper import PREFIX
from app.web import questionnaire
from app.web.compression import Framed, accepts_gzip
from app.web.dependencies import Site
from app.web.ingress import PAIRS
from app.web.pages import reader_language
from app.web.posted import (
    BROUGHT,
    ONLY,
    answers_of,
    form_query,
    is_only_shown,
    notice_of,
    start_of,
    unseen,
    words_of,
)
from app.web.questionnaire import Kept, Questionnaires
from app.web.second_look import ALL, CHECKED, SecondLook, asked_about
from app.web.shown_once import BEGIN, ShownOnce, passes

KEY_FIELD, WANTS_RECEIPT = "submission", "wants-receipt"
KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Respond:
    """Shows and takes the form of a personal link."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._forms = Questionnaires(site.runtime.database, site.pages)
        self._receipts = ShownOnce()
        self._passes = passes(site.runtime.keyring)
        self._second_look = SecondLook(site.runtime.database)

    def install(self, app: Starlette) -> None:
        """Add the two addresses; plain routes, since they are the hot path."""
        app.add_route("/s/{token}", self.show, methods=["GET"], include_in_schema=False)
        app.add_route("/s/{token}", self.take, methods=["POST"], include_in_schema=False)

    async def show(self, request: Request) -> Response:
        """The form, or the thank-you once it was sent; changes nothing."""
        try:
            opening = await self.opening(request.path_params["token"])
        except (UnknownLink, NotOpenYet, RoundClosed) as refusal:
            return self._refusal(request, refusal)
        if opening.answered:
            language = await run_in_threadpool(self._language, request, opening.ballot)
            return self._thanks(request, language, request.path_params["token"])
        start = _start(request)
        if start and not self._begun(request):
            # Whoever goes back to a form at the kiosk is somebody else: a code opens it once.
            return RedirectResponse(start, 303)
        asked = (opening.ballot, self._wanted(request, opening.ballot), form_query(request))
        form = self._forms.form_at_hand(*asked)
        if form is None:
            form = await run_in_threadpool(self._forms.form, *asked)
        return _empty(request, form)

    async def take(self, request: Request) -> Response:
        """Store the answers once and lead to the thank-you; whatever is wrong is shown again."""
        token = request.path_params["token"]
        try:
            opening = await self.opening(token)
        except RoundClosed as refusal:
            return await self._too_late(request, token, refusal)
        except (UnknownLink, NotOpenYet) as refusal:
            return self._refusal(request, refusal)
        if opening.answered:
            return await self._again_sent(request, token)
        if is_only_shown(request.scope.get(PAIRS, [])):
            return self._as_it_was(request, opening.ballot)
        return await self._store(request, token, opening.ballot)

    async def opening(self, token: str) -> Opening:
        """The link as it stands; raises UnknownLink, NotOpenYet, RoundClosed, NotSaved."""
        # One that cannot be whole is not worth a look, and would spoil the batch it is in.
        invitations.link_of(token)
        return await self._site.runtime.lookups.run(submission.look_up, token)

    def _begun(self, request: Request) -> bool:
        given = request.query_params.get(BEGIN, "")
        return bool(self._passes.show(given, request.path_params["token"], last=True))

    def _as_it_was(self, request: Request, ballot: BallotPaper) -> Response:
        pairs = request.scope[PAIRS]
        key, checked, _ = _own_fields(pairs)
        brought = answering.brought(self._forms.of(ballot).papers[ballot.side], pairs)
        kept = Kept(answers_of(pairs), checked=checked, brought=brought)
        return self._again(request, ballot, self._language(request, ballot), kept, key, 200)

    async def _store(self, request: Request, token: str, ballot: BallotPaper) -> Response:
        language = self._language(request, ballot)
        opened = self._forms.of(ballot)
        pairs = request.scope.get(PAIRS, [])
        key, checked, strange = _own_fields(pairs)
        questions = opened.papers[ballot.side]
        brought = answering.brought(questions, pairs)
        try:
            if strange:
                raise ItemErrors((), strange)
            answers = answering.read(questions, pairs)
        except ItemErrors as wrong:
            kept = Kept(
                answers_of(pairs),
                questionnaire.explained(wrong, language),
                notice_of(wrong, language),
                checked=checked,
                brought=brought,
            )
            return self._again(request, ballot, language, kept, key, 422)
        if more := unseen(brought, pairs):
            kept = Kept(answers_of(pairs), checked=checked, brought=brought, more=more)
            return self._again(request, ballot, language, kept, key, 200)
        if answers.comments and checked != ALL:
            warnings = await run_in_threadpool(
                self._second_look.warnings, ballot.round_id, answers.comments, checked, language
            )
            if warnings:
                kept = Kept(answers_of(pairs), warnings=warnings, checked=ALL, brought=brought)
                return self._again(request, ballot, language, kept, key, 200)
        sent = Submission(token, opened.layout.pack(answers), answers.comments, key)
        try:
            receipt = await self._site.submissions.submit(sent)
        except RoundClosed as refusal:
            return await self._too_late(request, token, refusal)
        except (UnknownLink, NotOpenYet) as refusal:
            return self._refusal(request, refusal)
        except NotSaved:
            kept = Kept(
                answers_of(pairs),
                notice=language.text(
                    "Your answers could not be saved just now. Nothing is lost: keep this page "
                    "open and send it again in a minute."
                ),
                checked=checked,
                brought=brought,
            )
            return self._again(request, ballot, language, kept, key, 503)
        if receipt is None:
            return await self._again_sent(request, token)
        return self._to_thanks(request, token, receipt)

    async def _again_sent(self, request: Request, token: str) -> Response:
        """Lead to the thank-you; with the receipt where it is the same form that came twice."""
        key, _, _ = _own_fields(request.scope.get(PAIRS, []))
        receipt = await run_in_threadpool(self._site.receipts.retried, token, key)
        return self._to_thanks(request, token, receipt)

    def _to_thanks(self, request: Request, token: str, receipt: Receipt | None) -> Response:
        # The link itself says thank you from now on: the same page when it is opened again.
        query = form_query(request)
        asked = not start_of(query, "") or _wants_receipt(request.scope.get(PAIRS, []))
        given = {}
        if receipt and asked:
            given["receipt"] = self._receipts.hide(receipt.code, token)
        query = "&".join(filter(None, (query, urlencode(given))))
        return RedirectResponse(request.url.path + (f"?{query}" if query else ""), 303)

    def _language(self, request: Request, ballot: BallotPaper) -> Language:
        return self._forms.language(ballot, *self._wanted(request, ballot))

    def _wanted(self, request: Request, ballot: BallotPaper) -> list[str]:
        default = self._site.runtime.settings.language
        return [reader_language(request.scope, default, ballot.language).code, ballot.language]

    def _thanks(self, request: Request, language: Language, token: str) -> Response:
        hidden = request.query_params.get("receipt", "")
        start = _start(request)
        code = self._receipts.show(hidden, token, last=bool(start))
        # The other language shows it as well, for as long as this page does.
        kept = urlencode({"receipt": hidden}) if code else ""
        query = "&".join(filter(None, (form_query(request), kept)))
        page = self._site.pages.render(
            "respond/thanks.html", language, query=query, start=start, receipt=code
        )
        return HTMLResponse(page)

    def _again(
        self,
        request: Request,
        ballot: BallotPaper,
        language: Language,
        kept: Kept,
        key: str,
        status: int,
    ) -> Response:
        kept = replace(kept, wants_receipt=_wants_receipt(request.scope.get(PAIRS, [])))
        content = self._forms.refused(ballot, language, form_query(request), kept, key)
        headers = {"Retry-After": "60"} if status == 503 else None
        return HTMLResponse(content, status, headers=headers)

    async def _too_late(self, request: Request, token: str, refusal: RoundClosed) -> Response:
        # Which questions are open ones is in every revision the same.
        opened = await run_in_threadpool(self._forms.opened, invitations.link_of(token)[0], 0)
        return self._refusal(
            request, refusal, typed=words_of(request.scope.get(PAIRS, []), opened.survey)
        )

    def _refusal(
        self, request: Request, refusal: Exception, typed: tuple[str, ...] = ()
    ) -> Response:
        status, state = {
            UnknownLink: (404, "unknown"),
            NotOpenYet: (403, "early"),
            RoundClosed: (410, "closed"),
        }[type(refusal)]
        language = reader_language(request.scope, self._site.runtime.settings.language)
        page = self._site.pages.render(
            "respond/refused.html",
            language,
            query=form_query(request),
            start=_start(request),
            state=state,
            typed=typed,
        )
        return HTMLResponse(page, status)


def _empty(request: Request, form: Framed) -> Response:
    """A form nobody has touched yet, as the browser can read it."""
    key = questionnaire.new_submission_key().encode()
    if not accepts_gzip(request.scope):
        return HTMLResponse(form.plain(key))
    headers = {"content-encoding": "gzip", "vary": "accept-encoding"}
    return HTMLResponse(form.packed(key), headers=headers)


def _start(request: Request) -> str:
    """Where the kiosk begins anew; empty elsewhere, and where the link is no link at all."""
    try:
        return start_of(form_query(request), invitations.link_of(request.path_params["token"])[0])
    except UnknownLink:
        return ""


def _wants_receipt(pairs: list[tuple[str, str]]) -> bool:
    return any(name == WANTS_RECEIPT for name, _ in pairs)


def _own_fields(pairs: list[tuple[str, str]]) -> tuple[str, str, tuple[str, ...]]:
    """The submission key, what was asked about already, and the fields no form of ours has."""
    own = {KEY_FIELD, WANTS_RECEIPT, CHECKED, BROUGHT, ONLY}
    strange = {name for name, _ in pairs if name not in own and not name.startswith(PREFIX)}
    keys = [value for name, value in pairs if name == KEY_FIELD]
    if len(keys) > 1 or (keys and not KEY.fullmatch(keys[0])):
        strange.add(KEY_FIELD)
    key = keys[0] if len(keys) == 1 and KEY.fullmatch(keys[0]) else ""
    checked = asked_about(pairs)
    if checked is None:
        strange.add(CHECKED)
    return key or questionnaire.new_submission_key(), checked or "", tuple(sorted(strange))
