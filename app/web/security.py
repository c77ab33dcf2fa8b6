"""What stands between the network and the routes: headers, origin and token checks, limits."""

import logging
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.settings import Settings
from app.kit.tokens import derived_token, random_code, same
from app.web.compression import Compressed
from app.web.errors import FORGED, Errors, report
from app.web.hosts import Hosts
from app.web.ingress import BODY, MULTIPART, PAIRS, REPORT_PATH, Ingress
from app.web.pages import API_PATH, for_respondents
from app.web.request_head import Limits
from app.web.server_protocol import server_protocol
from app.web.static_files import INLINE_HASH, STATIC_PATH

log = logging.getLogger("selaras.web")

FIELD = "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'"
)
# Where people answer, our own sheet may stand in the page: that text alone, known by its hash.
ANSWERING = POLICY.replace("style-src 'self'", f"style-src 'self' '{INLINE_HASH}'")
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
    ),
    "X-Robots-Tag": "noindex, noarchive",
    "X-DNS-Prefetch-Control": "off",
}
ENCRYPTED_ONLY = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}
DIRECTIVE = re.compile(rb'"effective-?[dD]irective"\s*:\s*"([a-z-]{1,40})"')
TOKEN_PART = re.compile(rb'(?im)^content-disposition:[^\r\n]*;\s*name="?csrf"?\s*\r?$')

Header = tuple[bytes, bytes]


class Truncated(Exception):
    """A reply broke off in the middle; the connection must end so that nobody takes it for whole."""


def protect(
    app: ASGIApp,
    settings: Settings,
    errors: Errors,
    key: bytes,
    *,
    origins: Iterable[str] = (),
    upload_paths: Iterable[str] = (),
    limits: Limits | None = None,
) -> ASGIApp:
    """The application inside everything that guards it; `key` makes the tokens of forms."""

    def refuse(scope: Scope, status: int, headers: dict[str, str] | None) -> ASGIApp:
        return errors.response(scope, status, headers=headers)

    addresses = [settings.base_url, *origins]
    own = SameSite(app, settings, errors, key, addresses)
    names = [urlsplit(one).hostname or "" for one in addresses]
    hosts = Hosts([*names, *settings.trusted_hosts.split(",")])
    bounded = Ingress(own, refuse, hosts, upload_paths, limits)
    return Sealed(Compressed(bounded), settings, errors)


def cookie_name(settings: Settings) -> str:
    """The session cookie; the prefix makes a browser refuse one set by a neighbour."""
    return "__Host-selaras" if _is_encrypted(settings) else "selaras"


def csrf_token(key: bytes, cookie: str) -> str:
    """What a form of the session with this cookie must carry in the field named csrf."""
    return derived_token(key, "form", cookie)


def server_options(settings: Settings, limits: Limits | None = None) -> dict[str, Any]:
    """How the server must be run so that what is promised here holds for the whole connection."""
    return {
        "http": server_protocol(fixed_headers(settings, reporting=False), limits),
        "ws": "none",
        # Addresses hold tokens, and the server's name is nobody's business.
        "access_log": False,
        "server_header": False,
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": settings.trusted_proxies or None,
        "timeout_keep_alive": 15,
        "timeout_graceful_shutdown": 30,
    }


def fixed_headers(settings: Settings, *, reporting: bool, policy: str = POLICY) -> list[Header]:
    """The headers of every reply, also of those the server makes by itself."""
    headers = {
        "Content-Security-Policy": f"{policy}; report-to csp" if reporting else policy,
        **FIXED,
        **(ENCRYPTED_ONLY if _is_encrypted(settings) else {}),
        **({"Reporting-Endpoints": f'csp="{REPORT_PATH}"'} if reporting else {}),
    }
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


