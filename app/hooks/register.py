"""The list of webhooks: making, changing and ending them; secrets are handed out once."""

import base64
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, delete, select

from app.audit import log
from app.hooks import events
from app.hooks.events import DELIVER, EVENTS
from app.hooks.models import Webhook
from app.hooks.words import KINDS, STANDARD
from app.kit import jobs
from app.kit.clock import now
from app.kit.jobs import Job
from app.kit.language import Refusal
from app.kit.outbound import Outbound
from app.kit.seal import Keyring, Wrapped
from app.kit.text import TooManyMarks, composed
from app.kit.tokens import random_token

LONGEST_NAME = 80
MOST = 20
# As the standard writes a secret.
PREFIX = "whsec_"
SECRET_BYTES = 32
OLD_SECRET_SIGNS = timedelta(hours=24)


class HookRefused(Refusal):
    """The webhook cannot be made or changed like this; the field is named."""


class UnknownHook(Refusal):
    """There is no webhook with this id."""


@dataclass(frozen=True)
class Wanted:
    """What people say of a webhook."""

    name: str
    kind: str
    address: str
    events: Collection[str]


@dataclass(frozen=True)
class Target:
    """Where a webhook sends, and the secrets that sign, newest first (none for a chat)."""

    address: str
    secrets: tuple[str, ...]


def create(
    session: Session, keyring: Keyring, outbound: Outbound, wanted: Wanted, actor: str
) -> tuple[Webhook, str]:
    """Make it; its secret (empty for a chat) is returned now and never again.

    Raises HookRefused, or BadAddress.
    """
    if len(listed(session)) >= MOST:
        raise HookRefused("at most %(most)s webhooks: delete one first", most=MOST, field="name")
    name, host = _checked(outbound, wanted)
    secret = _new_secret() if wanted.kind == STANDARD else ""
    hook_id = random_token()
    address = keyring.wrap(wanted.address.encode(), _place(hook_id, "address"))
    hook = Webhook(
        id=hook_id,
        name=name,
        kind=wanted.kind,
        host=host,
        events=_ordered(wanted.events),
        server_key=address.server_key,
        sealed_address=address.sealed,
        sealed_secret=keyring.wrap(secret.encode(), _place(hook_id, "secret")).sealed,
        created_by=actor,
    )
    session.add(hook)
    session.flush()
    log.record(session, actor, "webhook.created", hook.id, kind=hook.kind, events=hook.events)
    return hook, secret


def rotate(session: Session, keyring: Keyring, hook: Webhook, actor: str) -> str:
    """A new secret, returned now and never again; the old one signs as well for a day."""
    if hook.kind != STANDARD:
        raise HookRefused("only a webhook of the kind standard has a secret", field="kind")
    target = target_of(keyring, hook)
    secret = _new_secret()
    address = keyring.wrap(target.address.encode(), _place(hook.id, "address"))
    hook.server_key, hook.sealed_address = address.server_key, address.sealed
    hook.sealed_secret = keyring.wrap(secret.encode(), _place(hook.id, "secret")).sealed
    old = keyring.wrap(target.secrets[0].encode(), _place(hook.id, "old secret"))
    hook.sealed_old_secret, hook.old_secret_until = old.sealed, now() + OLD_SECRET_SIGNS
    session.add(hook)
    log.record(session, actor, "webhook.secret_changed", hook.id)
    return secret


def switch(session: Session, hook: Webhook, actor: str, *, on: bool, note: str = "") -> None:
    """Switch it off, or on again with nothing of the past held against it."""
    if on is (hook.disabled_at is None):
        return
    hook.disabled_at = None if on else now()
    hook.failing_since = None
    hook.note = note
    session.add(hook)
    if not on:
        jobs.cancel(session, hook.id)
    log.record(session, actor, "webhook.enabled" if on else "webhook.disabled", hook.id)


def remove(session: Session, hook: Webhook, actor: str) -> None:
    """Delete it with its secrets and its log."""
    session.exec(delete(Job).where(col(Job.part) == hook.id, col(Job.kind) == DELIVER))
    session.delete(hook)
    log.record(session, actor, "webhook.deleted", hook.id)


def send_test(session: Session, hook: Webhook, actor: str) -> str:
    """Queue a message that says it is a test; its id."""
    if hook.disabled_at is not None:
        raise HookRefused("this webhook is switched off: switch it on first", field="test")
    message = events.message_id(events.TEST, random_token())
    events.send(session, hook.id, message, events.TEST, now(), {"webhook": hook.id})
    log.record(session, actor, "webhook.tested", hook.id)
    return message


def listed(session: Session) -> Sequence[Webhook]:
    """All of them, the newest first."""
    statement = select(Webhook).order_by(col(Webhook.created_at).desc(), col(Webhook.id))
    return session.exec(statement).all()


def get(session: Session, hook_id: str) -> Webhook:
    """The webhook; raises UnknownHook."""
    hook = session.get(Webhook, hook_id)
    if hook is None:
        raise UnknownHook("there is no such webhook")
    return hook


def target_of(keyring: Keyring, hook: Webhook) -> Target:
    """Where it sends and what signs; raises UnknownServerKey or SealBroken."""

    def opened(sealed: bytes, what: str) -> str:
        return keyring.unwrap(Wrapped(hook.server_key, sealed), _place(hook.id, what)).decode()

    kept = [opened(hook.sealed_secret, "secret")]
    if hook.sealed_old_secret and hook.old_secret_until and now() < hook.old_secret_until:
        kept.append(opened(hook.sealed_old_secret, "old secret"))
    return Target(opened(hook.sealed_address, "address"), tuple(filter(None, kept)))


def _checked(outbound: Outbound, wanted: Wanted) -> tuple[str, str]:
    """The name in its normal form, and the host."""
    try:
        name = composed(wanted.name).strip()
    except TooManyMarks:
        name = ""
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise HookRefused("give it a name of at most %(most)s characters", most=80, field="name")
    if wanted.kind not in KINDS:
        raise HookRefused("choose %(kinds)s", kinds=" / ".join(KINDS), field="kind")
    if not wanted.events or not set(wanted.events) <= set(EVENTS):
        raise HookRefused("choose at least one of the events", field="events")
    return name, outbound.check(wanted.address).hostname or ""


def _ordered(chosen: Collection[str]) -> str:
    return " ".join(event for event in EVENTS if event in chosen)


def _new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _place(hook_id: str, what: str) -> str:
    return f"webhook {hook_id} {what}"
