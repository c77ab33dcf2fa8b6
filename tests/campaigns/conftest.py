"""The company of the cast, imported into a fresh database of each kind."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from app.campaigns import audience, merging
from app.campaigns.models import SurveyRound
from app.campaigns.rounds import RoundPlan
from app.kit.clock import now
from app.kit.runtime import Runtime
from app.responses import submission
from app.surveys import library
from tests import cast
from tests.people.files import imported

SMALLEST = 4


@pytest.fixture
def company(runtime: Runtime) -> Runtime:
    imported(runtime.database, cast.people_file())
    return runtime


@pytest.fixture
def planned(company: Runtime) -> Callable[..., RoundPlan]:
    """A plan as HR would make it, but for what is given."""

    def plan(*departments: str, sides: dict[str, str] | None = None, **given: Any) -> RoundPlan:
        survey = given.pop("survey", None) or library.template("sales_marketing_alignment")
        with company.database.reading() as session:
            people = audience.choose(session, survey, departments, sides or {})
            people = merging.merged(people, merging.parsed(people, given.pop("merges", ())))
        closes_at = now() + timedelta(days=14)
        return RoundPlan(
            **{
                "survey": survey,
                "name": "Round",
                "audience": people,
                "closes_at": closes_at,
                **given,
            }
        )

    return plan


@pytest.fixture
def launched(company: Runtime, planned: Callable[..., RoundPlan]) -> Callable[..., SurveyRound]:
    def launch(*departments: str, **given: Any) -> SurveyRound:
        plan = planned(*departments, **given)
        with company.database.writing() as session:
            return submission.launch(session, company.keyring, plan, "test", SMALLEST)

    return launch


def paths(nodes: Sequence[Any]) -> list[str]:
    return [node.path_text for node in nodes]
