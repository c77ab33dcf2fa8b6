"""Code slips for people without mail: a department and a one-time code, and never a name.

A slip is a link like those of anonymous mode: random, of a department, and nobody's. Who gets
one has no other: the link of their invitation ends when it is printed. Nothing holds which slips
are somebody's, so what is used of them is counted and never listed.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, exists, update
from sqlmodel import Session, col, select

from app.audit import log
from app.campaigns import anonymous_links, policy, rounds
from app.campaigns.anonymous_links import Place
from app.campaigns.invitations import Link
from app.campaigns.models import Invitation, SurveyRound
from app.campaigns.policy import Policy
from app.campaigns.rounds import ANONYMOUS_MAIL, INVITE, Phase, RoundRefused
from app.kit import jobs
from app.kit.clock import now
from app.kit.jobs import Job, State
from app.kit.seal import Keyring
from app.kit.tokens import READABLE, derived_token, random_code
from app.people.models import Employee

# Of a department whose slips were printed; in anonymous mode nothing else would tell.
PRINTED = "slips"
LENGTH, GROUP = 12, 4

# Which of these links have been used: known where the ballots are, above this package.
SpentLinks = Callable[[Connection, Sequence[Link]], set[Link]]


@dataclass(frozen=True, repr=False)
class Slip:
    """What is printed for one person, shown once and stored nowhere."""

    department: str
    code: str


def print_slips(
    session: Session, keyring: Keyring, round_id: str, paths: list[str], actor: str
) -> list[Slip]:
    """New codes for everybody without a mail in these departments. Raises RoundRefused."""
    row = _held(session, round_id)
    names = {node.id: node.path for node in rounds.tree_of(session, round_id)}
    for path in paths:
        if path not in names.values():
            raise _unknown(path)
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
        slips += _slips(names[department_id], codes)
    log.record(session, actor, "round.slips_printed", round_id, slips=len(slips))
    return slips


def renew(
    session: Session,
    keyring: Keyring,
    round_id: str,
    path: str,
    actor: str,
    spent: SpentLinks,
    *,
    mailed: bool,
) -> list[Slip]:
    """New codes in place of a department's unused ones; `mailed`: of its unused links as well.

    How many there are tells how many have answered: whether that may be known is decided above.
    Raises RoundRefused.
    """
    row = _held(session, round_id)
    node = next((one for one in rounds.tree_of(session, round_id) if one.path == path), None)
    if node is None:
        raise _unknown(path)
    place, policy_ = Place(round_id, node.id), policy.frozen(session, round_id)
    people = _linked(session, row, node.id) if mailed else []
    if mailed:
        _refuse_replacing(policy_)
    else:
        _refuse_telling(session, place, policy_)
    printed = {(round_id, one): one for one in anonymous_links.fingerprints(session, place)}
    links = {(round_id, one.token_hash): one.id for one in people if one.token_hash}
    used = spent(session.connection(), [*printed, *links])
    unused = [person for link, person in links.items() if link not in used]
    codes = [random_code(LENGTH) for _ in range(len(printed.keys() - used) + len(unused))]
    if not codes:
        raise RoundRefused("every link and every slip here has been used")
    tokens = [token_of(keyring, row, code) for code in codes]
    anonymous_links.renew(session, place, tokens, [printed[one] for one in used & printed.keys()])
    _end_links(session, round_id, node.id, unused)
    act = "round.links_replaced" if mailed else "round.slips_renewed"
    log.record(session, actor, act, round_id, department=path, slips=len(codes))
    return _slips(path, codes)


def lacking(session: Session, row: SurveyRound) -> dict[str, int]:
    """How many people have neither a mail nor a slip, by department. Raises RoundRefused."""
    rounds.refuse_unless(session, row, (Phase.OPEN, Phase.SCHEDULED))
    names = {node.id: node.path for node in rounds.tree_of(session, row.id)}
    counts = Counter(names[one.department_id] for one in _waiting(session, row, set(names)))
    return dict(sorted(counts.items()))


def printed_for(session: Session, round_id: str) -> set[str]:
    """The departments that slips were printed for."""
    return set(jobs.keys(session, round_id, PRINTED, State.DONE))


def token_of(keyring: Keyring, row: SurveyRound, code: str) -> str:
    """What a code of this round stands for; without the server's key it cannot be worked out."""
    return row.id + derived_token(keyring.derive("slip", row.server_key), row.id, code)


