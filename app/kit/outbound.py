"""Requests to addresses that people typed in: to public machines only, bounded in time and size.

A name is resolved once and the connection goes to the very address that was looked at: whoever
owns the name cannot point it elsewhere in between. Redirects are not followed, proxies of the
environment are not asked, and of a reply its status is read and nothing else.
"""

import asyncio
import queue
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

import httpx

from app.kit.language import Refusal

LONGEST_ADDRESS = 2000
RESOLVING = 5.0
DEADLINE = 10.0
INSIDE = "this address leads into a private network"
PORTS = {"https": 443, "http": 80}
# Their last 32 bits are an address of the older kind.
TRANSLATED = IPv6Network("64:ff9b::/96")
# Tunnels and forms of an earlier time: nobody serves there, and they lead to other addresses.
OBSOLETE = tuple(IPv6Network(one) for one in ("::/96", "2001::/32", "2002::/16", "fec0::/10"))

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]


class BadAddress(Refusal):
    """No request goes to an address like this; the text says what to write instead."""


class _Inside(Exception):
    """The name leads to an address that may not be reached."""


@dataclass(frozen=True)
class Call:
    """One request."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """The status of the reply; 0 where there was none, and then `trouble` says why."""

    status: int = 0
    trouble: str = ""

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300


def parts_of(url: str) -> SplitResult:
    """The parts of an address that could be called; raises BadAddress."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadAddress(
            "write a whole address, such as https://hooks.example.com/1", field="address"
        ) from None
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if parts.scheme not in PORTS or not parts.hostname or not plain or port == 0:
        raise BadAddress(
            "write a whole address, such as https://hooks.example.com/1", field="address"
        )
    if len(url) > LONGEST_ADDRESS:
        raise BadAddress("use at most %(most)s characters", most=LONGEST_ADDRESS, field="address")
    if parts.username is not None or parts.fragment:
        raise BadAddress("leave out names, passwords and what follows a #", field="address")
    return parts


def resolved(host: str, port: int) -> Sequence[str]:
    """Every address of a name; raises OSError, also where nobody answers in time."""
    found: queue.SimpleQueue[Sequence[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put([str(one[4][0]) for one in told])
        except (OSError, UnicodeError) as error:
            found.put(error if isinstance(error, OSError) else OSError("no name"))

    # The system's resolver knows no deadline, so it is left behind where it takes too long.
    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = found.get(timeout=RESOLVING)
    except queue.Empty:
        raise OSError("no answer") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


class Outbound:
    """Sends to public addresses over https, and to networks the installation allows."""

    def __init__(
        self, allowed: str = "", resolve: Resolve = resolved, deadline: float = DEADLINE
    ) -> None:
        """`allowed`: networks with commas between, where private addresses and http are fine."""
        parts = filter(None, (part.strip() for part in allowed.split(",")))
        self._allowed = tuple(ip_network(part, strict=False) for part in parts)
        self._resolve = resolve
        self._deadline = deadline
        self._trusted = httpx.create_ssl_context(trust_env=False)

    def check(self, url: str) -> SplitResult:
        """Whether it can be an address at all, before a name is resolved; raises BadAddress."""
        parts = parts_of(url)
        if parts.scheme == "http" and not self._allowed:
            raise BadAddress("write an address that begins with https://", field="address")
        return parts

    def post_all(self, calls: Sequence[Call]) -> list[Reply]:
        """Send them side by side; how each was answered."""

        async def together() -> list[Reply]:
            return await asyncio.gather(*(self._post(call) for call in calls))

        return asyncio.run(together())

    def may_reach(self, address: Address, scheme: str) -> bool:
        """Whether a request may go there."""
        plain = _embedded(address)
        if any(plain in network for network in self._allowed):
            return True
        return scheme == "https" and _is_public(plain)

    async def _post(self, call: Call) -> Reply:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._sent(call, *await self._placed(call.url))
        except BadAddress:
            return Reply(trouble="the address cannot be used")
        except _Inside:
            return Reply(trouble=INSIDE)
        except TimeoutError:
            return Reply(trouble="no answer in time")
        except OSError:
            return Reply(trouble="the name is not known")
        except httpx.HTTPError as error:
            return Reply(trouble=f"no connection ({type(error).__name__})")

    async def _placed(self, url: str) -> tuple[SplitResult, Address]:
        """The one address the connection goes to."""
        parts = self.check(url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        found = [ip_address(one) for one in await asyncio.to_thread(self._resolve, host, port)]
        # All of them: a name that also leads inside is somebody's trick.
        if not found or not all(self.may_reach(one, parts.scheme) for one in found):
            raise _Inside
        return parts, found[0]

    async def _sent(self, call: Call, parts: SplitResult, address: Address) -> Reply:
        where = httpx.URL(call.url).copy_with(host=str(address))
        headers = {"User-Agent": "selaras", **call.headers, "Host": parts.netloc}
        options = {"sni_hostname": parts.hostname or ""}
        async with (
            httpx.AsyncClient(
                trust_env=False, verify=self._trusted, timeout=self._deadline
            ) as client,
            client.stream(
                "POST", where, content=call.body, headers=headers, extensions=options
            ) as reply,
        ):
            return Reply(reply.status_code)


def _embedded(address: Address) -> Address:
    """The address of the older kind that one of the newer kind stands for."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and any(address in one for one in OBSOLETE):
        return False
    return address.is_global and not address.is_multicast
