"""What the round before printed, so that a release can say what has clearly changed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from app.campaigns import rounds
from app.campaigns.models import SurveyRound
from app.results.models import Release
from app.scoring.classes import ClassCounts

# Scored by other rules than these many rounds in a row, an older one is not looked for.
LOOKED_AT = 5


@dataclass(frozen=True)
class Earlier:
    """A round's printed classes by the department's stable id; the whole under the empty one."""

    round_id: str
    name: str
    classes: Mapping[str, ClassCounts]


def before(session: Session, row: SurveyRound, survey_version: int, rules: str) -> Earlier | None:
    """The newest released round of the same survey, its version and its rules; None without one.

    Rounds with other wording or cut-offs are different measures and are never compared.
    """
    released = session.exec(
        select(SurveyRound, Release)
        .where(
            col(Release.round_id) == col(SurveyRound.id),
            col(SurveyRound.survey_key) == row.survey_key,
            col(SurveyRound.survey_version) == survey_version,
            col(SurveyRound.id) != row.id,
            col(SurveyRound.closes_at) <= row.closes_at,
        )
        .order_by(col(SurveyRound.closes_at).desc())
        .limit(LOOKED_AT)
    )
    for other, stored in released:
        content = json.loads(stored.document)
        if content["method"]["hash"] == rules:
            paths = {node.path: node.id for node in rounds.tree_of(session, other.id)} | {"": ""}
            return Earlier(other.id, other.name, dict(_classes(content["groups"], paths)))
    return None


def _classes(
    groups: list[dict[str, Any]], paths: Mapping[str, str]
) -> Iterator[tuple[str, ClassCounts]]:
    for group in groups:
        if group["department"] in paths and group.get("promoters") is not None:
            counts = (group[kind] for kind in ("promoters", "passives", "detractors"))
            yield paths[group["department"]], ClassCounts(*counts)
