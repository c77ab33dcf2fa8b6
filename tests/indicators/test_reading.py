"""Met or missed, three months in a row, before and after: what values say and what they do not."""

import pytest

from app.indicators import reading
from app.indicators.models import Indicator
from app.scoring.association import association


def indicator(better: str = "higher", **agreed: float) -> Indicator:
    return Indicator(key="x", name_en="X", name_ms="X", better=better, **agreed)


@pytest.mark.parametrize(
    ("better", "value", "judged"),
    [
        ("higher", 10.0, "met"),
        ("higher", 9.9, "missed"),
        ("lower", 10.0, "met"),
        ("lower", 10.1, "missed"),
    ],
)
def test_the_level_itself_is_met(better: str, value: float, judged: str) -> None:
    assert reading.judged(indicator(better), value, 10.0) == judged
    assert reading.judged(indicator(better), value, None) is None


def test_three_months_in_a_row_and_no_gap() -> None:
    row = indicator(target=5.0, service_level=10.0)
    months = {"2026-01": 12.0, "2026-02": 6.0, "2026-03": 7.0, "2026-04": 9.0}
    assert reading.lately(row, months) == "missed", "held to what was promised, not to the target"
    assert reading.lately(row, months | {"2026-05": 11.0}) is None
    assert reading.lately(row, {"2026-01": 1.0, "2026-02": 1.0, "2026-04": 1.0}) is None
    assert reading.lately(row, {"2026-03": 1.0, "2026-04": 1.0}) is None
    assert reading.lately(indicator(), months) is None, "nothing was agreed"


def test_before_and_after_leave_the_month_itself_out() -> None:
    months = {f"2026-{n:02}": float(n) for n in range(1, 13)}
    found = reading.beside(months, "2026-08")
    assert (found.before, found.months_before) == (4.5, 6), "six months at most"
    assert (found.after, found.months_after) == (10.5, 4)
    assert found.difference == 6.0
    assert reading.beside({"2026-08": 1.0}, "2026-08").difference is None


def test_five_months_are_too_few_and_a_flat_line_says_nothing() -> None:
    assert association([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]) is None
    assert association([1, 2, 3, 4, 5, 6], [7] * 6) is None
    found = association([1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1])
    assert found is not None
    assert found.r == -1.0
