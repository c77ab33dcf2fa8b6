"""Webhooks: whom to tell of events, and what was sent."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.hooks import history, register, words
from app.hooks.models import Webhook
from app.hooks.register import HookRefused, UnknownHook, Wanted
from app.kit.outbound import LONGEST_ADDRESS, BadAddress
from app.web.api import replies
from app.web.api.caller import KeeperCaller
from app.web.api.problems import Refused
from app.web.api.replies import IdempotencyKey
from app.web.api.values import Body, Code, Plain, Text
from app.web.dependencies import DbSession, ReadSession, TheSite

router = APIRouter(tags=["webhooks"])

Url = Annotated[str, Field(max_length=LONGEST_ADDRESS, min_length=1), Plain]


class HookIn(Body):
    """A webhook to make."""

    name: Text
    kind: Code = words.STANDARD
    address: Url
    events: Annotated[list[Code], Field(min_length=1, max_length=20)]


class State(Body):
    """Whether it is on."""

    enabled: bool


@router.get("/webhooks")
def list_webhooks(request: Request, _: KeeperCaller, session: ReadSession) -> Response:
    """Every webhook; never its address or its secret."""
    return replies.tagged(request, {"items": [_told(one) for one in register.listed(session)]})


@router.post("/webhooks", status_code=201)
def create_webhook(
    caller: KeeperCaller, site: TheSite, session: DbSession, wanted: HookIn
) -> dict[str, Any]:
    """Make a webhook. Its secret is in this reply and nowhere else, so this is never answered twice."""
    keyring = site.runtime.keyring
    given = Wanted(wanted.name, wanted.kind, wanted.address, wanted.events)
    try:
        hook, secret = register.create(session, keyring, site.outbound, given, caller.account_id)
    except (HookRefused, BadAddress) as refusal:
        raise _refused(refusal) from None
    return {**_told(hook), "secret": secret or None}


@router.get("/webhooks/{hook_id}")
def show_webhook(request: Request, _: KeeperCaller, session: ReadSession, hook_id: str) -> Response:
    """A webhook and its newest messages: when, how often tried, how taken."""
    hook = _hook(session, hook_id)
    messages = [
        {
            "id": one.message,
            "event": one.event,
            "state": one.state,
            "tries": one.tries,
            "at": one.at.isoformat(),
            "next_at": one.next_at.isoformat() if one.next_at else None,
            "said": one.said,
        }
        for one in history.of(session, hook.id)
    ]
    return replies.tagged(request, {**_told(hook), "messages": messages})


@router.post("/webhooks/{hook_id}/state")
def switch_webhook(
    request: Request,
    caller: KeeperCaller,
    session: DbSession,
    hook_id: str,
    wanted: State,
    key: IdempotencyKey = None,
) -> Response:
    """Switch a webhook off, or on again."""

    def do() -> dict[str, Any]:
        hook = _hook(session, hook_id)
        register.switch(session, hook, caller.account_id, on=wanted.enabled)
        return _told(hook)

    return replies.once(session, request, caller, key, do)


@router.post("/webhooks/{hook_id}/test")
def send_test(
    request: Request,
    caller: KeeperCaller,
    session: DbSession,
    hook_id: str,
    key: IdempotencyKey = None,
) -> Response:
    """Queue a message that says it is a test."""

    def do() -> dict[str, Any]:
        hook = _hook(session, hook_id)
        try:
            return {"message": register.send_test(session, hook, caller.account_id)}
        except HookRefused as refusal:
            raise Refused(409, str(refusal)) from None

    return replies.once(session, request, caller, key, do)


@router.post("/webhooks/{hook_id}/rotate")
def rotate_secret(
    caller: KeeperCaller, site: TheSite, session: DbSession, hook_id: str
) -> dict[str, Any]:
    """A new secret, in this reply and nowhere else; the old one signs as well for 24 hours."""
    hook = _hook(session, hook_id)
    try:
        secret = register.rotate(session, site.runtime.keyring, hook, caller.account_id)
    except HookRefused as refusal:
        raise Refused(409, str(refusal)) from None
    return {**_told(hook), "secret": secret}


@router.delete("/webhooks/{hook_id}")
def delete_webhook(caller: KeeperCaller, session: DbSession, hook_id: str) -> dict[str, Any]:
    """Delete a webhook with its secret and its log."""
    hook = _hook(session, hook_id)
    told = _told(hook)
    register.remove(session, hook, caller.account_id)
    return told


def _hook(session: ReadSession, hook_id: str) -> Webhook:
    try:
        return register.get(session, hook_id)
    except UnknownHook:
        raise Refused(404, "There is no such webhook.") from None


def _refused(refusal: HookRefused | BadAddress) -> Refused:
    errors = [{"pointer": f"/{refusal.values['field']}", "code": "refused"}]
    return Refused(422, str(refusal), errors=errors)


def _told(hook: Webhook) -> dict[str, Any]:
    return {
        "id": hook.id,
        "name": hook.name,
        "kind": hook.kind,
        "host": hook.host,
        "events": hook.events.split(),
        "enabled": hook.disabled_at is None,
        "created_at": hook.created_at.isoformat(),
        "failing_since": hook.failing_since.isoformat() if hook.failing_since else None,
        "disabled_at": hook.disabled_at.isoformat() if hook.disabled_at else None,
        "note": hook.note,
    }
