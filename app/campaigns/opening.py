"""Opening a round: what a plan must hold, and what is frozen the moment it is launched."""

import json
from collections.abc import Sequence

from sqlalchemy import insert
from sqlmodel import Session

from app.audit import log
from app.campaigns import announcing, invitations, keeping, messages, policy, waves
from app.campaigns.audience import Asked, Audience
from app.campaigns.models import RoundCell, RoundDepartment, RoundMinimum, RoundPolicy, SurveyRound
from app.campaigns.policy import FEWEST_COMMENTS
from app.campaigns.preview import prospects
from app.campaigns.rounds import (
    ANONYMOUS_MAIL,
    CLOSE,
    INVITE,
    INVITE_DEPARTMENT,
    RoundPlan,
    RoundRefused,
)
from app.kit import jobs
from app.kit.clock import now
from app.kit.seal import Keyring
from app.kit.tokens import random_code
from app.surveys.frozen import freeze


def check(plan: RoundPlan, smallest_group: int) -> None:
    """Raise RoundRefused where the plan cannot be launched."""
    if not plan.name.strip() or len(plan.name) > 120:
        raise RoundRefused("give the round a name of at most 120 characters", field="name")
    if plan.mode not in policy.MODES:
        raise RoundRefused(
            "mode: there is no mode %(mode)s; choose %(offered)s",
            mode=plan.mode,
            offered=" / ".join(policy.MODES),
        )
    if plan.min_group < smallest_group:
        raise RoundRefused(
            "at least %(smallest)s on this installation",
            smallest=smallest_group,
            field="min_group",
        )
    _check_keeping(plan)
    if plan.row_export and plan.audience.breakdowns:
        raise RoundRefused(
            "choose breakdowns or files of rows for this round: both together would tell too much",
            field="breakdowns",
        )
    messages.check(plan.survey, plan.messages)
    if plan.min_comments < FEWEST_COMMENTS:
        raise RoundRefused(
            "comments are shown from at least %(smallest)s people on",
            smallest=FEWEST_COMMENTS,
            field="min_comments",
        )
    if plan.closes_at <= max(now(), plan.opens_at):
        raise RoundRefused("choose a closing date after the opening, in the future", field="closes")
    whole = prospects(plan.audience, plan.min_group)[0]
    if whole.invited < plan.min_group:
        raise RoundRefused(
            "%(people)s people would be asked and results need %(smallest)s answers: nothing could "
            "be shown. Ask more departments",
            people=whole.invited,
            smallest=plan.min_group,
        )


def _check_keeping(plan: RoundPlan) -> None:
    for field_, given, longest in (
        ("keep_invitations", plan.keep_invitations_days, keeping.LONGEST_DAYS),
        ("keep_comments", plan.keep_comments_months, keeping.LONGEST_MONTHS),
        ("keep_rows", plan.keep_rows_months, keeping.LONGEST_MONTHS),
    ):
        if not 1 <= given <= longest:
            raise RoundRefused("choose a number from 1 to %(most)s", most=longest, field=field_)


def open_round(
    session: Session, keyring: Keyring, plan: RoundPlan, actor: str, smallest_group: int
) -> SurveyRound:
    """Freeze the survey, policy, tree and audience; queue the invitations. Raises RoundRefused."""
    check(plan, smallest_group)
    row = SurveyRound(
        id=random_code(),
        name=plan.name.strip(),
        survey_key=plan.survey.key,
        survey_version=plan.survey.version,
        survey_hash=freeze(session, plan.survey),
        policy_hash=plan.policy.hash,
        language=plan.language,
        launch_key=plan.launch_key,
        server_key=keyring.current,
        auto_release=plan.auto_release,
        tell_people=plan.tell_people,
        created_by=actor,
        opens_at=plan.opens_at,
        closes_at=plan.closes_at,
    )
    session.add(row)
    session.flush()
    _freeze_tree(session, row.id, plan.audience)
    messages.keep(session, row.id, messages.complete(plan.survey, plan.messages))
    smallest = RoundMinimum(round_id=row.id, min_group=plan.min_group, at=row.created_at, by=actor)
    session.add(smallest)
    session.flush()
    # Last of the frozen: from here on no department joins the tree, and the smallest group rises.
    session.add(RoundPolicy(round_id=row.id, document=plan.policy.document))
    session.flush()
    anonymous, people = plan.policy.anonymous, plan.audience.people
    invited = invitations.issue(session, keyring, row, people, linked=not anonymous)
    if anonymous:
        departments = sorted(plan.audience.invited())
        jobs.enqueue_all(session, ANONYMOUS_MAIL, row.id, invited, plan.opens_at)
        jobs.enqueue_all(session, INVITE_DEPARTMENT, row.id, departments, plan.opens_at)
    else:
        jobs.enqueue_all(session, INVITE, row.id, invited, plan.opens_at)
    jobs.enqueue(session, CLOSE, row.id, CLOSE, plan.closes_at)
    if plan.reminding is not None:
        waves.plan_for(session, row, plan.reminding)
    announcing.opened(session, row, len(plan.audience.people))
    log.record(
        session,
        actor,
        "round.opened",
        row.id,
        survey=plan.survey.content_hash,
        policy=plan.policy.hash,
        invited=len(plan.audience.people),
    )
    return row


def invite(session: Session, keyring: Keyring, row: SurveyRound, people: Sequence[Asked]) -> None:
    """Write the invitations of people who join an open round, and queue the mails."""
    by_mail = invitations.issue(session, keyring, row, people, linked=True)
    jobs.enqueue_all(session, INVITE, row.id, by_mail, max(row.opens_at, now()))


def _freeze_tree(session: Session, round_id: str, audience: Audience) -> None:
    invited, reachable = audience.invited(), audience.reachable()
    session.connection().execute(
        insert(RoundDepartment),
        [
            {
                "round_id": round_id,
                "id": node.id,
                "parent_id": node.parent_id,
                "name": node.name,
                "path": "/".join(node.path),
                "position": position,
                "side": audience.sides.get(node.id),
                "invited": invited.get(node.id, 0),
                "reachable": reachable.get(node.id, 0),
            }
            for position, node in enumerate(audience.nodes)
        ],
    )
    cells = [
        {
            "round_id": round_id,
            "id": cell.id,
            "department_id": cell.department_id,
            "cell_values": json.dumps(cell.values, ensure_ascii=False),
            "invited": cell.invited,
            "reachable": cell.reachable,
        }
        for cell in audience.cells
    ]
    if cells:
        session.connection().execute(insert(RoundCell), cells)
