"""The worker's part: signs what is due, sends it, and notes how it was taken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session
from standardwebhooks.webhooks import Webhook as Signature

from app.hooks import register, words
from app.hooks.models import Webhook
from app.kit import hold
from app.kit.clock import now
from app.kit.database import Database
from app.kit.jobs import Kind, Lease, Outcome, State
from app.kit.language import Language
from app.kit.outbound import Call, Outbound, Reply
from app.kit.seal import Keyring, SealBroken, UnknownServerKey
from app.kit.worker import try_again

WORKER = "worker"
SIDE_BY_SIDE = 10
LEASE = timedelta(minutes=2)
GONE = 410
# Why a webhook was switched off, and a message given up.
NOT_TAKEN = "not taken for two days"
NO_MORE = "no more wanted"
KEY_LOST = "the server's key of this webhook is not here: make the webhook anew"


@dataclass(frozen=True)
class Delivering:
    """The handler of messages to webhooks."""

    database: Database
    keyring: Keyring
    outbound: Outbound
    base_url: str
    language: Language

    def kind(self) -> Kind:
        """How its jobs are claimed: after all that people wait for."""
        return Kind(
            self,
            batch=SIDE_BY_SIDE,
            lease=LEASE,
            bulk=True,
            at_once=SIDE_BY_SIDE,
            gate=hold.is_free,
        )

    def __call__(self, leases: Sequence[Lease]) -> Iterable[Sequence[Outcome]]:
        ended: list[Outcome] = []
        going: list[tuple[Lease, Call]] = []
        with self.database.reading() as session:
            for lease in leases:
                made = self._call(session.get(Webhook, lease.part), lease)
                if isinstance(made, Outcome):
                    ended.append(made)
                else:
                    going.append((lease, made))
        replies = self.outbound.post_all([call for _, call in going])
        for (lease, _), reply in zip(going, replies, strict=True):
            ended.append(_outcome(lease, reply))
            with self.database.writing() as session:
                self._note(session, ended[-1], reply)
        yield ended

    def _call(self, hook: Webhook | None, lease: Lease) -> Call | Outcome:
        if hook is None or hook.disabled_at is not None:
            return Outcome(lease, State.CANCELLED, error="the webhook is switched off")
        try:
            target = register.target_of(self.keyring, hook)
        except (UnknownServerKey, SealBroken):
            return Outcome(lease, State.FAILED, error=KEY_LOST)
        body = words.body(hook.kind, lease.arguments, self.base_url, self.language)
        headers = {"Content-Type": "application/json", **signed(target.secrets, lease.key, body)}
        return Call(target.address, headers, body)

    def _note(self, session: Session, outcome: Outcome, reply: Reply) -> None:
        """Remember since when nothing was taken; switch off what has been silent for too long."""
        hook = session.get(Webhook, outcome.lease.part, with_for_update=True)
        if hook is None:
            return
        if reply.taken:
            if hook.failing_since is not None:
                hook.failing_since = None
                session.add(hook)
            return
        hook.failing_since = hook.failing_since or now()
        session.add(hook)
        if reply.status == GONE:
            register.switch(session, hook, WORKER, on=False, note=NO_MORE)
        elif outcome.state is State.FAILED and hook.failing_since <= outcome.lease.tried_since:
            register.switch(session, hook, WORKER, on=False, note=NOT_TAKEN)


def signed(secrets: Sequence[str], message: str, body: bytes) -> Mapping[str, str]:
    """The headers of the standard; nothing for a chat, which knows no secret."""
    if not secrets:
        return {}
    moment = now().replace(microsecond=0)
    signatures = [Signature(one).sign(message, moment, body.decode()) for one in secrets]
    return {
        "webhook-id": message,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _outcome(lease: Lease, reply: Reply) -> Outcome:
    code = str(reply.status) if reply.status else None
    if reply.taken:
        return Outcome(lease, State.DONE, code)
    if reply.status == GONE:
        return Outcome(lease, State.FAILED, code, NO_MORE)
    return try_again(lease, code, reply.trouble or "not taken")
