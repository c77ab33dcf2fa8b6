"""Under which names the service may be asked."""

import re
from collections.abc import Iterable
from ipaddress import ip_address

from starlette.types import Scope

from app.web.request_head import CLOSE, Refused

HOST = re.compile(r"(?:([A-Za-z0-9_.-]{1,253})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
# Whoever watches the service asks by whatever name the machine has, and learns nothing else.
WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})


class Hosts:
    """The names of ours.

    A stranger can point a name of his own at this machine, and a browser then takes his page and
    ours for one site. An address, and a name without a dot, nobody outside can point anywhere.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name.strip().lower() for name in names)

    def check(self, scope: Scope) -> None:
        """Refuse what was asked of a name that is not ours."""
        given = dict(scope["headers"]).get(b"host")
        if given is None and scope.get("http_version") != "1.1":
            return
        found = HOST.fullmatch((given or b"").decode("latin-1"))
        if found is None:
            raise Refused(400, CLOSE)
        ours = found[1] is None or self._is_ours(found[1].lower().rstrip("."))
        if not ours and scope["path"] not in WATCHED:
            raise Refused(421, CLOSE)

    def _is_ours(self, name: str) -> bool:
        return "." not in name or name in self._names or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
