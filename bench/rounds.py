"""A launched round of many people, and the requests that answer it."""

import secrets
from datetime import timedelta
from urllib.parse import urlencode

from sqlalchemy import insert
from sqlmodel import select

from app.campaigns import audience
from app.campaigns.invitations import link_token
from app.campaigns.models import Invitation, SurveyRound
from app.campaigns.rounds import RoundPlan
from app.kit.clock import now
from app.kit.runtime import Runtime
from app.people.models import Department, Employee
from app.responses import submission
from app.surveys import library
from app.surveys.paper import paper

SURVEY = "sales_marketing_alignment"
SIDES = ("Sales", "Marketing")


def launch(runtime: Runtime, people: int) -> tuple[str, list[str]]:
    """A round of `people` in two departments; its id, and the links of those on the sales side."""
    survey = library.template(SURVEY)
    with runtime.database.writing() as session:
        if not runtime.database.embedded:
            # Deriving that many links takes longer than a transaction may usually idle.
            idle = "SET LOCAL idle_in_transaction_session_timeout = 0"
            session.connection().exec_driver_sql(idle)
        for name in SIDES:
            session.add(Department(id=name, name=name, folded_path=name.casefold()))
        session.flush()
        rows = [
            {
                "id": f"e{n}",
                "employee_id": str(n),
                "name": "",
                "email": f"p{n}@bench.example",
                "department_id": SIDES[n % 2],
                "manager_id": "",
                "language": "en",
                "attributes": "{}",
                "added_at": now(),
            }
            for n in range(2 * people)
        ]
        session.connection().execute(insert(Employee), rows)
        plan = RoundPlan(
            survey=survey,
            name="Bench",
            audience=audience.choose(session, survey, [], {}),
            closes_at=now() + timedelta(days=1),
        )
        row = submission.launch(session, runtime.keyring, plan, "bench", 5)
        asked = session.exec(
            select(Invitation).where(
                Invitation.round_id == row.id, Invitation.department_id == SIDES[0]
            )
        ).all()
        links = [link_token(runtime.keyring, row, one.id) for one in asked]
    return row.id, links


def links(runtime: Runtime, round_id: str, many: int) -> list[str]:
    """So many links of a round, whosever."""
    with runtime.database.reading() as session:
        row = session.get_one(SurveyRound, round_id)
        asked = select(Invitation).where(Invitation.round_id == round_id).limit(many)
        return [link_token(runtime.keyring, row, one.id) for one in session.exec(asked)]


def requests(links: list[str]) -> list[bytes]:
    """One filled-in form a link."""
    questions = paper(library.template(SURVEY), "sales")
    return [_request(link, [q.field for q in questions if q.item.rated]) for link in links]


def _request(link: str, fields: list[str]) -> bytes:
    pairs = [("submission", secrets.token_urlsafe(21))]
    pairs += [(field, str(secrets.randbelow(5))) for field in fields]
    body = urlencode(pairs).encode()
    head = (
        f"POST /s/{link} HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