def read(code: str) -> str:
    """A code as it was typed, without spaces and dashes; empty where it can be none."""
    letters = "".join(one for one in code.lower() if one.isalnum())
    return letters if len(letters) == LENGTH and set(letters) <= set(READABLE) else ""


def _held(session: Session, round_id: str) -> SurveyRound:
    row = rounds.locked(session, round_id)
    rounds.refuse_unless(session, row, (Phase.OPEN, Phase.SCHEDULED))
    return row


def _unknown(path: str) -> RoundRefused:
    return RoundRefused(
        "there is no department %(path)s in this round", path=path, field="department"
    )


def _slips(department: str, codes: list[str]) -> list[Slip]:
    # In the order of their letters, which says nothing of how they were made.
    return [Slip(department, _spaced(code)) for code in sorted(codes)]


def _waiting(session: Session, row: SurveyRound, chosen: set[str]) -> list[Invitation]:
    """Whom no mail was ever meant for, and who has got no slip, in random order.

    Who had an address at the launch is left out, even if it is gone since: that link may have
    been used.
    """
    found = session.exec(
        select(Invitation)
        .join(Employee, col(Employee.id) == col(Invitation.employee_id))
        .where(
            Invitation.round_id == row.id,
            col(Employee.deactivated_at).is_(None),
            ~_mailed(),
        )
    ).all()
    anonymous = policy.frozen(session, row.id).anonymous
    printed = printed_for(session, row.id)
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


def _linked(session: Session, row: SurveyRound, department_id: str) -> list[Invitation]:
    """Who of a department still has a link of their own, and has not left."""
    return list(
        session.exec(
            select(Invitation)
            .join(Employee, col(Employee.id) == col(Invitation.employee_id))
            .where(
                Invitation.round_id == row.id,
                Invitation.department_id == department_id,
                col(Employee.deactivated_at).is_(None),
                col(Invitation.token_hash).is_not(None),
            )
        )
    )


def _refuse_replacing(policy_: Policy) -> None:
    if policy_.anonymous:
        raise RoundRefused(
            "in anonymous mode nobody knows which link is whose, so that no slip can replace one"
        )
    if policy_.breakdowns:
        raise RoundRefused(
            "slips cannot replace mailed links in a round with breakdowns: a slip carries none"
        )


def _refuse_telling(session: Session, place: Place, policy_: Policy) -> None:
    """New slips tell how many of the old were used, and so how many of the others answered."""
    slips = len(anonymous_links.fingerprints(session, place))
    mails = session.exec(
        select(col(Employee.deactivated_at))
        .join(Invitation, col(Invitation.employee_id) == col(Employee.id))
        .where(
            Invitation.round_id == place.round_id,
            Invitation.department_id == place.department_id,
            _mailed(),
        )
    ).all()
    here = sum(1 for left in mails if left is None)
    if place.department_id not in printed_for(session, place.round_id):
        raise RoundRefused("no slips were printed for this department")
    if mails and policy_.anonymous:
        raise RoundRefused(
            "in anonymous mode slips cannot be told from mailed links, so that only departments "
            "without any mail get new ones"
        )
    if slips < policy_.min_group or (mails and here < policy_.min_group):
        raise RoundRefused(
            "too few people here answer by slip, or too few by mail: how many new slips there are "
            "would tell who has answered"
        )


def _mailed() -> ColumnElement[bool]:
    """Whether a mail was meant for this invitation, whatever became of it."""
    return (
        exists()
        .where(
            col(Job.part) == col(Invitation.round_id),
            col(Job.key) == col(Invitation.id),
            col(Job.kind).in_((INVITE, ANONYMOUS_MAIL)),
        )
        .correlate(Invitation)
    )


def _end_links(session: Session, round_id: str, department_id: str, people: list[str]) -> None:
    """The links of these people end, and it is noted that slips were printed here."""
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
