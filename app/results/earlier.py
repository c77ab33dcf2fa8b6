"""What the round before printed, so that a release can say what has clearly changed."""

import json
from collections.abc import Mapping
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
    themes: Mapping[str, Mapping[str, ClassCounts]]


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
            groups = [one for one in content["groups"] if one["department"] in paths]
            return Earlier(
                other.id,
                other.name,
                {
                    paths[one["department"]]: counts
                    for one in groups
                    if (counts := _classes(one)) is not None
                },
                {paths[one["department"]]: _themes(one) for one in groups},
            )
    return None


def _themes(group: dict[str, Any]) -> dict[str, ClassCounts]:
    counted = {theme["key"]: _classes(theme) for theme in group.get("themes", ())}
    return {key: counts for key, counts in counted.items() if counts is not None}


def _classes(measures: dict[str, Any]) -> ClassCounts | None:
    """The printed counts; None where there are none, or a band stands for them."""
    if measures.get("promoters") is None:
        return None
    return ClassCounts(*(measures[kind] for kind in ("promoters", "passives", "detractors")))
