"""Schemathesis asks for everything the description of the API allows, and much that it does not."""

import os
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core import NOT_SET

from app.web.api.description import described
from tests.contracts.test_routes import Objects, application
from tests.security.straight import Straight

CASES = 100_000 if os.environ.get("SELARAS_NIGHTLY") else 3_000
QUIET = {
    "database": None,
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": False,
}


@pytest.fixture(scope="module")
def named(straight: Straight) -> dict[str, str]:
    """What really exists, so that not every request ends at a 404."""
    made = Objects(straight.site)
    return {**made.open_round(), **made.action(), **made.webhook(), **made.survey()}


def cases(straight: Straight) -> st.SearchStrategy[Any]:
    schema = schemathesis.openapi.from_dict(described(application(straight.site)))
    operations = [one.ok() for one in schema.get_all_operations()]
    return st.one_of(
        *(
            one.as_strategy(generation_mode=mode)
            for one in operations
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        )
    )


def ask(straight: Straight, case: Any, named: dict[str, str], *, real: bool) -> int:
    if real:
        case.path_parameters = {
            name: named.get(name, value) for name, value in case.path_parameters.items()
        }
    told = case.as_transport_kwargs(base_url=straight.site.settings.base_url)
    told.pop("cookies", None)
    given = told.pop("headers").items()
    kept = {name: value for name, value in given if name.lower() != "authorization"}
    sent = {**kept, **straight.with_key}
    headers = [(str(k).encode("latin-1", "replace"), _header(v)) for k, v in sent.items()]
    known = {k: told[k] for k in ("params", "json", "content", "files") if k in told}
    if isinstance(told.get("data"), (bytes, str)):
        known["content"] = told["data"]
    if case.body is NOT_SET:
        known.pop("json", None)
    return straight.ask(told["method"], told["url"], headers=headers, **known).status_code


def _header(value: object) -> bytes:
    return str(value).encode("utf-8", "replace")


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_no_request_is_a_fault_of_ours(straight: Straight, named: dict[str, str]) -> None:
    seen: dict[int, int] = {}

    @hypothesis.settings(max_examples=CASES, **QUIET)
    @hypothesis.given(cases(straight), st.sampled_from([True, True, True, False]))
    def ask_all(case: Any, real: bool) -> None:
        status = ask(straight, case, named, real=real)
        seen[status] = seen.get(status, 0) + 1
        assert status < 500, case.as_curl_command()

    ask_all()
    # It reached what is done, what is not there, and what is refused, else it proved nothing.
    assert {200, 404, 422} <= seen.keys(), seen
    print("answers by status:", dict(sorted(seen.items())))
