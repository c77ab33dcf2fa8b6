"""Erasing a person: the row goes, or is blanked for as long as an open round still needs it."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import delete, exists, func, update
from sqlmodel import Session, col, select

from app.access import accounts
from app.access.accounts import AccountRefused
from app.access.models import Account
from app.audit import log
from app.campaigns import held, rounds, suppressions
from app.campaigns.held import UnknownPerson
from app.campaigns.models import Invitation, RoundVoid, SeriesAsked
from app.kit.clock import now
from app.kit.jobs import Job
from app.kit.seal import Keyring
from app.kit.tokens import TOKEN_LENGTH, derived_token
from app.people import remembering
from app.people.models import Employee

ERASED = "erased-"
# Whose files are rewritten afterwards.
TABLES = (
    *("employee", "invitation", "series_asked", "job", "mail_suppression", "people_upload"),
    "people_import_person",
    *("account", "account_department", "sign_in_link", "staff_session"),
    *("account_password", "recovery_code", "deputy"),
)


@dataclass(frozen=True)
class Erasing:
    """What is erased: people whose rows go, people blanked until rounds end, and the rest."""

    removed: int
    blanked: int
    invitations: int
    open_rounds: tuple[str, ...]
    accounts: int
    uploads: int


def plan(session: Session, who: str) -> Erasing:
    """What erasing would do; raises UnknownPerson."""
    people, account = held.people_of(session, who), held.account_of(session, who)
    if not people and account is None:
        raise UnknownPerson(who)
    mine = {one.id: _invitations(session, one.id) for one in people}
    living = {
        one.round_id
        for invitations in mine.values()
        for one in invitations
        if not _over(session, one.round_id)
    }
    blanked = [some for some in mine.values() if any(one.round_id in living for one in some)]
    return Erasing(
        removed=len(people) - len(blanked),
        blanked=len(blanked),
        invitations=sum(map(len, mine.values())),
        open_rounds=tuple(sorted(living)),
        accounts=0 if account is None else 1,
        uploads=len(held.uploads_naming(session, people, who)),
    )


def erase(session: Session, keyring: Keyring, who: str, actor: str) -> Erasing:
    """Do it, in the caller's transaction. Raises UnknownPerson, AccountRefused."""
    planned = plan(session, who)
    people, account = held.people_of(session, who), held.account_of(session, who)
    for upload in held.uploads_naming(session, people, who):
        session.delete(upload)
    if account is not None:
        accounts.erase(session, account, actor)
        _forget_mails(session, [account.id])
    suppressions.forget(session, [who, *(one.email for one in people)])
    for person in people:
        log.record(session, actor, "person.erased", person.id)
        _erase(session, keyring, person)
    forget_blanked(session)
    return planned


def again(session: Session, keyring: Keyring, ids: Collection[str], actor: str) -> int:
    """Erase whoever of these came back with a backup; returns how many did.

    The only HR account stays: nobody else could let others in.
    """
    people = [
        one.employee_id
        for one in session.exec(select(Employee))
        if one.id in ids and not one.employee_id.startswith(ERASED)
    ]
    addresses = [one.email for one in session.exec(select(Account)) if one.id in ids]
    back = 0
    for who in [*people, *addresses]:
        with suppress(AccountRefused, UnknownPerson):
            erase(session, keyring, who, actor)
            back += 1
    return back


def is_erased(keyring: Keyring, employee_id: str, erased: Iterable[str]) -> bool:
    """Whether one of these pseudonyms was made of this employee id, by any of the server's keys."""
    made = {pseudonym(keyring, employee_id, key) for key in keyring.ids}
    return not made.isdisjoint(erased)


def pseudonym(keyring: Keyring, employee_id: str, key: str | None = None) -> str:
    """What stands in the place of an employee id: who comes back is not invited a second time."""
    return ERASED + derived_token(keyring.derive("erased person", key), employee_id)


def forget_blanked(session: Session) -> None:
    """Delete the blanked rows that no invitation needs any more."""
    needed = exists().where(col(Invitation.employee_id) == col(Employee.id))
    session.connection().execute(
        delete(Employee).where(col(Employee.employee_id).startswith(ERASED), ~needed)
    )


def _erase(session: Session, keyring: Keyring, person: Employee) -> None:
    invitations = _invitations(session, person.id)
    _forget_mails(session, [one.id for one in invitations])
    remembering.forget(session, person.id, person.employee_id)
    session.connection().execute(
        delete(SeriesAsked).where(col(SeriesAsked.employee_id) == person.id)
    )
    for one in invitations:
        if _over(session, one.round_id):
            session.delete(one)
    session.connection().execute(
        update(Employee).where(col(Employee.manager_id) == person.employee_id).values(manager_id="")
    )
    person.employee_id = pseudonym(keyring, person.employee_id)
    person.name = person.email = person.manager_id = person.language = ""
    person.attributes = "{}"
    person.deactivated_at = person.deactivated_at or now()
    session.add(person)
    session.flush()


def _forget_mails(session: Session, ids: list[str]) -> None:
    # A further mail to somebody begins with the id of the first.
    whose = func.substr(col(Job.key), 1, TOKEN_LENGTH)
    session.connection().execute(delete(Job).where(whose.in_(ids) | col(Job.part).in_(ids)))


def _invitations(session: Session, employee_id: str) -> list[Invitation]:
    return list(session.exec(select(Invitation).where(Invitation.employee_id == employee_id)))


def _over(session: Session, round_id: str) -> bool:
    """Whether the round can never be answered again; a closed one can still be extended."""
    if session.get(RoundVoid, round_id) is not None:
        return True
    return log.happened(session, rounds.RELEASED, round_id)