class Sealed:
    """The outermost layer: no reply without its headers, no exception beyond this point."""

    def __init__(self, app: ASGIApp, settings: Settings, errors: Errors) -> None:
        self._app = app
        self._errors = errors
        self._staff = fixed_headers(settings, reporting=True)
        self._static = fixed_headers(settings, reporting=False)
        self._respondents = fixed_headers(settings, reporting=False, policy=ANSWERING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = random_code(12)
        begun = ended = False

        async def seal(message: Message) -> None:
            nonlocal begun, ended
            if message["type"] == "http.response.start":
                begun = True
                message = {**message, "headers": self._headers(scope, message)}
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, seal)
        except Exception as error:  # noqa: BLE001 - nothing below may decide what leaves here
            report(error, scope)
            if not begun:
                await self._apology(scope)(scope, receive, seal)
            elif not ended:
                raise Truncated from None

    def _headers(self, scope: Scope, start: Message) -> list[Header]:
        answering = for_respondents(scope["path"])
        static = scope["path"].startswith(STATIC_PATH)
        fixed = self._staff
        if answering or static:
            fixed = self._respondents if answering else self._static
        ours = {name for name, _ in fixed} | {b"server", b"x-request-id"}
        # A file whose name holds its hash may be kept; nothing else may.
        lasting = static and start["status"] == 200
        if not lasting:
            ours.add(b"cache-control")
        if answering:
            ours.add(b"set-cookie")
        kept = [pair for pair in start.get("headers", ()) if pair[0].lower() not in ours]
        if not lasting:
            kept.append((b"cache-control", b"no-store"))
        kept.append((b"x-request-id", scope["state"]["request_id"].encode()))
        return kept + fixed

    def _apology(self, scope: Scope) -> Response:
        try:
            return self._errors.response(scope, 500)
        except Exception as error:  # noqa: BLE001 - the page itself is what failed
            report(error, scope)
            return Response("Error", 500, media_type="text/plain")


class SameSite:
    """Requests that change something must come from our own pages."""

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        errors: Errors,
        key: bytes,
        origins: Iterable[str],
    ) -> None:
        self._app = app
        self._errors = errors
        self._key = key
        self._cookie = cookie_name(settings)
        self._origins = {_origin(address) for address in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if for_respondents(scope["path"]) or scope["path"].startswith(API_PATH):
            # Who answers is nobody here, and a program brings a key: without a session there is
            # none to be misused.
            scope = {
                **scope,
                "headers": [pair for pair in scope["headers"] if pair[0] != b"cookie"],
            }
        app = self._app
        if scope["path"] == REPORT_PATH and scope["method"] == "POST":
            app = self._reported(scope)
        elif scope["method"] not in SAFE and not self._is_ours(scope):
            problem = None if for_respondents(scope["path"]) else FORGED
            app = self._errors.response(scope, 403, problem=problem)
        await app(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        if not self._from_our_page(headers):
            return False
        sessions = session_cookies(headers, self._cookie)
        if not sessions:
            return True
        tokens = _tokens(scope, headers)
        # Two sessions: somebody planted one. Two tokens: which one would the route believe?
        if len(sessions) != 1 or len(tokens) != 1:
            return False
        return same(tokens[0], csrf_token(self._key, sessions[0]))

    def _from_our_page(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin == "null":
            return False
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in {"same-origin", "none"}
        return origin is None or origin.lower() in self._origins

    def _reported(self, scope: Scope) -> Response:
        # Only of people who are signed in: anybody else could fill the log.
        found = DIRECTIVE.search(scope[BODY])
        if found and session_cookies(Headers(scope=scope), self._cookie):
            log.warning("a page broke the content policy: %s", found[1].decode())
        return Response(status_code=204)


def session_cookies(headers: Headers, name: str) -> list[str]:
    """Every value the browser sent under this name; more than one is somebody's trick."""
    pairs = (
        part.strip().partition("=")
        for header in headers.getlist("cookie")
        for part in header.split(";")
    )
    return [value for key, _, value in pairs if key.strip() == name]


def _tokens(scope: Scope, headers: Headers) -> list[str]:
    if PAIRS in scope:
        return [value for name, value in scope[PAIRS] if name == FIELD]
    kind = headers.get("content-type", "")
    if kind.lower().startswith(MULTIPART):
        return _parts(kind, scope[BODY])
    return []


def _parts(content_type: str, body: bytes) -> list[str]:
    """The values of the token's field in a multipart body.

    Reading it loosely is safe: wherever the value is found, only our own page knew it.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not boundary:
        return []
    parts = (part.partition(b"\r\n\r\n") for part in body.split(b"--" + boundary)[1:-1])
    return [
        content.removesuffix(b"\r\n").decode("ascii", "replace")
        for head, _, content in parts
        if TOKEN_PART.search(head)
    ]


def _is_encrypted(settings: Settings) -> bool:
    return settings.base_url.startswith("https://")


def _origin(address: str) -> str:
    parts = urlsplit(address.lower())
    return f"{parts.scheme}://{parts.netloc}"
