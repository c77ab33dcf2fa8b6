"""Tokens for mail servers that take no passwords: asked for as the client, kept until they end."""

import time
from dataclasses import dataclass, field
from typing import Any

import httpx

SECONDS = 15.0
# A token is not used in its last minute: the sign-in takes its time.
SPARE = 60.0
LASTS = 300.0


class NoToken(ValueError):
    """The token server gave none; the text says why, never with a secret."""


@dataclass(frozen=True)
class TokenClient:
    """Who asks where for a token, by client credentials (RFC 6749, section 4.4)."""

    url: str
    client: str
    secret: str = field(repr=False)
    scope: str = ""


class Tokens:
    """The token of one mail server, asked for again when it has ended."""

    def __init__(self, client: TokenClient) -> None:
        self._client = client
        self._token = ""
        self._ends = 0.0

    async def __call__(self) -> str:
        if time.monotonic() >= self._ends:
            self._token, lasts = await self._asked()
            self._ends = time.monotonic() + lasts - SPARE
        return self._token

    def forget(self) -> None:
        """The mail server did not take it."""
        self._ends = 0.0

    async def _asked(self) -> tuple[str, float]:
        given = {
            "grant_type": "client_credentials",
            "client_id": self._client.client,
            "client_secret": self._client.secret,
            "scope": self._client.scope,
        }
        try:
            async with httpx.AsyncClient(timeout=SECONDS, follow_redirects=False) as client:
                reply = await client.post(self._client.url, data=given)
        except httpx.HTTPError as error:
            raise NoToken("the token server cannot be reached") from error
        return _read(reply)


def _read(reply: httpx.Response) -> tuple[str, float]:
    try:
        content: Any = reply.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise NoToken(f"the token server answered {reply.status_code} and no token")
    token = content.get("access_token")
    if reply.status_code != httpx.codes.OK or not isinstance(token, str) or not _sendable(token):
        # An error code of the standard (invalid_client) and nothing else of what it says.
        code = content.get("error")
        said = code if isinstance(code, str) and code.isidentifier() else "no token"
        raise NoToken(f"the token server answered {reply.status_code}: {said}")
    lasts = content.get("expires_in")
    return token, float(lasts) if isinstance(lasts, int | float) else LASTS


def _sendable(token: str) -> bool:
    return token.isascii() and token.isprintable() and bool(token)
