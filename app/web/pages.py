"""Page templates and the static files they link to, read once when the process starts."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit import language as languages
from app.kit.database import Database
from app.kit.language import Language
from app.kit.settings import Settings
from app.web import charts
from app.web.look import Look, Looks

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
STATIC_PATH = "/static/"
API_PATH = "/api/"
STOP_PATH = "/stop/"
RESPONDENT_PATHS = ("/s/", "/kiosk/", "/receipt/", STOP_PATH)

# One sheet a reader: the survey form must arrive in one round trip of the network.
BUNDLES = {
    "css/respondent.css": ("tokens", "base", "fields", "notices", "respondent"),
    "css/preview.css": ("preview",),
    "css/staff.css": (
        "tokens",
        "base",
        "fields",
        "notices",
        "staff",
        "tables",
        "charts",
        "results",
        "print",
        "slips",
    ),
}
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
}
TEXTUAL = ("text/", "application/json", "application/problem+json", "image/svg+xml")
WORTH_COMPRESSING = 1000

# What the base pages read and a route may leave out; everything else missing is a mistake.
OPTIONAL: Mapping[str, Any] = {
    "account": None,
    "csrf": None,
    "errors": {},
    "navigation": (),
    "print_address": "",
    "printing": False,
    "query": "",
    "start": "",
}


class Pages:
    """Renders a template in a reader's language; knows the addresses of the static files."""

    def __init__(self, settings: Settings, database: Database | None = None) -> None:
        self.settings = settings
        self.assets = Assets(STATIC)
        self._looks = Looks(database, settings.organisation, self.assets.add) if database else None
        self._environments = {
            code: self._environment(Language(code)) for code in languages.LANGUAGES
        }

    def render(self, name: str, language: Language, /, **values: Any) -> str:
        """The page as text; a value the template names and nobody gave raises."""
        template = self._environments[language.code].get_template(name)
        look = self.look()
        made_up = language.text(
            "This is a demo: the company, its people and all answers are made up."
        )
        shown = {
            "banner": made_up if look.demo else None,
            "look": look,
            "organisation": look.organisation,
        }
        return template.render({**OPTIONAL, **shown, **values})

    def look(self) -> Look:
        """How the installation shows itself now."""
        return self._looks() if self._looks else Look(self.settings.organisation)

    def renew_look(self) -> None:
        """Read it anew: somebody has changed it."""
        if self._looks:
            self._looks.renew()

    def _environment(self, language: Language) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        environment.policies["ext.i18n.trimmed"] = True
        environment.install_gettext_translations(  # type: ignore[attr-defined]
            language.translations, newstyle=True
        )
        environment.globals.update(
            charts=charts,
            contact=self.settings.contact,
            in_language=in_language,
            language=language,
            languages=[Language(code) for code in languages.LANGUAGES],
            static=self.assets.address,
        )
        environment.filters.update(_filters(language, self.settings.zone))
        return environment


def reader_language(scope: Scope, default: str, invited: str | None = None) -> Language:
    """`?lang`, else the language of the invitation, else Accept-Language, else the default."""
    asked = [value for name, value in _query(scope) if name == "lang"]
    wanted = [*asked[-1:], *filter(None, [invited])]
    wanted += languages.accepted(Headers(scope=scope).get("accept-language", ""))
    return Language(languages.closest(wanted, languages.LANGUAGES, default))


def for_respondents(path: str) -> bool:
    """Whether people who answer see this page: no cookie, no reporting, kinder words."""
    return f"{path}/".startswith(RESPONDENT_PATHS)


def in_language(query: str, code: str) -> str:
    """A link to this same page in another language, the other parameters kept."""
    return with_parameter(query, "lang", code)


def with_parameter(query: str, name: str, value: str) -> str:
    """A link to this same page with one parameter set.

    Without the path: one that begins with two slashes would lead to another server.
    """
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != name]
    return f"?{urlencode([*kept, (name, value)])}"


