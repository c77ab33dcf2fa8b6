"""The keys of programs: who holds which, and ending one."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.access import keys
from app.access.accounts import AccountRefused
from app.access.keys import UnknownKey
from app.web.api import replies
from app.web.api.caller import HrCaller
from app.web.api.problems import Refused
from app.web.api.values import Body, Text
from app.web.dependencies import DbSession, ReadSession

router = APIRouter(tags=["keys"])


class KeyIn(Body):
    """A key to make; a manager's key names the departments it may see."""

    role: Text
    name: Text
    departments: Annotated[list[Text], Field(default_factory=list, max_length=100)]
    days: Annotated[int | None, Field(ge=1, le=keys.LONGEST_DAYS)] = None


@router.get("/keys")
def list_keys(request: Request, _: HrCaller, session: ReadSession) -> Response:
    """Every key that is in use or has run out; never the keys themselves."""
    return replies.tagged(request, {"items": [keys.described(one) for one in keys.listed(session)]})


@router.post("/keys", status_code=201)
def create_key(caller: HrCaller, session: DbSession, wanted: KeyIn) -> dict[str, Any]:
    """Make a key. It is in this reply and nowhere else, so this is never answered twice."""
    try:
        made = keys.create(
            session, wanted.role, wanted.name, wanted.departments, caller.account_id, wanted.days
        )
    except AccountRefused as refusal:
        field = str(refusal).partition(":")[0]
        errors = [{"pointer": f"/{field}", "code": "refused"}]
        raise Refused(422, str(refusal), errors=errors) from None
    return {**keys.described(made.key), "key": made.token}


@router.delete("/keys/{key_id}")
def revoke_key(caller: HrCaller, session: DbSession, key_id: str) -> dict[str, Any]:
    """End a key at once."""
    try:
        return keys.described(keys.revoke(session, key_id, caller.account_id))
    except UnknownKey as refusal:
        raise Refused(404, str(refusal)) from None
