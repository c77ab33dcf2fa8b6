"""How often somebody may try to sign in: by account, by address and in all; the same for all processes."""

from datetime import timedelta

from fastapi import Request
from sqlmodel import Session
from starlette.exceptions import HTTPException

from app.kit import limits
from app.kit.clock import now
from app.kit.limits import Limit, Room, Try
from app.kit.tokens import mac
from app.web.dependencies import Site

A_QUARTER = timedelta(minutes=15)
ACCOUNT = Limit("sign-in-account", 10, A_QUARTER)
# A code of six digits is guessed in no time without it.
CODE = Limit("sign-in-code", 5, timedelta(minutes=5))
ADDRESS = Limit("sign-in-address", 30, A_QUARTER)
EVERYBODY = Limit("sign-in", 1_000, timedelta(minutes=5))
LINKS = Limit("sign-in-link", 5, timedelta(hours=1))
INVITATIONS = Limit("invitation", 20, timedelta(days=1))


class Gate:
    """Counts tries by fingerprints that mean nothing without the server's key."""

    def __init__(self, site: Site, request: Request) -> None:
        self._site = site
        self._address = request.client.host if request.client else ""

    def admit(self) -> None:
        """Count a try of this address and of everybody; raises 429 where there were too many."""
        self._require(self._count(ADDRESS, self._address), self._count(EVERYBODY, ""))

    def admit_to(self, email: str) -> None:
        """Count a try at this account as well, whether there is one or not."""
        self._require(self._count(ACCOUNT, email), self._count(CODE, email))

    def may_mail(self, email: str) -> bool:
        """Whether this address may get another link now."""
        return self._count(LINKS, email).allowed

    def may_invite(self, session: Session, account_id: str) -> bool:
        """Whether this account may let another person in today; counted with the act itself."""
        (room,) = limits.count(session.connection(), [self._try(INVITATIONS, account_id)])
        return isinstance(room, Room) and room.allowed

    def tries_at(self, email: str) -> list[Try]:
        """What is forgotten when somebody has got in."""
        return [self._try(limit, email) for limit in (ACCOUNT, CODE)]

    def _count(self, limit: Limit, subject: str) -> Room:
        return self._site.runtime.writer.call(limits.count, self._try(limit, subject))

    def _try(self, limit: Limit, subject: str) -> Try:
        key = self._site.runtime.keyring.derive("limits")
        # Addresses of machines are somebody's: what is stored of one means nothing the next day.
        day = f"{now():%Y-%m-%d}" if limit is ADDRESS else ""
        return Try(limit, mac(key, limit.kind, day, subject.strip().lower())[:16])

    def _require(self, *rooms: Room) -> None:
        if not all(room.allowed for room in rooms):
            wait = max(room.wait for room in rooms if not room.allowed)
            raise HTTPException(429, headers={"Retry-After": str(wait)})