@dataclass(frozen=True)
class Asset:
    """A static file as it is sent."""

    content: bytes
    gzipped: bytes
    media_type: str


class Assets:
    """The static files under names that hold their content's hash; mounted at /static."""

    def __init__(self, folder: Path) -> None:
        self._files: dict[str, Asset] = {}
        self._addresses: dict[str, str] = {}
        for name, content in _sources(folder).items():
            self.add(name, content)

    def address(self, name: str) -> str:
        """Where a file is served; it changes when the file does, so it may be kept for ever."""
        return self._addresses[name]

    def size(self, name: str) -> int:
        """What the file weighs on the wire."""
        return len(self._files[self.address(name).removeprefix(STATIC_PATH)].gzipped)

    def read(self, name: str) -> str:
        """What a file holds, for what is made here and not fetched."""
        return self._files[self.address(name).removeprefix(STATIC_PATH)].content.decode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asset = self._files.get(scope["path"].rpartition(STATIC_PATH)[2])
        if asset is None:
            raise HTTPException(404)
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Type": asset.media_type,
            "Vary": "Accept-Encoding",
        }
        content = asset.content
        if accepts_gzip(scope) and len(asset.gzipped) < len(content):
            headers["Content-Encoding"] = "gzip"
            content = asset.gzipped
        await Response(content, headers=headers)(scope, receive, send)

    def add(self, name: str, content: bytes) -> str:
        """Serve a file, and say where."""
        stem, dot, extension = name.rpartition(".")
        hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}{dot}{extension}"
        self._addresses[name] = STATIC_PATH + hashed
        if hashed not in self._files:
            self._files[hashed] = Asset(
                content, gzip.compress(content, mtime=0), MEDIA_TYPES[dot + extension]
            )
        return self._addresses[name]


class Compressed:
    """Compresses a reply that comes in one piece; a streamed one passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not accepts_gzip(scope):
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def compress(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start is not None:
                first, start = start, None
                message = _compressed(first, message)
                await send(first)
            await send(message)

        await self._app(scope, receive, compress)


def accepts_gzip(scope: Scope) -> bool:
    """Whether the client said that it can read gzip."""
    header = Headers(scope=scope).get("accept-encoding", "")
    offers = (part.replace(" ", "").lower() for part in header.split(","))
    return any(offer in {"gzip", "gzip;q=1", "gzip;q=1.0"} for offer in offers)


def _compressed(start: Message, body: Message) -> Message:
    headers = MutableHeaders(raw=start["headers"])
    content = body.get("body", b"")
    if (
        body.get("more_body", False)
        or len(content) <= WORTH_COMPRESSING
        or "content-encoding" in headers
        or not headers.get("content-type", "").startswith(TEXTUAL)
    ):
        return body
    smaller = gzip.compress(content, compresslevel=5, mtime=0)
    headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(smaller))
    headers.add_vary_header("accept-encoding")
    return {**body, "body": smaller}


def _filters(language: Language, zone: ZoneInfo) -> dict[str, Any]:
    """Dates are in the installation's time zone unless the template names another."""

    def date(moment: datetime, other: ZoneInfo | None = None) -> str:
        return language.date(moment, other or zone)

    def moment(moment: datetime, other: ZoneInfo | None = None) -> str:
        return language.moment(moment, other or zone)

    def stamp(moment: datetime) -> str:
        return language.stamp(moment, zone)

    return {"date": date, "moment": moment, "number": language.number, "stamp": stamp}


def _query(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope.get("query_string", b"").decode("latin-1"))


def _sources(folder: Path) -> dict[str, bytes]:
    # The parts of the sheets are not served by themselves.
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in MEDIA_TYPES and path.suffix != ".css"
    }
    for name, parts in BUNDLES.items():
        files[name] = b"\n".join((folder / "css" / f"{part}.css").read_bytes() for part in parts)
    return files
