"""How far a round is, as commands tell it."""

from dataclasses import asdict
from typing import Any

from sqlmodel import Session

from app.campaigns import deliveries, delivery_list, reminders
from app.campaigns.delivery_list import Work
from app.campaigns.models import SurveyRound
from app.results import release, retention


def of(session: Session, row: SurveyRound) -> dict[str, Any]:
    stands = release.phase(session, row)
    sent = deliveries.progress(session, row.id)
    return {
        "round": row.id,
        "name": row.name,
        "state": stands.value,
        "opens": row.opens_at.isoformat(),
        "closes": row.closes_at.isoformat(),
        "invited": sent.invited,
        "queued": sent.queued if sent.known else None,
        "sent": sent.sent if sent.known else None,
        "failed": sent.failed if sent.known else None,
        "stopped": sent.stopped if sent.known else None,
        "parked": sent.parked if sent.known else None,
        "sending": sent.sending if sent.known else None,
        "deferred": sent.deferred if sent.known else None,
        "bounced": sent.bounced if sent.known else None,
        "copies": sent.copies if sent.known else None,
        "without_mail": sent.without_mail if sent.known else None,
        "answered": release.answered(session, row.id),
        "reminders": [
            {
                "wave": one.name,
                "due": one.due_at.isoformat(),
                "state": "off" if one.off else one.state.value,
                "sent": one.sent,
                "queued": one.waiting,
            }
            for one in reminders.waves(session, row.id)
        ],
        "work": [
            _work(one)
            for one in (*delivery_list.work(session, row.id), retention.work(session, row))
        ],
    }


def _work(one: Work) -> dict[str, Any]:
    next_at = one.next_at.isoformat() if one.next_at else None
    return {**asdict(one), "next_at": next_at, "said": one.said or None}
