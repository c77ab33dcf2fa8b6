"""The business figures: what is watched, its values, and values brought in by a program."""

import csv
import io
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.indicators import importing, registry
from app.indicators.problems import IndicatorFileRefused
from app.kit.clock import now
from app.web.api import replies
from app.web.api.caller import HrCaller, ReaderCaller
from app.web.api.people import placed
from app.web.api.problems import Refused
from app.web.api.replies import IdempotencyKey
from app.web.api.values import Body, Code, Text
from app.web.dependencies import DbSession, ReadSession, TheSite
from app.web.routes.indicators import departments_of

router = APIRouter(tags=["indicators"])

MOST = 2_000


class ValueIn(Body):
    """One month's value, of the whole company unless a department is named."""

    period: Code
    indicator: Code
    value: Annotated[float, Field(allow_inf_nan=False)]
    department: Text = ""


class Values(Body):
    """Values to store; one that is there already is replaced."""

    values: Annotated[list[ValueIn], Field(max_length=MOST)]
    dry_run: bool = False


@router.get("/indicators")
def list_indicators(request: Request, caller: ReaderCaller, session: ReadSession) -> Response:
    """Every indicator with the values the key may see, by month."""
    paths = {node.id: node.path_text for node in departments_of(session, caller)}
    rows = registry.listed(session)
    values: dict[str, list[dict[str, Any]]] = {row.id: [] for row in rows}
    for one in registry.values(session, list(values), paths.keys()):
        told = {"period": one.period, "department": paths.get(one.department_id, "")}
        values[one.indicator_id].append({**told, "value": one.value})
    items = [
        {
            "key": row.key,
            "name": {"en": row.name_en, "ms": row.name_ms},
            "unit": row.unit,
            "better": row.better,
            "target": row.target,
            "service_level": row.service_level,
            "values": values[row.id],
        }
        for row in rows
    ]
    return replies.tagged(request, {"items": items})


@router.put("/indicators")
def put_values(
    request: Request,
    caller: HrCaller,
    site: TheSite,
    session: DbSession,
    batch: Values,
    key: IdempotencyKey = None,
) -> Response:
    """Store values by the rules of the indicator file; bad ones are left out and named."""
    today = now().astimezone(site.runtime.settings.zone).date()

    def do() -> dict[str, Any]:
        planned = _planned(session, batch, today)
        if not batch.dry_run:
            importing.apply(session, planned, caller.account_id)
        told = importing.as_json(planned)
        return {**told, "errors": [placed(error) for error in told["errors"]]}

    return replies.once(session, request, caller, key, do)


def _planned(session: DbSession, batch: Values, today: date) -> importing.IndicatorPlan:
    text = io.StringIO()
    writer = csv.DictWriter(text, importing.COLUMNS)
    writer.writeheader()
    writer.writerows(one.model_dump() for one in batch.values)
    try:
        return importing.plan(session, text.getvalue().encode(), today)
    except IndicatorFileRefused as refusal:
        raise Refused(422, str(refusal)) from None
