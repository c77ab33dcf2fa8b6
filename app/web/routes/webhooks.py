"""Webhooks and chats: whom to tell of events, tests, secrets, and what was sent."""

from collections.abc import Sequence
from contextlib import suppress

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.hooks import delivering, events, history, register, words
from app.hooks.models import Webhook
from app.hooks.register import HookRefused, UnknownHook, Wanted
from app.kit.language import Language
from app.kit.outbound import BadAddress
from app.web.dependencies import DbSession, Keeping, ReadSession, Staff, TheSite, see_other
from app.web.forms import Fields

router = APIRouter()


@router.get("/webhooks")
def index(request: Request, _: Keeping, page: Staff, session: ReadSession) -> HTMLResponse:
    """All of them, and the form for another."""
    return _list(page, session, gone=bool(request.query_params.get("gone")))


@router.post("/webhooks")
def add(
    request: Request, viewer: Keeping, page: Staff, site: TheSite, session: DbSession
) -> Response:
    """Make one; a secret is shown now and never again."""
    fields = Fields.of(request, page.language)
    wanted = Wanted(
        name=fields.text("name", register.LONGEST_NAME),
        kind=fields.choice("kind", words.KINDS),
        address=fields.text("address", 2000),
        events=fields.many("events", events.EVENTS),
    )
    if not wanted.events:
        fields.refuse("events", page.language.text("Choose at least one."))
    if fields.done():
        try:
            hook, secret = register.create(
                session, site.runtime.keyring, site.outbound, wanted, viewer.account_id
            )
        except (HookRefused, BadAddress) as refusal:
            fields.refuse(str(refusal.values["field"]), refusal.told(page.language))
        else:
            if secret:
                return page("webhooks/secret.html", hook=hook, secret=secret, changed=False)
            return see_other(f"/webhooks/{hook.id}?made=1")
    return _list(page, session, fields, chosen=wanted.events)


@router.get("/webhooks/{hook_id}")
def show(
    hook_id: str, request: Request, _: Keeping, page: Staff, session: ReadSession
) -> HTMLResponse:
    """One of them, with its messages."""
    hook = register.get(session, hook_id)
    query = request.query_params
    return page(
        "webhooks/show.html",
        hook=hook,
        kinds=_kinds(page.language),
        events=_events(page.language, (*events.EVENTS, events.TEST)),
        standard=hook.kind == words.STANDARD,
        reason=_reason(hook, page.language),
        log=history.of(session, hook.id),
        made=bool(query.get("made")),
        tested=bool(query.get("tested")),
    )


@router.post("/webhooks/{hook_id}/test")
def send_test(hook_id: str, viewer: Keeping, session: DbSession) -> Response:
    """Send a message that says it is a test."""
    register.send_test(session, register.get(session, hook_id), viewer.account_id)
    return see_other(f"/webhooks/{hook_id}?tested=1")


@router.post("/webhooks/{hook_id}/rotate")
def rotate(
    hook_id: str, viewer: Keeping, page: Staff, site: TheSite, session: DbSession
) -> HTMLResponse:
    """A new secret, shown now and never again."""
    hook = register.get(session, hook_id)
    secret = register.rotate(session, site.runtime.keyring, hook, viewer.account_id)
    return page("webhooks/secret.html", hook=hook, secret=secret, changed=True)


@router.post("/webhooks/{hook_id}/enable")
def enable(hook_id: str, viewer: Keeping, session: DbSession) -> Response:
    """Switch it on again."""
    return _switched(session, hook_id, viewer.account_id, on=True)


@router.post("/webhooks/{hook_id}/disable")
def disable(hook_id: str, viewer: Keeping, session: DbSession) -> Response:
    """Switch it off; what waits is not sent."""
    return _switched(session, hook_id, viewer.account_id, on=False)


@router.post("/webhooks/{hook_id}/delete")
def delete(hook_id: str, viewer: Keeping, session: DbSession) -> Response:
    """Delete it with its secret and its log."""
    # Pressed twice, it is gone as well.
    with suppress(UnknownHook):
        register.remove(session, register.get(session, hook_id), viewer.account_id)
    return see_other("/webhooks?gone=1")


def _switched(session: Session, hook_id: str, actor: str, *, on: bool) -> Response:
    register.switch(session, register.get(session, hook_id), actor, on=on)
    return see_other(f"/webhooks/{hook_id}")


def _list(
    page: Staff,
    session: Session,
    fields: Fields | None = None,
    *,
    chosen: object = (),
    gone: bool = False,
) -> HTMLResponse:
    hooks: list[Webhook] = list(register.listed(session))
    return page(
        "webhooks/index.html",
        422 if fields else 200,
        errors=fields.errors if fields else {},
        typed={**fields.typed, "events": chosen} if fields else {"kind": words.STANDARD},
        hooks=hooks,
        kinds=_kinds(page.language),
        events=_events(page.language, events.EVENTS),
        gone=gone,
    )


def _reason(hook: Webhook, language: Language) -> str:
    """Why it was switched off, where nobody did it by hand."""
    text = language.text
    reasons = {
        delivering.NOT_TAKEN: text("Nothing was taken there for two days."),
        delivering.NO_MORE: text("The other side said that it wants no more messages."),
    }
    return reasons.get(hook.note, "")


def _kinds(language: Language) -> dict[str, str]:
    text = language.text
    return {
        words.STANDARD: text("A program, by signed messages (Standard Webhooks)"),
        words.SLACK: text("A channel in Slack"),
        words.TEAMS: text("A channel in Microsoft Teams"),
    }


def _events(language: Language, of: Sequence[str]) -> dict[str, str]:
    text = language.text
    known = {
        events.OPENED: text("A round opens"),
        events.REMINDED: text("Reminders go out"),
        events.CLOSED: text("A round closes"),
        events.PUBLISHED: text("Results are released"),
        events.FAILED: text("Mails of a round do not arrive"),
        events.TEST: text("Test"),
    }
    return {event: known[event] for event in of}
