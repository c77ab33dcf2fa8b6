"""The tables of a release: one row a measure, an answer, a gap, a comparison, a comment."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.kit.csv import Cell
from app.kit.language import Language
from app.results.export import columns
from app.results.export.extract import Extract
from app.results.export.table import Column, Table, truth
from app.results.report import named
from app.surveys.definition import Item, Survey

Json = Mapping[str, Any]


def scores(release: Json) -> Table:
    """One row a department and measure; a hidden one says so and nothing else."""
    return Table("scores", columns.SCORES, _scores(release))


def items(extract: Extract) -> Table:
    """One row a department, item and answer: how many chose it."""
    rows = (
        row
        for group in extract.release["groups"]
        for item in group.get("items", ())
        for row in _answers(group["department"], item, extract.survey, extract.language)
    )
    return Table("items", columns.ITEMS, rows)


def gaps(release: Json) -> Table:
    """One row a gap between two sides."""
    return Table("gaps", columns.GAPS, _picked(columns.GAPS, release["gaps"]))


def comparisons(release: Json) -> Table:
    """One row a department beside the rest, or beside itself in an earlier round."""
    return Table(
        "comparisons", columns.COMPARISONS, _picked(columns.COMPARISONS, release["comparisons"])
    )


def views(release: Json) -> Table:
    """One row a department, another it was asked about, and a theme; no theme is all of them."""
    rows = (
        [
            *(row[name] for name in ("from", "about", "theme", "n", "index")),
            truth(row["disclosed"]),
        ]
        for row in release.get("views", ())
    )
    return Table("views", columns.VIEWS, rows)


def breakdowns(release: Json) -> Table:
    """One row a breakdown and what people have in common; a hidden one says so and nothing else."""
    rows = (
        _cell(one["attribute"], cell)
        for one in release.get("breakdowns", ())
        for cell in one["cells"]
    )
    return Table("breakdowns", columns.BREAKDOWNS, rows)


def comments(release: Json) -> Table:
    """One row a comment, in the order drawn at release; of a hidden one only that it is hidden."""
    rows = (
        [one["item"], one["department"], one["text"], one["masked"], truth(one.get("hidden"))]
        for one in release["comments"]
    )
    return Table("comments", columns.COMMENTS, rows)


def of_release(extract: Extract) -> tuple[Table, ...]:
    """Every table of the release, in the order of a workbook."""
    release = extract.release
    return (
        scores(release),
        items(extract),
        gaps(release),
        comparisons(release),
        *([views(release)] if release.get("views") else []),
        *([breakdowns(release)] if release.get("breakdowns") else []),
        comments(release),
    )


def _scores(release: Json) -> Iterator[list[Cell]]:
    for group in map(named, release["groups"]):
        yield _score(group, "overall", "overall", group)
        for kind, parts in (("theme", "themes"), ("item", "items")):
            for part in group.get(parts, ()):
                yield _score(group, kind, part["key"], part)


def _score(group: Json, kind: str, measure: str, values: Json) -> list[Cell]:
    row = {
        **{column.name: values.get(column.name) for column in columns.SCORES},
        "department": group["department"],
        "name": group["name"],
        "level": group["level"],
        "measure_kind": kind,
        "measure": measure,
        "disclosed": truth(values["disclosed"]),
        "reason": values["reason"],
    }
    if values["disclosed"]:
        row |= {"invited": group["invited"], "answered": group["answered"]}
    return [row[column.name] for column in columns.SCORES]


def _cell(attribute: str, cell: Json) -> list[Cell]:
    row = {
        **{column.name: cell.get(column.name) for column in columns.BREAKDOWNS},
        "attribute": attribute,
        "group": cell["value"],
        "disclosed": truth(cell["disclosed"]),
    }
    return [row[column.name] for column in columns.BREAKDOWNS]


def _answers(
    department: str, item: Json, survey: Survey, language: Language
) -> Iterator[list[Cell]]:
    if not item["disclosed"]:
        yield [department, item["key"], None, None, None, None, None, truth(False)]
        return
    asked = survey.item(item["key"].partition("--")[0])
    for code, label, place, people in _counted(asked, item, survey, language):
        yield [department, item["key"], code, label, place, people, item["n"], truth(True)]
    for code, label in (
        ("na", language.text("Does not apply")),
        ("blank", language.text("Not answered")),
    ):
        if item[code] is not None:
            yield [department, item["key"], code, label, None, item[code], item["n"], truth(True)]


def _counted(
    asked: Item, item: Json, survey: Survey, language: Language
) -> Iterator[tuple[str, str, int | None, int]]:
    """Each answer: its code, its words, its place in a ranking, and how many gave it."""
    scale = survey.scale_of(asked)
    if scale is not None:
        for code, people in enumerate(item["counts"]):
            yield str(code), scale.labels[code].in_(language.code), None, people
        return
    for option, counts in zip(asked.options, item["counts"], strict=True):
        label = option.text.in_(language.code)
        if asked.type != "rank":
            yield option.key, label, None, counts
            continue
        for place, people in enumerate(counts, start=1):
            yield option.key, label, place, people


def _picked(wanted: tuple[Column, ...], rows: list[Json]) -> Iterator[list[Cell]]:
    return ([row.get(column.name) for column in wanted] for row in rows)
