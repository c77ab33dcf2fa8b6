"""Files of a release: the same numbers as the page, in the columns of the contract."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.kit import csv
from app.kit.csv import Cell
from app.results.report import named

SCORES = (
    "department",
    "name",
    "level",
    "measure_kind",
    "measure",
    "invited",
    "answered",
    "n",
    "promoters",
    "passives",
    "detractors",
    "promoters_pct",
    "passives_pct",
    "detractors_pct",
    "score",
    "score_exact",
    "score_low",
    "score_high",
    "range_low",
    "range_high",
    "index",
    "disclosed",
    "reason",
    "band",
)

COMMENTS = ("item", "department", "text", "masked", "hidden")


def scores(release: Mapping[str, Any], *, excel: bool) -> Iterator[str]:
    """One row a department and measure; a hidden one says so and nothing else."""
    return csv.write(SCORES, _rows(release), excel=excel)


def comments(release: Mapping[str, Any], *, excel: bool) -> Iterator[str]:
    """One row a comment, in the order drawn at release; of a hidden one only that it is hidden."""
    rows = (
        [one["item"], one["department"], one["text"], one["masked"], _truth(one.get("hidden"))]
        for one in release["comments"]
    )
    return csv.write(COMMENTS, rows, excel=excel)


def _truth(value: Any) -> str:
    return "true" if value else "false"


def _rows(release: Mapping[str, Any]) -> Iterator[list[Cell]]:
    for group in map(named, release["groups"]):
        yield _row(group, "overall", "overall", group)
        for kind, parts in (("theme", "themes"), ("item", "items")):
            for part in group.get(parts, ()):
                yield _row(group, kind, part["key"], part)


def _row(
    group: Mapping[str, Any], kind: str, measure: str, values: Mapping[str, Any]
) -> list[Cell]:
    row = {
        **{name: values.get(name) for name in SCORES},
        "department": group["department"],
        "name": group["name"],
        "level": group["level"],
        "measure_kind": kind,
        "measure": measure,
        "disclosed": _truth(values["disclosed"]),
        "reason": values["reason"],
    }
    if values["disclosed"]:
        row |= {"invited": group["invited"], "answered": group["answered"]}
    return [row[name] for name in SCORES]
