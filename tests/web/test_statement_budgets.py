"""What a page or a submission asks of the database: exact, whatever the size of the round."""

import asyncio
import secrets
from collections.abc import Mapping

import httpx
import pytest

from app.kit.runtime import Runtime
from app.main import create_app, make_site
from app.surveys import library
from app.surveys.paper import paper
from tests.responses.test_cost import recorded
from tests.results.rounds import launched, links, staffed

SURVEY = library.template("sales_marketing_alignment")
# What opens, ends or guards a transaction is none.
APART = ("BEGIN", "COMMIT", "PRAGMA", "SET ")


@pytest.fixture
def given(runtime: Runtime) -> dict[str, list[str]]:
    staffed(runtime, {"Sales": 12, "Marketing": 12})
    return links(runtime, launched(runtime, SURVEY))


def asked(runtime: Runtime, *steps: tuple[str, Mapping[str, str] | None]) -> list[list[str]]:
    """The statements of each step: a page, or what is sent to it."""
    app = create_app(make_site(runtime))

    async def all_steps() -> list[list[str]]:
        transport = httpx.ASGITransport(app)
        found = []
        async with httpx.AsyncClient(
            transport=transport,
            base_url="http://127.0.0.1:8000",
            headers={"Sec-Fetch-Site": "same-origin"},
        ) as client:
            for address, form in steps:
                with recorded(runtime) as statements:
                    method, wanted = ("POST", 303) if form else ("GET", 200)
                    answer = await client.request(method, address, data=form)
                    assert answer.status_code == wanted, answer.text
                found.append([one for one, _ in statements if not one.startswith(APART)])
        return found

    return asyncio.run(all_steps())


def form() -> dict[str, str]:
    questions = [one.field for one in paper(SURVEY, "sales") if one.item.rated]
    return {"submission": secrets.token_urlsafe(21), **dict.fromkeys(questions, "2")}


def test_a_form_is_shown_after_one_look_at_its_link(
    runtime: Runtime, given: dict[str, list[str]]
) -> None:
    one, other = given["Sales"][:2]
    _, again = asked(runtime, (f"/s/{one}", None), (f"/s/{other}", None))
    assert len(again) == 1, again


def test_a_submission_asks_five_things(runtime: Runtime, given: dict[str, list[str]]) -> None:
    """The link, the link again with its round kept open, its use, the trays, the trays anew."""
    first, *more = given["Sales"][:4]
    _, *others = asked(runtime, *((f"/s/{token}", form()) for token in (first, *more)))
    assert [len(one) for one in others] == [5, 5, 5], others
