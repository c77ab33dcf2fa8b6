"""The page of planted holes: `.venv/bin/python -m tests.security.holes.page` writes it anew."""

import sys
from pathlib import Path

from tests.security.holes import of_access, of_outputs, of_requests

HOLES = (*of_access.HOLES, *of_requests.HOLES, *of_outputs.HOLES)
PAGE = Path(__file__).parents[3] / "docs" / "security" / "holes.md"
# Where the check and what it has to find stand side by side.
BESIDE = {
    "a route trusts what it is sent": (
        "tests/security/test_mutations.py::test_it_finds_a_route_that_trusts_what_it_is_sent"
    ),
    "a body is kept in memory": (
        "tests/security/test_resources.py::test_the_measure_sees_a_body_that_is_kept"
    ),
    "each kind of secret": "tests/security/test_source.py::test_the_scan_finds_each_kind",
    "each way to run a text": "tests/security/test_source.py::test_the_lint_finds_each_kind",
    "a pattern that never ends": (
        "tests/security/test_source.py::test_a_pattern_that_goes_astray_is_found"
    ),
    "a package without its hash": (
        "tests/security/test_supply.py::test_a_package_without_its_hash_is_noticed"
    ),
    "a known vulnerability": (
        "tests/security/test_supply.py::test_a_vulnerability_fails_and_only_a_dead_line_is_let_pass"
    ),
    "a proof that does not exist": (
        "tests/security/test_asvs.py::test_a_test_that_does_not_exist_would_be_noticed"
    ),
    "a link in a log": (
        "tests/attackers/test_log_reader.py::test_he_catches_a_log_line_with_a_link"
    ),
    "what somebody wrote, in a trace": (
        "tests/attackers/test_log_reader.py::test_he_catches_a_trace_with_what_somebody_wrote"
    ),
    "an address in the log of acts and in a job": (
        "tests/attackers/test_log_reader.py::test_he_catches_an_audit_row_and_a_job_with_an_address"
    ),
    "opening a link answers it": (
        "tests/attackers/test_mail_scanner.py"
        "::test_he_would_be_seen_where_opening_a_link_answers_it"
    ),
    "a used link is not noted": (
        "tests/attackers/test_employee.py::test_she_would_succeed_where_a_used_link_is_not_noted"
    ),
}
HEAD = """# Planted holes

A check that cannot fail proves nothing. Each of these holes is planted into the running service, and the check beside it has to fail
(`tests/security/test_holes.py`); without the hole it passes. Written by `.venv/bin/python -m tests.security.holes.page`.

| hole | found by |
|---|---|
"""


def rendered() -> str:
    """The page as it should be."""
    rows = [*((one.left_open, one.found_by) for one in HOLES), *BESIDE.items()]
    return HEAD + "".join(f"| {hole} | `{check}` |\n" for hole, check in rows)


if __name__ == "__main__":
    sys.exit(0 if PAGE.write_text(rendered(), encoding="utf-8") else 1)
