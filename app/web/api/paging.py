"""Pages of a list: a signed cursor says where the next one begins."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query

from app.kit.tokens import derived_token, same
from app.web.api.problems import Refused
from app.web.dependencies import Site

MOST = 200
PLACE = re.compile(r"[0-9]{1,9}")
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
Cursor = Annotated[
    str, Query(max_length=200, description="`next` of the page before; empty for the first.")
]
Thing = TypeVar("Thing")


def page(
    site: Site,
    name: str,
    found: Sequence[Thing],
    place: int,
    total: int,
    as_json: Callable[[Thing], Any],
) -> dict[str, Any]:
    """The things found from this place on, and the cursor of what follows them."""
    after = place + len(found)
    return {
        "items": [as_json(one) for one in found],
        "total": total,
        "next": _cursor(site, name, after) if found and after < total else None,
    }


def place_of(site: Site, name: str, cursor: str) -> int:
    """Where the page of this cursor begins; raises Refused for one that we did not make."""
    if not cursor:
        return 0
    place, _, mark = cursor.partition(".")
    if not PLACE.fullmatch(place) or not same(mark, _mark(site, name, int(place))):
        text = "cursor: give back `next` of the page before as it is, or leave it out."
        raise Refused(422, text, errors=[{"pointer": "/cursor", "code": "unknown_cursor"}])
    return int(place)


def _cursor(site: Site, name: str, place: int) -> str:
    return f"{place}.{_mark(site, name, place)}"


def _mark(site: Site, name: str, place: int) -> str:
    return derived_token(site.form_key, "cursor", name, str(place))
