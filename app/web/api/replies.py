"""Replies a program can rely on: tagged by their content, and given again to who sends again."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Header, Request, Response
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session

from app.access.models import ApiReply
from app.access.sign_in import Viewer
from app.kit.clock import now
from app.web.api.problems import Refused
from app.web.ingress import BODY

KEY_LENGTH = 255
NOT_DONE = 0

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="The same key with the same content within 24 hours is done once; the reply "
        "of the first time is given again.",
        max_length=KEY_LENGTH,
        min_length=1,
    ),
]

Json = Mapping[str, Any]


def tagged(request: Request, content: Any, status: int = 200) -> Response:
    """The content with its ETag, or 304 for who has it."""
    text = _text(content)
    tag = tag_of(text)
    headers = {**getattr(request.state, "pace", {}), "ETag": tag}
    if tag in _tags(request, "if-none-match"):
        return Response(status_code=304, headers=headers)
    return Response(text, status, headers, "application/json")


def unless_changed(request: Request, content: Any) -> None:
    """Refuse with 412 where the caller has read something else than this is now."""
    asked = _tags(request, "if-match")
    if asked and "*" not in asked and tag_of(_text(content)) not in asked:
        raise Refused(412, "This has changed since you read it: read it again.")


def once(
    session: Session,
    request: Request,
    caller: Viewer,
    key: str | None,
    do: Callable[[], Any],
    status: int = 200,
) -> Response:
    """Do it and reply; where the caller's own key was used before, only reply as then.

    Raises Refused (422) where that key came with something else.
    """
    pace: dict[str, str] = getattr(request.state, "pace", {})
    if key is None:
        return Response(_text(do()), status, pace, "application/json")
    stored = _reserved(session, caller, key, _hash(request))
    if stored.status != NOT_DONE:
        headers = {**pace, "Idempotent-Replayed": "true"}
        return Response(stored.body, stored.status, headers, "application/json")
    stored.body, stored.status = _text(do()), status
    session.add(stored)
    return Response(stored.body, status, pace, "application/json")


def tag_of(text: str) -> str:
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _reserved(session: Session, caller: Viewer, key: str, request_hash: bytes) -> ApiReply:
    """The row of this key: of two requests at once the second waits here for the first."""
    key_id = caller.account_id.removeprefix("key:")
    connection = session.connection()
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    row = {
        "key_id": key_id,
        "idempotency_key": key,
        "request_hash": request_hash,
        "status": NOT_DONE,
        "body": "",
        "at": now(),
    }
    connection.execute(insert(ApiReply).values(row).on_conflict_do_nothing())
    stored = session.get_one(ApiReply, (key_id, key))
    if stored.request_hash != request_hash:
        raise Refused(422, "This Idempotency-Key was used for another request: make a new one.")
    return stored


def _hash(request: Request) -> bytes:
    head = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(head + request.scope.get(BODY, b"")).digest()


def _tags(request: Request, header: str) -> set[str]:
    given = request.headers.get(header, "")
    return {part.strip().removeprefix("W/") for part in given.split(",") if part.strip()}


def _text(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
