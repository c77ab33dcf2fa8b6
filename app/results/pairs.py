"""Two departments beside each other: how differently they answer, from what the release prints."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.surveys.definition import Survey

Json = Mapping[str, Any]


def gaps(one: Json, other: Json, survey: Survey) -> list[dict[str, Any]]:
    """Every statement both have a distribution of, as gaps of their own views; one family.

    The rows are those of the release's `gaps`, for two departments instead of two sides.
    """
    # They bring the numerical libraries, which only this page needs.
    from app.results.gaps import told_apart
    from app.scoring import gap
    from app.scoring.ordinal import cliffs_delta

    found = []
    for key in [item.key for item in survey.items if item.about == "own" and item.rated]:
        first, second = _answers(one, key, survey), _answers(other, key, survey)
        view = gap.compare_views(first, second) if first and second else None
        if view is None:
            continue
        item = survey.item(key)
        row = {"theme": item.theme, "item": key, "from": one["name"], "about": other["name"]}
        effect = {"cliff": cliffs_delta(first, second), "q": None}
        found.append({**row, "kind": "means", "sides": [], **effect, **view._asdict()})
    return told_apart(found)


def _answers(group: Json, key: str, survey: Survey) -> Sequence[int]:
    """Its distribution, the most favourable answer last."""
    for item in group.get("items", ()):
        if item["key"] == key and item["disclosed"] and item["n"]:
            counts: Sequence[int] = item["counts"]
            return counts[::-1] if survey.item(key).reversed else counts
    return ()
