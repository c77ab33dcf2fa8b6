"""The release in small pieces, a group each, for pages that look at many rounds or many groups."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from app.campaigns import rounds
from app.campaigns.models import RoundDepartment, SurveyRound
from app.results import report
from app.results.models import Release, ReleaseSummary
from app.results.sameness import Fingerprints, fingerprints
from app.surveys import frozen

# The figures of one measure, in this order.
FIGURES = ("n", "score_exact", "score_low", "score_high", "process_low", "process_high")
# Groups that are kept as they were read: a few departments over a few dozen rounds.
MOST_KEPT = 1000

Json = Mapping[str, Any]


class Measured(NamedTuple):
    """One measure of one group; a band says of whom nearly all are, and has no score."""

    n: int | None = None
    score_exact: float | None = None
    score_low: float | None = None
    score_high: float | None = None
    process_low: float | None = None
    process_high: float | None = None
    band: str | None = None


@dataclass(frozen=True)
class Summary:
    """One group of one release; a hidden one has no measures, and neither invited nor answered."""

    department_id: str
    path: str
    name: str
    level: int
    above: tuple[str, ...]
    invited: int | None
    answered: int | None
    measures: Mapping[str, Measured]
    prints: Fingerprints

    @property
    def disclosed(self) -> bool:
        return bool(self.measures)

    def of(self, measure: str) -> Measured | None:
        return self.measures.get(measure)


def rows(session: Session, row: SurveyRound, content: Json) -> list[ReleaseSummary]:
    """What is stored with a release: one row a group, in the release's order."""
    tree = rounds.tree_of(session, row.id)
    surveys = (frozen.thawed(session, row.survey_hash), rounds.survey_of(session, row))
    prints = fingerprints(surveys)
    return list(_rows(row.id, content, tree, prints))


def groups(session: Session, round_id: str) -> list[Summary]:
    """Every group of a release in its order, without its items."""
    stored = session.exec(
        select(ReleaseSummary.department_id, ReleaseSummary.document)
        .where(ReleaseSummary.round_id == round_id)
        .order_by(col(ReleaseSummary.position))
    ).all()
    if stored:
        return [read(department_id, document) for department_id, document in stored]
    return [read(one.department_id, one.document) for one in _missing(session, round_id)]


def over_rounds(
    session: Session, released: Sequence[str], departments: Sequence[str], *, items: bool
) -> Mapping[str, Mapping[str, Summary]]:
    """Of each of these released rounds these groups, as far as it has them."""
    found: dict[str, dict[str, Summary]] = {round_id: {} for round_id in released}
    columns = (ReleaseSummary.round_id, ReleaseSummary.department_id, ReleaseSummary.document)
    wanted = select(*columns, ReleaseSummary.items) if items else select(*columns)
    for round_id, department_id, *documents in session.exec(
        wanted.where(
            col(ReleaseSummary.round_id).in_(list(found)),
            col(ReleaseSummary.department_id).in_(list(departments)),
        )
    ):
        found[round_id][department_id] = read(department_id, *documents)
    for round_id, groups in found.items():
        if not groups:
            # Released before summaries were kept.
            found[round_id] = {
                one.department_id: read(one.department_id, one.document, one.items)
                for one in _missing(session, round_id)
                if one.department_id in departments
            }
    return found


@lru_cache(MOST_KEPT)
def read(department_id: str, document: str, items: str = "{}") -> Summary:
    """A stored group; what is stored never changes, so what was read is kept."""
    told = json.loads(document)
    measures = told.pop("measures") | json.loads(items)
    return Summary(
        department_id=department_id,
        above=tuple(told.pop("above")),
        measures={key: Measured._make(figures) for key, figures in measures.items()},
        **told,
    )


def _missing(session: Session, round_id: str) -> list[ReleaseSummary]:
    stored = session.get(Release, round_id)
    if stored is None:
        return []
    return rows(session, rounds.get(session, round_id), json.loads(stored.document))


def _rows(
    round_id: str, content: Json, tree: Sequence[RoundDepartment], prints: Fingerprints
) -> Iterator[ReleaseSummary]:
    ids = {node.path: node.id for node in tree} | {"": ""}
    parents = {node.id: node.parent_id or "" for node in tree}
    ordered = sorted(
        map(report.named, content["groups"]), key=lambda one: _place(one["department"])
    )
    for position, group in enumerate(ordered):
        path = group["department"]
        department_id = ids.get(path) if not path.endswith("/*") else f"{ids[path[:-2]]}/*"
        if department_id is None:
            continue
        document = {
            "path": path,
            "name": group["name"],
            "level": group["level"],
            "above": list(_above(department_id, parents)),
            "invited": group.get("invited"),
            "answered": group.get("answered"),
            "measures": dict(_measures(group, "themes", "theme")),
            "prints": {} if path else prints,
        }
        if group["disclosed"]:
            document["measures"] = {"": _figures(group), **document["measures"]}
        yield ReleaseSummary(
            round_id=round_id,
            department_id=department_id,
            position=position,
            document=_text(document),
            items=_text(dict(_measures(group, "items", "item"))),
        )


def _place(path: str) -> list[str]:
    """Where a group stands in a list: below its department, what is left over last."""
    return [chr(0x10FFFF) if part == "*" else part for part in path.split("/")] if path else []


def _measures(group: Json, part: str, kind: str) -> Iterator[tuple[str, list[Any]]]:
    for one in group.get(part, ()):
        if one["disclosed"] and "score_exact" in one:
            yield f"{kind}:{one['key']}", _figures(one)


def _figures(measures: Json) -> list[Any]:
    return [*(measures[name] for name in FIGURES), measures["band"]]


def _above(department_id: str, parents: Mapping[str, str]) -> Iterator[str]:
    """The departments above one, the nearest first; the whole round is above everything."""
    one = department_id.removesuffix("/*") if department_id.endswith("/*") else None
    if one is None:
        one = parents.get(department_id, "")
    while one:
        yield one
        one = parents.get(one, "")


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
