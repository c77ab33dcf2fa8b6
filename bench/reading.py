"""A page as HR reads it, asked for again and again inside this process."""

import asyncio
import time
from collections.abc import Mapping

import httpx

from app.access import accounts, sign_in
from app.kit.runtime import Runtime
from app.main import create_app, make_site
from app.web.security import cookie_name

ASKED, WARM = 60, 5


# Milliseconds that passed, and those the processor worked.
Times = list[tuple[float, float]]


def times(runtime: Runtime, pages: Mapping[str, str]) -> dict[str, Times]:
    """How long each of many requests of these addresses took, by their names."""
    return asyncio.run(_asked(runtime, pages))


async def _asked(runtime: Runtime, pages: Mapping[str, str]) -> dict[str, Times]:
    name, value = cookie(runtime)
    transport = httpx.ASGITransport(create_app(make_site(runtime)))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8000", cookies={name: value}
    ) as client:
        return {
            name: [await _timed(client, address) for _ in range(ASKED + WARM)][WARM:]
            for name, address in pages.items()
        }


async def _timed(client: httpx.AsyncClient, address: str) -> tuple[float, float]:
    begun, worked = time.perf_counter(), time.process_time()
    reply = await client.get(address)
    took = 1000 * (time.perf_counter() - begun), 1000 * (time.process_time() - worked)
    assert reply.status_code == 200, reply.text[:300]
    return took


def cookie(runtime: Runtime) -> tuple[str, str]:
    """The name and the content of the cookie of HR, newly signed in."""
    with runtime.database.writing() as session:
        account = accounts.add(session, "hr@bench.example", "hr", [], "bench")
        token = sign_in.new_link(session, account)
    with runtime.database.writing() as session:
        content = sign_in.redeem(session, token)
    assert content is not None
    return cookie_name(runtime.settings), content
