"""Slips in place of links and slips that were not used, for a whole department.

As many are made as have not answered, so only where that may be known: in a department whose
participation is told while the round is open.
"""

from collections.abc import Sequence

from sqlmodel import Session

from app.campaigns import policy, rounds
from app.campaigns.models import SurveyRound
from app.campaigns.rounds import RoundRefused
from app.campaigns.slips import Slip
from app.kit.seal import Keyring
from app.responses import submission
from app.results import participation


def departments(session: Session, row: SurveyRound) -> Sequence[str]:
    """The paths of the departments it is offered for."""
    return participation.counted(session, row.id, policy.frozen(session, row.id).min_group)


def renew(
    session: Session, keyring: Keyring, round_id: str, path: str, actor: str, *, mailed: bool
) -> list[Slip]:
    """New codes for who has not answered: in place of slips, or of `mailed` links as well.

    Raises RoundRefused.
    """
    row = rounds.locked(session, round_id)
    known = {node.path for node in rounds.tree_of(session, round_id)}
    if path in known and path not in departments(session, row):
        raise RoundRefused(
            "too few people were asked in %(path)s: how many new slips there are would tell who "
            "has answered",
            path=path,
            field="department",
        )
    return submission.renew_slips(session, keyring, round_id, path, actor, mailed=mailed)
