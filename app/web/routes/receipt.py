"""The page for a receipt: is my ballot stored, and until close replace or withdraw it.

The code travels in the body of a form only, never in an address, and no page here has a script.
"""

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.campaigns.invitations import RoundClosed
from app.kit.language import Language
from app.kit.writer import NotSaved
from app.responses import receipts
from app.responses.receipts import Counted, Replacement, Stored, UnknownReceipt, Voided
from app.surveys import answering
from app.surveys.answering import ItemErrors
from app.surveys.paper import PREFIX
from app.web import questionnaire
from app.web.dependencies import Site
from app.web.ingress import PAIRS
from app.web.pages import reader_language
from app.web.posted import (
    ONLY,
    Pairs,
    answers_of,
    is_only_shown,
    language_query,
    notice_of,
    words_of,
)
from app.web.questionnaire import Kept, Questionnaires
from app.web.second_look import ALL, CHECKED, SecondLook, asked_about
from app.web.tries import WINDOW, WrongTries

CODE_FIELD, STEP_FIELD = "receipt", "step"
LOOK, FILL_IN, REPLACE, ASK, WITHDRAW = "look", "fill-in", "replace", "ask", "withdraw"
STEPS = {LOOK, FILL_IN, REPLACE, ASK, WITHDRAW}
GONE = {Counted: "counted", Voided: "voided"}


class ReceiptDesk:
    """Shows and takes the forms at /receipt."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._forms = Questionnaires(site.runtime.database, site.pages)
        self._second_look = SecondLook(site.runtime.database)
        self._wrong = WrongTries()

    def install(self, app: Starlette) -> None:
        """Add the address; plain routes, as those of the form."""
        app.add_route("/receipt", self.show, methods=["GET"], include_in_schema=False)
        app.add_route("/receipt", self.take, methods=["POST"], include_in_schema=False)

    async def show(self, request: Request) -> Response:
        """The field for the code."""
        return self._page(request, "ask")

    async def take(self, request: Request) -> Response:
        """Look the code up and do the step that was asked for."""
        pairs = request.scope.get(PAIRS, [])
        code, step = _one(pairs, CODE_FIELD), _one(pairs, STEP_FIELD) or LOOK
        if step not in STEPS:
            raise HTTPException(422)
        address = request.client.host if request.client else ""
        if self._wrong.are_too_many(address):
            raise HTTPException(429, headers={"Retry-After": f"{WINDOW:.0f}"})
        try:
            given = receipts.read(code)
        except UnknownReceipt:
            return self._page(request, "ask", 422, code=code, wrong="unreadable")
        try:
            stored = await run_in_threadpool(self._site.receipts.find, given)
            return await self._step(request, stored, step)
        except UnknownReceipt:
            self._wrong.count(address)
            return self._page(request, "ask", 404, code=code, wrong="unknown")
        except (Counted, Voided) as end:
            return self._page(request, GONE[type(end)], 410)
        except RoundClosed:
            typed = await run_in_threadpool(self._typed, given.round_id, pairs)
            return self._page(request, "closed", 410, typed=typed)

    async def _step(self, request: Request, stored: Stored, step: str) -> Response:
        code = stored.receipt.code
        if step == LOOK:
            state = "stored" if stored.changeable else "closed"
            return self._page(request, state, code=code)
        if not stored.changeable:
            raise RoundClosed
        if step == ASK:
            return self._page(request, "sure", code=code)
        if step == WITHDRAW:
            await self._site.receipts.withdraw(stored)
            return self._page(request, "withdrawn")
        if step == FILL_IN:
            return await run_in_threadpool(self._form, request, stored, Kept())
        return await self._replace(request, stored)

    async def _replace(self, request: Request, stored: Stored) -> Response:
        own = {CODE_FIELD, STEP_FIELD, CHECKED, ONLY}
        pairs_sent = request.scope[PAIRS]
        pairs = [pair for pair in pairs_sent if pair[0] not in own]
        checked = asked_about(pairs_sent)
        opened = await run_in_threadpool(self._forms.of, stored.paper)
        language = self._language(request, stored)
        if is_only_shown(pairs_sent):
            return self._form(request, stored, Kept(answers_of(pairs), checked=checked or ""))
        strange = {name for name, _ in pairs if not name.startswith(PREFIX)}
        strange |= {CHECKED} if checked is None else set()
        try:
            if strange:
                raise ItemErrors((), tuple(sorted(strange)))
            answers = answering.read(opened.papers[stored.paper.side], pairs)
        except ItemErrors as wrong:
            kept = Kept(
                answers_of(pairs),
                questionnaire.explained(wrong, language),
                notice_of(wrong, language),
            )
            return self._form(request, stored, kept, 422)
        if answers.comments and checked != ALL:
            warnings = await run_in_threadpool(
                self._second_look.warnings,
                stored.paper.round_id,
                answers.comments,
                checked or "",
                language,
            )
            if warnings:
                kept = Kept(answers_of(pairs), warnings=warnings, checked=ALL)
                return self._form(request, stored, kept)
        try:
            by = Replacement(opened.layout.pack(answers), answers.comments)
            await self._site.receipts.replace(stored, by)
        except NotSaved:
            notice = language.text(
                "Your answers could not be saved just now. Nothing is lost: keep this page "
                "open and send it again in a minute."
            )
            kept = Kept(answers_of(pairs), notice=notice, checked=checked or "")
            return self._form(request, stored, kept, 503)
        return self._page(request, "replaced", code=stored.receipt.code)

    def _form(self, request: Request, stored: Stored, kept: Kept, status: int = 200) -> Response:
        language = self._language(request, stored)
        query = language_query(request)
        content = self._forms.replacing(stored.paper, language, query, kept, stored.receipt.code)
        headers = {"Retry-After": "60"} if status == 503 else None
        return HTMLResponse(content, status, headers=headers)

    def _language(self, request: Request, stored: Stored) -> Language:
        wanted = reader_language(request.scope, self._site.runtime.settings.language).code
        return self._forms.language(stored.paper, wanted)

    def _typed(self, round_id: str, pairs: Pairs) -> tuple[str, ...]:
        return words_of(pairs, self._forms.opened(round_id, 0).survey)

    def _page(
        self,
        request: Request,
        state: str,
        status: int = 200,
        *,
        code: str = "",
        wrong: str = "",
        typed: tuple[str, ...] = (),
    ) -> Response:
        language = reader_language(request.scope, self._site.runtime.settings.language)
        errors = {CODE_FIELD: _told(wrong, language)} if wrong else {}
        content = self._site.pages.render(
            "respond/receipt.html",
            language,
            query=language_query(request),
            state=state,
            code=code[: 2 * receipts.LENGTH],
            errors=errors,
            typed=typed,
        )
        return HTMLResponse(content, status)


def _one(pairs: Pairs, name: str) -> str:
    values = [value for one, value in pairs if one == name]
    if len(values) > 1:
        raise HTTPException(422)
    return values[0].strip() if values else ""


def _told(wrong: str, language: Language) -> str:
    if wrong == "unreadable":
        return language.text(
            "A receipt has %(n)s letters and digits. Compare what you typed with your copy.",
            n=receipts.LENGTH,
        )
    return language.text(
        "Nothing is stored under this receipt. It may be mistyped, or the answers were withdrawn."
    )
