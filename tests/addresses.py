"""The page of addresses: `.venv/bin/python -m tests.addresses` writes docs/routes.md anew.

It is the list that the tests hold every route against, said for people.
"""

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from tests.contracts.test_routes import ALL, HIDDEN, NOT_THERE, ROLES, TO_SIGN_IN, Route

PAGE = Path(__file__).parents[1] / "docs" / "routes.md"
HEAD = """# Addresses

Every address of the service and who may open it. What somebody may not see does not exist for them: 404. Who is not signed in is led to the sign-in page.
*Manager* means one whose departments are concerned. The addresses of the API are on `/api/v1/docs` of an installation ([API](api.md)). Made by
`.venv/bin/python -m tests.addresses` from the list that a test tries with each role; another test holds this page against it.

| address | | for |
|---|---|---|
"""


def rendered() -> str:
    """The page as it should be."""
    return HEAD + "".join(f"{row}\n" for row in _rows())


def _rows() -> Iterator[str]:
    ordered = sorted(ALL, key=lambda one: (one.path, one.method))
    for path, same in groupby(ordered, key=lambda one: one.path):
        both = list(same)
        methods = ", ".join(dict.fromkeys(one.method for one in both))
        yield f"| `{path}` | {methods} | {_readers(both)} |"


def _readers(routes: list[Route]) -> str:
    expected = [route.expected for route in routes]
    if all(set(one.values()) == {404} for one in expected):
        return "whoever has its link, token or code, where that is set up"
    if all(one == HIDDEN for one in expected):
        return "whoever is signed in, for what is theirs"
    open_to = [role for role in ROLES if any(_gets(one, role) for one in expected)]
    if open_to == list(ROLES):
        return "everybody"
    # Who may open it without any department of it is every manager.
    manager = "every manager" if "stranger" in open_to else "manager"
    words = {"it": "IT", "hr": "HR", "manager": manager}
    return ", ".join(words.get(role, role) for role in open_to if role != "stranger")


def _gets(expected: dict[str, int], role: str) -> bool:
    if role == "nobody" and expected != dict.fromkeys(ROLES, 303):
        return expected[role] != TO_SIGN_IN
    return expected[role] != NOT_THERE


if __name__ == "__main__":
    sys.exit(0 if PAGE.write_text(rendered(), encoding="utf-8") else 1)
