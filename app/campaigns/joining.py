"""People of the people file who join a round after its launch: added, and never removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.audit import log
from app.campaigns import erasing, merging, opening, policy, rounds
from app.campaigns.audience import Asked
from app.campaigns.models import Invitation, RoundAddition, RoundDepartment
from app.campaigns.rounds import Phase, RoundRefused
from app.campaigns.sampling import EVERYBODY
from app.kit.clock import now
from app.kit.language import LANGUAGES
from app.kit.seal import Keyring
from app.people.models import Employee


@dataclass(frozen=True)
class Joining:
    """Who would join one department, and how many people could answer there before and after."""

    department: RoundDepartment
    people: tuple[Asked, ...]
    reachable: int

    @property
    def alone(self) -> bool:
        """Whether a newcomer would be the only one there who can answer."""
        return self.reachable > 0 and self.department.reachable + self.reachable == 1

    def known(self, answered: Mapping[str, int]) -> bool:
        """Whether everybody there has answered: the next answer would be a newcomer's."""
        return answered.get(self.department.id, 0) >= self.department.reachable > 0


def waiting(session: Session, keyring: Keyring, round_id: str) -> list[Joining]:
    """The people who came to the departments of a round after its launch, by department.

    A department nobody was asked in stays out: its first people would be a group of their own.
    Who was erased and comes back has been asked before.
    """
    tree = rounds.tree_of(session, round_id)
    asked, groups = {node.id: node for node in tree if node.invited}, merging.collected(tree)
    everybody = _invited(session, round_id)
    invited = {one.id for one in everybody}
    addresses = {one.email.casefold() for one in everybody if one.email}
    erased = {one.employee_id for one in everybody if one.employee_id.startswith(erasing.ERASED)}
    here: dict[str, list[Employee]] = {}
    for person in _active(session):
        # Who is new in a department that is reported with others joins them.
        place = groups.get(person.department_id, person.department_id)
        if place not in asked or person.id in invited:
            continue
        if not (erased and erasing.is_erased(keyring, person.employee_id, erased)):
            here.setdefault(place, []).append(person)
    found = []
    for node_id, node in asked.items():
        people = here.get(node_id, [])
        own = {one.email.casefold() for one in people if one.email} - addresses
        addresses |= own
        if people:
            by_slip = sum(1 for one in people if not one.email)
            asked_there = tuple(_asked(one, node_id) for one in people)
            found.append(Joining(node, asked_there, len(own) + by_slip))
    return found


def join(
    session: Session,
    keyring: Keyring,
    round_id: str,
    answered: Mapping[str, int],
    actor: str,
) -> int:
    """Invite those who may join, and say how many. Raises RoundRefused where nobody may.

    `answered` is how many have answered in each department; it decides, and is not kept.
    """
    row = rounds.locked(session, round_id)
    rounds.refuse_unless(session, row, (Phase.OPEN, Phase.SCHEDULED))
    if policy.frozen(session, round_id).mode != policy.CONFIDENTIAL:
        raise RoundRefused("nobody can join this round: its links were all made at the launch")
    if policy.frozen(session, round_id).breakdowns:
        raise RoundRefused(
            "nobody can join this round: the boxes of its breakdowns were all made at the launch"
        )
    if policy.frozen(session, round_id).share < EVERYBODY:
        raise RoundRefused("nobody can join this round: who is asked was drawn at random")
    joining = [
        one
        for one in waiting(session, keyring, round_id)
        if not one.alone and not one.known(answered)
    ]
    if not joining:
        raise RoundRefused(
            "nobody can be added: nobody new is in a department that was asked, or a newcomer's "
            "answer would be known as theirs"
        )
    for one in joining:
        _grow(session, one, actor)
    people = [person for one in joining for person in one.people]
    opening.invite(session, keyring, row, people)
    log.record(session, actor, "round.people_added", round_id, people=len(people))
    return len(people)


def _grow(session: Session, one: Joining, actor: str) -> None:
    node = one.department
    session.add(
        RoundAddition(
            round_id=node.round_id,
            department_id=node.id,
            at=now(),
            by=actor,
            people=len(one.people),
        )
    )
    session.connection().execute(
        update(RoundDepartment)
        .where(col(RoundDepartment.round_id) == node.round_id, col(RoundDepartment.id) == node.id)
        .values(
            invited=col(RoundDepartment.invited) + len(one.people),
            reachable=col(RoundDepartment.reachable) + one.reachable,
        )
    )


def _invited(session: Session, round_id: str) -> Sequence[Employee]:
    return session.exec(
        select(Employee)
        .join(Invitation, col(Invitation.employee_id) == col(Employee.id))
        .where(Invitation.round_id == round_id)
    ).all()


def _active(session: Session) -> Sequence[Employee]:
    return session.exec(
        select(Employee)
        .where(col(Employee.deactivated_at).is_(None))
        .order_by(col(Employee.employee_id))
    ).all()


def _asked(person: Employee, department_id: str) -> Asked:
    return Asked(
        employee_id=person.id,
        email=person.email,
        language=person.language if person.language in LANGUAGES else "",
        department_id=department_id,
    )
