"""Where mail goes: the parts of `smtp://`, `smtps://` and `file:///` addresses."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import url2pathname

PORTS = {"smtp": 587, "smtps": 465, "smtp+xoauth2": 587}
NO_SERVER = (
    "has no valid host and port; it looks like smtp://user:password@host:587, "
    "with / # ? @ : of a password written as %2F %23 %3F %40 %3A"
)


class BadMailUrl(ValueError):
    """The address of the mail server is wrong; the text says how, never with the password."""


@dataclass(frozen=True)
class Server:
    """A mail server and how to sign in there."""

    host: str
    port: int
    implicit_tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    # Signs in with a token that is asked for when it is needed, instead of a password.
    by_token: bool = False

    @property
    def loopback(self) -> bool:
        """Whether the address itself says that nothing leaves this machine."""
        return is_loopback(self.host)


def parsed(url: str) -> Server | Path:
    """The server of an `smtp://`, `smtps://` or `smtp+xoauth2://` address, or the folder of a `file:///` one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadMailUrl(NO_SERVER) from None
    if parts.scheme == "file":
        return _folder(parts)
    if parts.scheme not in PORTS:
        raise BadMailUrl("must begin with smtp://, smtps://, smtp+xoauth2:// or file:///")
    beyond = parts.path.strip("/") or parts.query or parts.fragment
    if beyond or not parts.hostname or port == 0:
        raise BadMailUrl(NO_SERVER)
    by_token = parts.scheme == "smtp+xoauth2"
    if by_token and (not parts.username or parts.password):
        raise BadMailUrl(
            "names who sends and no password: smtp+xoauth2://survey%40example.com@host"
        )
    return Server(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        implicit_tls=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        by_token=by_token,
    )


def is_loopback(host: str) -> bool:
    """A loopback literal or localhost; what another name resolves to is not believed."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _folder(parts: SplitResult) -> Path:
    folder = url2pathname(parts.path)
    if parts.netloc or not folder.strip("/"):
        raise BadMailUrl("names no folder; it looks like file:///var/mail (three slashes)")
    return Path(folder)
