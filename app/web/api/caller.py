"""Which program asks, what it may do, and how often it has asked this minute."""

import time
from typing import Annotated

from fastapi import Depends, Request, Response

from app.access import keys
from app.access.accounts import Role
from app.access.sign_in import Viewer
from app.web.api.problems import Refused
from app.web.dependencies import TheSite

A_MINUTE = 600
WINDOW = 60
CHALLENGE = {"WWW-Authenticate": "Bearer"}


class Allowance:
    """How often each key has asked in this minute, counted by each process for itself."""

    def __init__(self) -> None:
        self._minute = -1
        self._asked: dict[str, int] = {}

    def count(self, key_id: str) -> tuple[int, int]:
        """How many more requests it has, and for how many seconds that holds."""
        minute, passed = divmod(int(time.time()), WINDOW)
        if minute != self._minute:
            self._minute, self._asked = minute, {}
        self._asked[key_id] = self._asked.get(key_id, 0) + 1
        return A_MINUTE - self._asked[key_id], WINDOW - passed


def _caller(request: Request, response: Response, site: TheSite) -> Viewer:
    token = _token(request)
    database = site.runtime.database
    with database.reading() as session:
        key = keys.find(session, token)
        if key is None:
            raise Refused(401, "This key is unknown, revoked or over.", headers=CHALLENGE)
        viewer, stale = keys.viewer_of(session, key), keys.is_stale(key)
    _keep_pace(request, response, key.id)
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


def _keep_pace(request: Request, response: Response, key_id: str) -> None:
    left, seconds = request.app.state.allowance.count(key_id)
    told = {
        "RateLimit-Limit": str(A_MINUTE),
        "RateLimit-Remaining": str(max(0, left)),
        "RateLimit-Reset": str(seconds),
    }
    if left < 0:
        text = f"More than {A_MINUTE} requests this minute: wait {seconds} seconds."
        raise Refused(429, text, headers={**told, "Retry-After": str(seconds)})
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
