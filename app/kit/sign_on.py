"""Signing in at an OpenID Connect provider: the authorization code flow with PKCE, and its checks.

Nothing of it is stored here: what a sign-in needs to be finished travels sealed in a cookie of the
browser that began it.
"""

import json
import time
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from app.kit.mail.address import is_loopback
from app.kit.seal import SealBroken, seal, unseal
from app.kit.tokens import random_token, same

with warnings.catch_warnings():
    # It says that it would rather have another HTTP client than ours.
    warnings.simplefilter("ignore")
    from authlib.integrations.httpx_client import OAuth2Client

DISCOVERY = "/.well-known/openid-configuration"
LASTS = 600
KEPT = 3600
LEEWAY = 60
PATIENCE = 10.0
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
LARGEST = 256 * 1024


class SignOnFailed(Exception):
    """The provider could not be asked, or what it said is not to be believed."""


@dataclass(frozen=True)
class Begun:
    """What a sign-in needs to be finished: known to the browser that began it, sealed."""

    state: str
    nonce: str
    verifier: str
    goal: str
    until: int


@dataclass(frozen=True)
class Person:
    """Who the provider says it is."""

    subject: str
    email: str
    goal: str


class Provider:
    """The one provider of an installation."""

    def __init__(
        self, issuer: str, client_id: str, secret: str, redirect: str, *, trust_email: bool = False
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._secret = secret
        self._redirect = redirect
        self._trust_email = trust_email
        self._found: tuple[float, dict[str, Any]] | None = None

    def begin(self, key: bytes, goal: str, *, again: bool = False) -> tuple[str, str]:
        """Where the browser goes, and the sealed text its cookie keeps."""
        begun = Begun(
            state=random_token() + random_token(),
            nonce=random_token() + random_token(),
            verifier=random_token() + random_token() + random_token(),
            goal=goal,
            until=int(time.time()) + LASTS,
        )
        more = {"prompt": "login"} if again else {}
        with self._client() as client:
            address, _ = client.create_authorization_url(
                self._endpoint("authorization_endpoint"),
                state=begun.state,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
                **more,
            )
        return str(address), seal(key, json.dumps(asdict(begun)).encode(), "sign-on").hex()

    def finish(self, key: bytes, cookie: str, state: str, code: str) -> Person:
        """Exchange the code, and believe the answer only where every check holds."""
        begun = _opened(key, cookie)
        if not same(begun.state, state):
            raise SignOnFailed("the state is of another browser or another sign-in")
        try:
            with self._client() as client:
                token = client.fetch_token(
                    self._endpoint("token_endpoint"), code=code, code_verifier=begun.verifier
                )
                claims = self._checked(str(token.get("id_token", "")), begun.nonce)
                if "email" not in claims:
                    claims = self._asked(client, claims)
        except (httpx.HTTPError, AuthlibBaseError, JoseError, ValueError, KeyError) as error:
            raise SignOnFailed(type(error).__name__) from None
        return Person(str(claims["sub"]), self._email(claims), begun.goal)

    def _email(self, claims: Mapping[str, Any]) -> str:
        verified = claims.get("email_verified")
        if verified is True or (verified is None and self._trust_email):
            return str(claims.get("email", ""))
        # Anybody may call themselves anything where nobody has checked it.
        raise SignOnFailed("the provider does not vouch for the address")

    def _checked(self, id_token: str, nonce: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(self._read(self._endpoint("jwks_uri")))  # type: ignore[arg-type]
        claims = jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
        JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1:
            raise SignOnFailed("the token is for others as well")
        return claims

    def _asked(self, client: OAuth2Client, claims: dict[str, Any]) -> dict[str, Any]:
        reply = client.get(self._endpoint("userinfo_endpoint"))
        reply.raise_for_status()
        told = reply.json()
        if told.get("sub") != claims["sub"]:
            raise SignOnFailed("what was told is about somebody else")
        return {**told, **claims}

    def _endpoint(self, name: str) -> str:
        moment = time.monotonic()
        if self._found is None or self._found[0] < moment:
            try:
                found = self._read(self._issuer.rstrip("/") + DISCOVERY)
            except (httpx.HTTPError, ValueError) as error:
                raise SignOnFailed(type(error).__name__) from None
            if found.get("issuer") != self._issuer:
                raise SignOnFailed("the provider is not the one it is asked as")
            self._found = moment + KEPT, found
        address = str(self._found[1].get(name, ""))
        if not is_safe(address):
            raise SignOnFailed(f"{name} is no https address")
        return address

    def _read(self, address: str) -> dict[str, Any]:
        reply = httpx.get(address, timeout=PATIENCE, follow_redirects=False)
        reply.raise_for_status()
        if len(reply.content) > LARGEST:
            raise ValueError("too large")
        found: dict[str, Any] = reply.json()
        return found

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            client_id=self._client_id,
            client_secret=self._secret,
            scope="openid email",
            redirect_uri=self._redirect,
            code_challenge_method="S256",
            timeout=PATIENCE,
            follow_redirects=False,
        )


def is_safe(address: str) -> bool:
    """Whether it is encrypted, or does not leave the machine."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and is_loopback(parts.hostname or "")


def _opened(key: bytes, cookie: str) -> Begun:
    try:
        begun = Begun(**json.loads(unseal(key, bytes.fromhex(cookie), "sign-on")))
    except (SealBroken, ValueError, TypeError):
        raise SignOnFailed("this browser has not begun to sign in") from None
    if begun.until < time.time():
        raise SignOnFailed("it took too long")
    return begun
