"""Which program asks, what it may do, and how often it has asked this minute."""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request, Response

from app.access import keys
from app.access.accounts import Role
from app.access.sign_in import Viewer
from app.kit import limits
from app.kit.limits import Limit, Try
from app.kit.tokens import fingerprint
from app.kit.writer import NotSaved
from app.web.api.problems import Refused
from app.web.dependencies import TheSite

A_MINUTE = 600
CHALLENGE = {"WWW-Authenticate": "Bearer"}


def _caller(request: Request, response: Response, site: TheSite) -> Viewer:
    token = _token(request)
    database = site.runtime.database
    with database.reading() as session:
        key = keys.find(session, token)
        if key is None:
            raise Refused(401, "This key is unknown, revoked or over.", headers=CHALLENGE)
        viewer, stale = keys.viewer_of(session, key), keys.is_stale(key)
    _keep_pace(request, response, site, key.id)
    if stale:
        with database.writing() as session:
            keys.used(session, key.id)
    return viewer


def _token(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Refused(
            401,
            "Send a key in the header Authorization: Bearer selaras_...; "
            "`selaras key create` makes one.",
            headers=CHALLENGE,
        )
    return token.strip()


def _keep_pace(request: Request, response: Response, site: TheSite, key_id: str) -> None:
    limit = Limit("api", A_MINUTE, timedelta(minutes=1))
    try:
        room = site.runtime.writer.call(limits.count, Try(limit, fingerprint(key_id)))
    except NotSaved:
        # Where nothing can be stored just now, reading goes on.
        request.state.pace = {}
        return
    told = {
        "RateLimit-Limit": str(A_MINUTE),
        "RateLimit-Remaining": str(room.left),
        "RateLimit-Reset": str(room.wait),
    }
    if not room.allowed:
        text = f"More than {A_MINUTE} requests in a minute: wait {room.wait} seconds."
        raise Refused(429, text, headers={**told, "Retry-After": str(room.wait)})
    # Kept for replies that are made by hand.
    request.state.pace = told
    response.headers.update(told)


def _hr(viewer: Annotated[Viewer, Depends(_caller)]) -> Viewer:
    if viewer.role is not Role.HR:
        raise Refused(403, f"A key of the role {viewer.role} may not do this; it needs hr.")
    return viewer


def _reader(viewer: Annotated[Viewer, Depends(_caller)]) -> Viewer:
    if viewer.role not in {Role.HR, Role.MANAGER}:
        raise Refused(403, f"A key of the role {viewer.role} may not read results.")
    return viewer


def _keeper(viewer: Annotated[Viewer, Depends(_caller)]) -> Viewer:
    if viewer.role not in {Role.HR, Role.IT}:
        raise Refused(403, f"A key of the role {viewer.role} may not do this; it needs hr or it.")
    return viewer


# Whoever has a key; who reads results; who may do everything.
Caller = Annotated[Viewer, Depends(_caller)]
ReaderCaller = Annotated[Viewer, Depends(_reader)]
# Who looks after the installation.
KeeperCaller = Annotated[Viewer, Depends(_keeper)]
HrCaller = Annotated[Viewer, Depends(_hr)]
