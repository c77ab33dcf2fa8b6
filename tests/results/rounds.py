"""A real round in a database: people imported, a round launched, links answered."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlmodel import select

from app.access import accounts
from app.campaigns import audience, rounds
from app.campaigns.invitations import link_token
from app.campaigns.models import Invitation
from app.campaigns.rounds import RoundPlan
from app.kit.clock import now
from app.kit.runtime import Runtime
from app.people import importing
from app.people import plan as planning
from app.responses import submission
from app.responses.submission import Submission, Submissions
from app.surveys.definition import Survey

Ballot = tuple[bytes, Mapping[str, str]]
HR, MANAGER, ELSEWHERE = "hr@contoh.example", "sales@contoh.example", "legal@contoh.example"


def staffed(runtime: Runtime, company: Mapping[str, int]) -> None:
    """People in these departments, HR, and a manager of Sales."""
    lines = ["employee_id,name,email,department"]
    places = [path for path, people in company.items() for _ in range(people)]
    lines += [f"{n},Person {n},p{n}@contoh.example,{path}" for n, path in enumerate(places)]
    with runtime.database.writing() as session:
        importing.apply(session, planning.plan(session, "\r\n".join(lines).encode()))
        accounts.add(session, HR, "hr", [], "test")
        if "Sales" in company:
            accounts.add(session, MANAGER, "manager", ["Sales"], "test")


def launched(
    runtime: Runtime, survey: Survey, departments: Sequence[str] = (), **given: object
) -> str:
    with runtime.database.writing() as session:
        chosen = audience.choose(session, survey, departments, {})
        plan = RoundPlan(
            **{  # type: ignore[arg-type]
                "survey": survey,
                "name": "May",
                "audience": chosen,
                "closes_at": now() + timedelta(days=7),
                **given,
            }
        )
        return submission.launch(session, runtime.keyring, plan, "test", 4).id


def links(runtime: Runtime, round_id: str) -> dict[str, list[str]]:
    """The links of a round by the path of the department they were made for."""
    found: dict[str, list[str]] = {}
    with runtime.database.reading() as session:
        row = rounds.get(session, round_id)
        paths = {node.id: node.path for node in rounds.tree_of(session, round_id)}
        for one in session.exec(select(Invitation).where(Invitation.round_id == round_id)):
            token = link_token(runtime.keyring, row, one.id)
            found.setdefault(paths[one.department_id], []).append(token)
    return found


def answered(runtime: Runtime, round_id: str, ballots: Mapping[str, Sequence[Ballot]]) -> None:
    """Each department's people answer, all departments mixed."""
    given = links(runtime, round_id)
    sent = [
        Submission(token, codes, comments, token[-12:])
        for path, some in ballots.items()
        for token, (codes, comments) in zip(given[path], some, strict=False)
    ]
    random.Random(1).shuffle(sent)
    asyncio.run(_sent(Submissions(runtime.writer, runtime.keyring), sent))


async def _sent(submissions: Submissions, sent: Sequence[Submission]) -> None:
    assert all(await asyncio.gather(*(submissions.submit(one) for one in sent)))


def closed(runtime: Runtime, round_id: str) -> None:
    with runtime.database.writing() as session:
        rounds.close(session, round_id, "test")
