"""`selaras series`: added, listed, paused, resumed and removed, with a reason for each refusal."""

from datetime import timedelta

import pytest

from app.kit.clock import now
from tests.cli.command import Installation

FIRST = f"{now() + timedelta(days=30):%Y-%m-%d}T09:00"
PULSE = ("series", "add", "team_pulse", "--name", "Pulse {month}", "--every", "month")


def test_a_series_from_its_first_day_to_its_last(demo: Installation) -> None:
    made = demo.told(*PULSE, "--first", FIRST, "--open-days", "3", "--late", "skip")
    assert (made["state"], made["rhythm"], made["open_days"]) == ("running", "monthly", 3)
    assert made["next"].startswith(FIRST[:10])
    assert demo.told("series", "list") == [made]
    listed = demo.inside("series", "list")
    assert made["series"] in listed.out
    assert listed.err == ""
    assert demo.told("series", "pause", made["series"])["state"] == "paused"
    assert demo.told("series", "resume", made["series"]) == made
    demo.told("series", "remove", made["series"])
    assert demo.told("series", "list") == []


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--every", "day"), "failed", "--every: choose week, month, quarter"),
        (("--late", "twice"), "failed", "--late: choose once or skip"),
        (("--first", "soon"), "failed", "--first: soon is no date"),
        (("--first", "2020-01-01"), "series_refused", "first: choose a first time"),
        (("--open-days", "29"), "series_refused", "open_days: choose a number from 1 to 28"),
        (("--department", "Nowhere"), "audience_refused", "there is no department Nowhere"),
    ],
)
def test_a_series_that_cannot_be_says_why(
    demo: Installation, options: tuple[str, ...], code: str, said: str
) -> None:
    refused = demo.inside(*PULSE, *options, "--json")
    assert refused.code == 1
    assert refused.refusal["code"] == code
    assert said in refused.refusal["message"]


@pytest.mark.parametrize("act", ["pause", "resume", "remove"])
def test_a_series_there_is_not(demo: Installation, act: str) -> None:
    refused = demo.inside("series", act, "000000", "--json")
    assert refused.code == 1
    assert refused.refusal["code"] == "unknown_series"
