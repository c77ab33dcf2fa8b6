"""The pages that look at many rounds or departments at once: 36 monthly rounds of 200 departments."""

import random
import statistics
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.campaigns.models import RoundDepartment, RoundPolicy, SurveyRound
from app.campaigns.policy import Policy
from app.kit import migration
from app.kit.clock import now
from app.kit.runtime import Runtime
from app.kit.settings import load
from app.results import summary
from app.results.models import Release
from app.surveys import library
from app.surveys.frozen import freeze
from bench import reading
from bench.serving import SECRET

ROUNDS, BRANCHES, EACH = 36, 20, 9
SURVEY = "sales_marketing_alignment"
LIMIT = 50

Json = dict[str, Any]


def main() -> None:
    """Print of each page how long it took, and how long of that the processor worked for it.

    The second figure is what an idle machine takes: it hardly grows where others work beside it.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = load(
            database_url=f"sqlite:///{folder}/b.db", data_dir=Path(folder), secret_key=SECRET
        )
        runtime = Runtime.start(settings)
        migration.upgrade(runtime.database)
        newest, department = _filled(runtime)
        pages = {
            "heat map": f"/rounds/{newest}/heatmap",
            "heat map, sorted": f"/rounds/{newest}/heatmap?sort=-score&interval=on",
            "trend": f"/rounds/{newest}/trend?department={department}",
            "trend of an item": f"/rounds/{newest}/trend?measure=item:goals_shared",
        }
        found = reading.times(runtime, pages)
        runtime.close()
    print(
        f"{ROUNDS} rounds x {BRANCHES * (EACH + 1)} departments, milliseconds of {reading.ASKED} requests"
    )
    for name, times in found.items():
        passed, worked = ([one[which] for one in times] for which in (0, 1))
        print(
            f"  {name:18} median {statistics.median(passed):6.1f}  p95 {_p95(passed):6.1f}   "
            f"processor median {statistics.median(worked):5.1f}  p95 {_p95(worked):5.1f} "
            f"(limit {LIMIT})"
        )


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _filled(runtime: Runtime) -> tuple[str, str]:
    chance = random.Random(1)
    survey = library.template(SURVEY)
    paths = [f"Branch {n}" for n in range(BRANCHES)]
    paths += [f"{path}/Team {n}" for path in list(paths) for n in range(EACH)]
    paths.sort()
    for place in range(ROUNDS):
        with runtime.database.writing() as session:
            closes = datetime(2023, 1, 28, tzinfo=UTC) + timedelta(days=30 * place)
            row = SurveyRound(
                id=f"r{place:05}",
                name=f"Round {place}",
                survey_key=survey.key,
                survey_version=survey.version,
                survey_hash=freeze(session, survey),
                policy_hash="",
                language="en",
                launch_key=str(place),
                server_key="",
                created_by="bench",
                opens_at=closes - timedelta(days=14),
                closes_at=closes,
            )
            session.add(row)
            session.flush()
            session.add_all(_tree(row.id, paths))
            session.flush()
            session.add(RoundPolicy(round_id=row.id, document=Policy("", "").document))
            session.add(
                Release(round_id=row.id, document="{}", hash="", answered=0, at=now(), by="bench")
            )
            session.flush()
            content = {"groups": [_group(chance, survey, path) for path in ["", *paths]]}
            session.add_all(summary.rows(session, row, content))
    return row.id, paths[1]


def _tree(round_id: str, paths: list[str]) -> list[RoundDepartment]:
    return [
        RoundDepartment(
            round_id=round_id,
            id=path,
            parent_id=path.rpartition("/")[0] or None,
            name=path.rpartition("/")[2],
            path=path,
            position=place,
        )
        for place, path in enumerate(paths)
    ]


def _group(chance: random.Random, survey: Any, path: str) -> Json:
    own = {item.theme for item in survey.composite}
    parts = {
        "themes": [theme.key for theme in survey.themes if theme.key in own],
        "items": [item.key for item in survey.items if item.rated],
    }
    return {
        "department": path,
        "name": path.rpartition("/")[2],
        "level": path.count("/") + 1 if path else 0,
        "disclosed": True,
        "invited": 20,
        "answered": 15,
        **_figures(chance),
        **{
            part: [{"key": key, "disclosed": True, **_figures(chance)} for key in keys]
            for part, keys in parts.items()
        },
    }


def _figures(chance: random.Random) -> Json:
    score = chance.uniform(-80, 80)
    bounds = {"score_low": score - 15, "score_high": score + 15}
    process = {"process_low": score - 20, "process_high": score + 20}
    return {"n": 15, "score_exact": score, **bounds, **process, "band": None}
