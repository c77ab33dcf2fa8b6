"""The respondent's pages: a form that stores once, and a thank-you that stays true."""

import re

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.campaigns import invitations
from app.campaigns.invitations import BallotPaper, NotOpenYet, RoundClosed, UnknownLink
from app.kit.language import Language, closest
from app.kit.writer import NotSaved
from app.responses import submission
from app.responses.submission import Opening, Submission
from app.surveys import answering
from app.surveys.answering import ItemErrors
from app.surveys.definition import Survey
from app.surveys.paper import PREFIX
from app.web import questionnaire
from app.web.dependencies import Site
from app.web.ingress import PAIRS
from app.web.pages import reader_language
from app.web.questionnaire import Kept, Questionnaires
from app.web.second_look import ALL, ASKED_ABOUT, CHECKED, SecondLook

KEY_FIELD = "submission"
KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Respond:
    """Shows and takes the form of a personal link."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._forms = Questionnaires(site.runtime.database, site.pages)
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
        language = await run_in_threadpool(self._language, request, opening.ballot)
        if opening.answered:
            return self._thanks(request, language)
        content = await run_in_threadpool(
            self._forms.form, opening.ballot, language, _query(request)
        )
        return HTMLResponse(content)

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
            return _to_thanks(request)
        return await self._store(request, token, opening.ballot)

    async def opening(self, token: str) -> Opening:
        """The link as it stands; raises UnknownLink, NotOpenYet, RoundClosed, NotSaved."""
        # One that cannot be whole is not worth a look, and would spoil the batch it is in.
        invitations.link_of(token)
        return await self._site.runtime.lookups.run(submission.look_up, token)

    async def _store(self, request: Request, token: str, ballot: BallotPaper) -> Response:
        language = self._language(request, ballot)
        opened = self._forms.opened(ballot.round_id)
        pairs = request.scope.get(PAIRS, [])
        key, checked, strange = _own_fields(pairs)
        try:
            if strange:
                raise ItemErrors((), strange)
            answers = answering.read(opened.papers[ballot.side], pairs)
        except ItemErrors as wrong:
            kept = Kept(
                _answers(pairs),
                questionnaire.explained(wrong, language),
                _notice(wrong, language),
                checked=checked,
            )
            return self._again(request, ballot, language, kept, key, 422)
        if answers.comments and checked != ALL:
            warnings = await run_in_threadpool(
                self._second_look.warnings, ballot.round_id, answers.comments, checked, language
            )
            if warnings:
                kept = Kept(_answers(pairs), warnings=warnings, checked=ALL)
                return self._again(request, ballot, language, kept, key, 200)
        sent = Submission(token, opened.layout.pack(answers), answers.comments, key)
        try:
            await self._site.submissions.submit(sent)
        except RoundClosed as refusal:
            return await self._too_late(request, token, refusal)
        except (UnknownLink, NotOpenYet) as refusal:
            return self._refusal(request, refusal)
        except NotSaved:
            kept = Kept(
                _answers(pairs),
                notice=language.text(
                    "Your answers could not be saved just now. Nothing is lost: keep this page "
                    "open and send it again in a minute."
                ),
                checked=checked,
            )
            return self._again(request, ballot, language, kept, key, 503)
        return _to_thanks(request)

    def _language(self, request: Request, ballot: BallotPaper) -> Language:
        default = self._site.runtime.settings.language
        wanted = reader_language(request.scope, default, ballot.language).code
        available = self._forms.languages(ballot.round_id)
        return Language(closest([wanted, ballot.language], available, available[0]))

    def _thanks(self, request: Request, language: Language) -> Response:
        page = self._site.pages.render("respond/thanks.html", language, query=_query(request))
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
        content = self._forms.refused(ballot, language, _query(request), kept, key)
        headers = {"Retry-After": "60"} if status == 503 else None
        return HTMLResponse(content, status, headers=headers)

    async def _too_late(self, request: Request, token: str, refusal: RoundClosed) -> Response:
        opened = await run_in_threadpool(self._forms.opened, invitations.link_of(token)[0])
        return self._refusal(request, refusal, typed=_typed(request, opened.survey))

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
            "respond/refused.html", language, query=_query(request), state=state, typed=typed
        )
        return HTMLResponse(page, status)


def _to_thanks(request: Request) -> Response:
    # The link itself says thank you from now on: the same page when it is opened again.
    query = request.url.query
    return RedirectResponse(request.url.path + (f"?{query}" if query else ""), 303)


def _own_fields(pairs: list[tuple[str, str]]) -> tuple[str, str, tuple[str, ...]]:
    """The submission key, what was asked about already, and the fields no form of ours has."""
    own = {KEY_FIELD, CHECKED}
    strange = {name for name, _ in pairs if name not in own and not name.startswith(PREFIX)}
    keys = [value for name, value in pairs if name == KEY_FIELD]
    if len(keys) > 1 or (keys and not KEY.fullmatch(keys[0])):
        strange.add(KEY_FIELD)
    key = keys[0] if len(keys) == 1 and KEY.fullmatch(keys[0]) else ""
    marks = [value for name, value in pairs if name == CHECKED]
    if len(marks) > 1 or not ASKED_ABOUT.keys() >= set(marks):
        strange.add(CHECKED)
    checked = marks[0] if marks and CHECKED not in strange else ""
    return key or questionnaire.new_submission_key(), checked, tuple(sorted(strange))


def _answers(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    kept: dict[str, list[str]] = {}
    for name, value in pairs:
        kept.setdefault(name, []).append(value)
    return kept


def _typed(request: Request, survey: Survey) -> tuple[str, ...]:
    """The words somebody wrote, to be shown when they came too late to be stored."""
    pairs = request.scope.get(PAIRS, [])
    longest = 5000
    written = {PREFIX + item.key for item in survey.items if item.type == "text"}
    return tuple(
        value[:longest]
        for name, value in pairs
        if name.partition("--")[0] in written and value.strip()
    )


def _notice(wrong: ItemErrors, language: Language) -> str:
    if wrong.unknown or wrong.duplicates:
        return language.text(
            "This form holds fields that do not belong to this survey, or some of them twice. "
            "Nothing was stored. Open your link again and send the form from there."
        )
    return ""


def _query(request: Request) -> str:
    # Only the language matters to the page; anything else would fill the cache.
    lang = request.query_params.get("lang", "")
    return f"lang={lang}" if lang in {"en", "ms"} else ""
