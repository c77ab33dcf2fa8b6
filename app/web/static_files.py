"""The style sheets, scripts and pictures of the pages, read once when the process starts."""

import gzip
import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.web.compression import accepts_gzip

STATIC = Path(__file__).parent / "static"
STATIC_PATH = "/static/"

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


def _sources(folder: Path) -> dict[str, bytes]:
    # The parts of the sheets are not served by themselves.
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in MEDIA_TYPES and path.suffix != ".css"
    }
    for name in (one for one in files if one.endswith(".js")):
        files[name] = re.sub(rb"^\s*//.*\n", b"", files[name], flags=re.MULTILINE)
    return files | {name: _sheet(folder, name).encode() for name in BUNDLES}


def _sheet(folder: Path, name: str) -> str:
    """The parts of a sheet as one, without what only people read and colours nothing uses."""
    parts = [(folder / "css" / f"{part}.css").read_text("utf-8") for part in BUNDLES[name]]
    text = re.sub(r"/\*.*?\*/", "", "\n".join(parts), flags=re.DOTALL)
    text = re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", text)).strip()
    text = text.replace(": ", ":")
    for token in set(re.findall(r"--[\w-]+(?=:)", text)):
        if f"var({token})" not in text:
            text = re.sub(rf"{token}:[^;}}]*;?", "", text)
    return text


# The sheet of people who answer stands in their pages: one way there and back less on a phone.
# The content policy allows exactly this text, by its hash, and no other.
INLINE = _sheet(STATIC, "css/respondent.css")
INLINE_HASH = f"sha256-{b64encode(hashlib.sha256(INLINE.encode()).digest()).decode()}"
