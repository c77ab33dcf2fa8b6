"""Everything that is stored about one person, and why their answers are not among it."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from app.access import accounts, deputies, passwords
from app.access.models import Account, SignInLink, StaffSession
from app.audit.models import AuditEntry
from app.campaigns import suppressions
from app.campaigns.models import (
    Invitation,
    RoundDepartment,
    Series,
    SeriesAsked,
    SurveyRound,
)
from app.kit.jobs import Job
from app.kit.language import LANGUAGES, Language
from app.people import remembering
from app.people.models import Employee
from app.people.tree import Tree
from app.people.uploads import Upload

Json = dict[str, Any]


class UnknownPerson(Exception):
    """Nothing is stored about anybody of that address or employee id."""


def people_of(session: Session, who: str) -> Sequence[Employee]:
    """The people with this address or employee id; several may share an address."""
    wanted = who.strip()
    if not wanted:
        # Else it would be everybody without an address.
        return []
    return session.exec(
        select(Employee)
        .where(
            or_(func.lower(Employee.email) == wanted.lower(), col(Employee.employee_id) == wanted)
        )
        .order_by(col(Employee.employee_id))
    ).all()


def account_of(session: Session, who: str) -> Account | None:
    """The account that signs in with this address, disabled or not."""
    return session.exec(select(Account).where(Account.email == who.strip().lower())).first()


def uploads_naming(session: Session, people: Sequence[Employee], who: str) -> list[Upload]:
    """People files that wait to be confirmed and name one of them; none waits longer than a day."""
    marks = {one.email.casefold().encode() for one in people if one.email}
    marks |= {who.strip().casefold().encode()}
    return [
        one
        for one in session.exec(select(Upload))
        if any(mark in bytes(one.content).lower() for mark in marks)
    ]


def held(session: Session, who: str) -> Json:
    """All of it as JSON; raises UnknownPerson."""
    people, account = people_of(session, who), account_of(session, who)
    if not people and account is None:
        raise UnknownPerson(who.strip())
    tree = Tree.read(session)
    known = [one.id for one in people] + ([account.id] if account else [])
    return {
        "person": who.strip(),
        "people": [_person(session, tree, one) for one in people],
        "accounts": [_account(session, account)] if account else [],
        "audit": _entries(session, known),
        "mail_suppressed": _suppressed(session, [who, *(one.email for one in people)]),
        "people_files_waiting": len(uploads_naming(session, people, who)),
        "answers": {code: answers(Language(code)) for code in LANGUAGES},
    }


def _suppressed(session: Session, addresses: Sequence[str]) -> list[Json]:
    found = suppressions.suppressed(session, filter(None, addresses))
    return [{"address": address, "reason": reason.value} for address, reason in found.items()]


def answers(reader: Language) -> str:
    """Why no answer is among what is held."""
    return reader.text(
        "Answers cannot be found by person: they are stored without name, link or time, "
        "shuffled and sealed with those of others, and destroyed once they have been counted, or "
        "kept as lines of a file that belong to nobody where the form said so. "
        "Whether a link has been used is shown to nobody."
    )


def _person(session: Session, tree: Tree, one: Employee) -> Json:
    return {
        "employee_id": one.employee_id,
        "name": one.name,
        "email": one.email,
        "department": tree[one.department_id].path_text if one.department_id in tree else "",
        "manager_id": one.manager_id,
        "language": one.language,
        "attributes": json.loads(one.attributes),
        "added_at": one.added_at.isoformat(),
        "left_at": one.deactivated_at.isoformat() if one.deactivated_at else None,
        "before_imports": remembering.earlier(session, one.id),
        "invitations": _invitations(session, one.id),
        "asked_by_series": _asked(session, one.id),
    }


def _invitations(session: Session, employee_id: str) -> list[Json]:
    rows = session.exec(
        select(Invitation, SurveyRound, RoundDepartment)
        .join(SurveyRound, col(SurveyRound.id) == col(Invitation.round_id))
        .join(
            RoundDepartment,
            (col(RoundDepartment.round_id) == col(Invitation.round_id))
            & (col(RoundDepartment.id) == col(Invitation.department_id)),
        )
        .where(Invitation.employee_id == employee_id)
        .order_by(col(SurveyRound.created_at))
    ).all()
    return [
        {
            "round": row.id,
            "name": row.name,
            "department": node.path,
            "language": invitation.language,
            "link": "fingerprint only" if invitation.token_hash else "destroyed",
            "mails": _mails(session, row.id, invitation.id),
        }
        for invitation, row, node in rows
    ]


def _asked(session: Session, employee_id: str) -> list[Json]:
    """Which series drew them last when, kept so that they can rest."""
    rows = session.exec(
        select(Series, SeriesAsked)
        .join(SeriesAsked, col(Series.id) == col(SeriesAsked.series_id))
        .where(SeriesAsked.employee_id == employee_id)
        .order_by(col(SeriesAsked.asked_on))
    )
    return [{"series": row.name, "on": one.asked_on.isoformat()} for row, one in rows]


def _mails(session: Session, round_id: str, invitation_id: str) -> list[Json]:
    rows = session.exec(
        select(Job).where(Job.part == round_id, Job.key == invitation_id).order_by(col(Job.kind))
    )
    return [
        {
            "kind": job.kind,
            "state": job.state,
            "at": job.finished_at.isoformat() if job.finished_at else None,
            "said": " ".join(filter(None, (job.last_code, job.last_error))) or None,
        }
        for job in rows
    ]


def _account(session: Session, account: Account) -> Json:
    listed = next(one for one in accounts.listed(session) if one.account.id == account.id)
    sessions = select(func.count()).where(StaffSession.account_id == account.id)
    links = select(func.count()).where(SignInLink.account_id == account.id)
    return {
        "email": account.email,
        "role": account.role,
        "departments": list(listed.departments),
        "language": account.language,
        "created_at": account.created_at.isoformat(),
        "disabled_at": account.disabled_at.isoformat() if account.disabled_at else None,
        "sessions": session.exec(sessions).one(),
        "sign_in_links": session.exec(links).one(),
        "password": passwords.stands(session, account.id)[0] is not None,
        "recovery_codes": passwords.stands(session, account.id)[1],
        "deputies": [
            {"manager": one.manager, "deputy": one.deputy, "until": one.ends_at.isoformat()}
            for one in deputies.standing(session, account.id)
        ],
    }


def _entries(session: Session, known: Sequence[str]) -> list[Json]:
    rows = session.exec(
        select(AuditEntry)
        .where(or_(col(AuditEntry.actor).in_(known), col(AuditEntry.subject).in_(known)))
        .order_by(col(AuditEntry.at))
    )
    return [
        {
            "at": one.at.isoformat(),
            "action": one.action,
            "by_this_person": one.actor in known,
            "subject": one.subject,
            "detail": json.loads(one.detail),
        }
        for one in rows
    ]
