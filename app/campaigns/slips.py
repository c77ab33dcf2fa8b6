"""Code slips for people without mail: a department and a one-time code, and never a name.

A slip is a link like those of anonymous mode: random, of a department, and nobody's. Who gets
one has no other: the link of their invitation, that nobody was sent, ends when it is printed.
"""

import secrets
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.audit import log
from app.campaigns import anonymous_links, policy, rounds
from app.campaigns.anonymous_links import Place
from app.campaigns.models import Invitation, SurveyRound
from app.campaigns.rounds import Phase, RoundRefused
from app.kit import jobs
from app.kit.clock import now
from app.kit.jobs import Job, State
from app.kit.seal import Keyring
from app.kit.tokens import READABLE, derived_token, random_code
from app.people.models import Employee

# Of a department whose slips were printed; in anonymous mode nothing else would tell.
PRINTED = "slips"
LENGTH, GROUP = 12, 4


@dataclass(frozen=True, repr=False)
class Slip:
    """What is printed for one person, shown once and stored nowhere."""

    department: str
    code: str


def print_slips(
    session: Session, keyring: Keyring, round_id: str, paths: list[str], actor: str
) -> list[Slip]:
    """New codes for everybody without an address in these departments. Raises RoundRefused."""
    row = rounds.locked(session, round_id)
    rounds.refuse_unless(session, row, (Phase.OPEN, Phase.SCHEDULED))
    names = {node.id: node.path for node in rounds.tree_of(session, round_id)}
    for path in paths:
        if path not in names.values():
            raise RoundRefused(
                "there is no department %(path)s in this round", path=path, field="department"
            )
    chosen = {one for one, name in names.items() if not paths or name in paths}
    waiting = _waiting(session, row, chosen)
    if not waiting:
        raise RoundRefused(
            "nobody here is without both an e-mail address and a slip: slips are printed once"
        )
    slips: list[Slip] = []
    for department_id in sorted({one.department_id for one in waiting}, key=names.__getitem__):
        people = [one.id for one in waiting if one.department_id == department_id]
        codes = [random_code(LENGTH) for _ in people]
        tokens = [token_of(keyring, row, code) for code in codes]
        anonymous_links.put(session, Place(round_id, department_id), tokens)
        _end_links(session, round_id, department_id, people)
        slips += [Slip(names[department_id], _spaced(code)) for code in sorted(codes)]
    log.record(session, actor, "round.slips_printed", round_id, slips=len(slips))
    return slips


def lacking(session: Session, row: SurveyRound) -> dict[str, int]:
    """How many people have neither an address nor a slip, by department. Raises RoundRefused."""
    rounds.refuse_unless(session, row, (Phase.OPEN, Phase.SCHEDULED))
    names = {node.id: node.path for node in rounds.tree_of(session, row.id)}
    counts = Counter(names[one.department_id] for one in _waiting(session, row, set(names)))
    return dict(sorted(counts.items()))


def token_of(keyring: Keyring, row: SurveyRound, code: str) -> str:
    """What a code of this round stands for; without the server's key it cannot be worked out."""
    return row.id + derived_token(keyring.derive("slip", row.server_key), row.id, code)


def read(code: str) -> str:
    """A code as it was typed, without spaces and dashes; empty where it can be none."""
    letters = "".join(one for one in code.lower() if one.isalnum())
    return letters if len(letters) == LENGTH and set(letters) <= set(READABLE) else ""


def _waiting(session: Session, row: SurveyRound, chosen: set[str]) -> list[Invitation]:
    """Who has no address and has got no slip, in random order."""
    found = session.exec(
        select(Invitation)
        .join(Employee, col(Employee.id) == col(Invitation.employee_id))
        .where(
            Invitation.round_id == row.id,
            col(Employee.deactivated_at).is_(None),
            Employee.email == "",
        )
    ).all()
    anonymous = policy.frozen(session, row.id).anonymous
    printed = set(jobs.keys(session, row.id, PRINTED, State.DONE))
    waiting = [
        one
        for one in found
        if one.department_id in chosen
        and (one.department_id not in printed if anonymous else one.token_hash is not None)
    ]
    if any(one.cell_id is not None for one in waiting):
        raise RoundRefused("slips are not offered in a round with breakdowns: they carry none")
    secrets.SystemRandom().shuffle(waiting)
    return waiting


def _end_links(session: Session, round_id: str, department_id: str, people: list[str]) -> None:
    session.connection().execute(
        update(Invitation)
        .where(col(Invitation.round_id) == round_id, col(Invitation.id).in_(people))
        .values(token_hash=None)
    )
    if jobs.enqueue(session, PRINTED, round_id, department_id, now()):
        job = session.get_one(Job, (round_id, PRINTED, department_id))
        job.state, job.finished_at = State.DONE.value, now()
        session.add(job)
        session.flush()


def _spaced(code: str) -> str:
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))
