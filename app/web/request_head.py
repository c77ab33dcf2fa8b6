"""The sizes and times every request keeps to, and what its head alone is refused for."""

from dataclasses import dataclass

from starlette.types import Scope

from app.web.urlencoded import BadForm, decoded

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Two of these would be read differently by two programs on the way.
SINGLE = frozenset(
    {
        b"authorization",
        b"content-length",
        b"content-type",
        b"host",
        b"origin",
        b"sec-fetch-site",
        b"transfer-encoding",
    }
)
CLOSE = {"Connection": "close"}


class Refused(Exception):
    """A request that goes no further."""

    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes and times in seconds."""

    path: int = 512
    query: int = 2048
    headers: int = 32 * 1024
    body: int = 256 * 1024
    upload: int = 5 * 1024 * 1024
    # Read and thrown away, so that a browser that sent too much still gets to read why.
    discarded: int = 8 * 1024 * 1024
    # All bodies in memory together; files have a place of their own, so that a few of them
    # never keep a respondent's answers out.
    held: int = 32 * 1024 * 1024
    held_files: int = 16 * 1024 * 1024
    fields: int = 200
    deadline: float = 15.0
    at_once: int = 200
    patience: float = 2.0


def check_head(scope: Scope, limits: Limits) -> None:
    """Refuse by method, path, query or headers, before a byte of the body is read."""
    if scope["method"] not in METHODS:
        raise Refused(405, {"Allow": "GET, HEAD, POST"})
    path = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    query = scope.get("query_string", b"")
    if len(path) > limits.path or len(query) > limits.query:
        raise Refused(414)
    if not _is_plain(path) or not _is_plain(query):
        raise Refused(400)
    # Programs of that time know no pieces: one on the way would see another end of the body.
    _check_headers(scope["headers"], limits.headers, old=scope.get("http_version") == "1.0")


def _check_headers(headers: list[tuple[bytes, bytes]], most: int, *, old: bool) -> None:
    if sum(len(name) + len(value) for name, value in headers) > most:
        raise Refused(431, CLOSE)
    single = [name for name, _ in headers if name in SINGLE]
    if len(single) != len(set(single)):
        raise Refused(400, CLOSE)
    if b"transfer-encoding" in single:
        encoding = dict(headers)[b"transfer-encoding"]
        if b"content-length" in single or encoding.lower() != b"chunked" or old:
            raise Refused(400, CLOSE)


def _is_plain(raw: bytes) -> bool:
    """Strict UTF-8 without control characters, once percent-decoded."""
    try:
        text = decoded(raw)
    except BadForm:
        return False
    return not any(character < " " or "\x7f" <= character < "\xa0" for character in text)
