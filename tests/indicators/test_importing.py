"""A file of monthly values: good rows are stored together, every bad one says what to mend."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from app.audit.models import AuditEntry
from app.indicators import importing, periods, registry
from app.indicators.importing import IndicatorPlan
from app.indicators.problems import IndicatorFileRefused
from app.indicators.registry import Given
from app.kit.clock import now
from app.kit.database import Database
from app.kit.language import language
from app.people.models import Department

TODAY = date(2026, 11, 24)
HEAD = "period,indicator,value,department\r\n"
OWN = Given("Visits", "Lawatan", "", "higher")


@pytest.fixture
def session(database: Database):
    with database.writing() as session:
        session.add(Department(id="sales", name="Sales", folded_path="sales"))
        session.flush()
        registry.add(session, "visits", OWN, "aminah")
        yield session


def planned(session: Session, *rows: str, head: str = HEAD) -> IndicatorPlan:
    return importing.plan(session, (head + "\r\n".join(rows)).encode(), TODAY)


def stored(session: Session) -> dict[tuple[str, str, str], float]:
    keys = {row.id: row.key for row in registry.listed(session)}
    return {
        (keys[one.indicator_id], one.department_id, one.period): one.value
        for one in registry.values(session, list(keys), None)
    }


def test_good_rows_are_stored_and_bad_ones_named(session: Session) -> None:
    plan = planned(
        session,
        "2026-03,lead_conversion,12.5,",
        "2026-3,Kadar penukaran prospek,9,SALES",
        "2026-03-31,visits,−40,",
        "March,visits,1,",
        "2027-01,visits,1,",
        "2026-04,visitz,1,",
        "2026-04,visits,1,,5",
        '2026-04,visits,"12,5",',
        "2026-04,visits,,",
        "2026-04,visits,=1+1,",
        "2026-04,visits,1e400,",
        "2026-05,visits,1,Legal",
        "2026-03,Lead conversion rate,13,",
        "2026-06,visits,9999999999999,",
        "2026-07,,1,",
    )
    said = {(one.row, one.column): one for one in plan.errors}
    assert {place: one.key for place, one in said.items()} == {
        (5, "period"): "period_wrong",
        (6, "period"): "period_future",
        (7, "indicator"): "indicator_unknown",
        (8, ""): "cells",
        (9, "value"): "value_comma",
        (10, "value"): "value_missing",
        (11, "value"): "value_wrong",
        (12, "value"): "value_wrong",
        (13, "department"): "department_unknown",
        (14, "period"): "twice",
        (15, "value"): "value_large",
        (16, "indicator"): "indicator_missing",
    }
    assert "row 2 has the same month" in said[14, "period"].message
    assert "lead_conversion" in said[7, "indicator"].message, "the remedy names what there is"
    assert stored(session) == {}, "planning stores nothing"
    assert plan.added == ("lead_conversion",)
    importing.apply(session, plan, "aminah")
    assert stored(session) == {
        ("lead_conversion", "", "2026-03"): 12.5,
        ("lead_conversion", "sales", "2026-03"): 9.0,
        ("visits", "", "2026-03"): -40.0,
    }
    [entry] = session.exec(select(AuditEntry).where(AuditEntry.action == "indicators.imported"))
    assert json.loads(entry.detail) == {"new": 3, "replaced": 0, "left_out": 12}


def test_the_same_month_again_takes_the_place_of_the_old_value_and_says_so(
    session: Session,
) -> None:
    importing.apply(session, planned(session, "2026-03,visits,1,", "2026-04,visits,2,"), "aminah")
    again = planned(session, "2026-03,visits,5,", "2026-04,visits,2,", "2026-05,visits,3,")
    assert (again.new, again.replaced, again.same) == (1, 1, 1)
    assert importing.as_json(again)["replaced"] == 1
    importing.apply(session, again, "aminah")
    assert stored(session)["visits", "", "2026-03"] == 5.0
    once_more = planned(session, "2026-03,visits,5,", "2026-04,visits,2,", "2026-05,visits,3,")
    assert (once_more.new, once_more.replaced, once_more.same) == (0, 0, 3)


REFUSED = {
    b"period,value\r\n2026-03,1": "no column indicator",
    b"period,indicator,value,Value\r\n": "two columns named value",
    b"period,indicator,value\r\n": "no rows",
    b"\0\0": "cannot be read",
    b"x" * (importing.MOST_BYTES + 1): "larger than 1024 KiB",
}


def test_a_file_that_is_none_is_refused_as_a_whole(session: Session) -> None:
    for content, said in REFUSED.items():
        with pytest.raises(IndicatorFileRefused, match=said) as refused:
            importing.plan(session, content, TODAY)
        assert refused.value.text(language("ms")) != str(refused.value)


def test_columns_in_any_order_and_a_file_without_departments(session: Session) -> None:
    plan = planned(session, "7;2026-03;ignored;visits", head="VALUE;Period;note;indicator\r\n")
    assert [(row.key, row.value, row.department_id) for row in plan.rows] == [("visits", 7.0, "")]


@given(st.floats(-1e12, 1e12, allow_nan=False))
def test_a_number_as_it_is_written_is_the_number_stored(value: float) -> None:
    text = f"{value:.6f}"
    assert importing.number_of(text) == float(text)


@given(st.dates(date(2000, 1, 1), date(2199, 12, 31)))
def test_months_count_through(day: date) -> None:
    period = periods.of(day)
    assert periods.read(day.isoformat()) == period
    following = periods.of((day.replace(day=1) + timedelta(days=32)).replace(day=1))
    if day.year < periods.LAST_YEAR:
        assert periods.place(following) - periods.place(period) == 1
        assert periods.between(period, following) == [period, following]


# Deleting, and the way back


def test_what_is_deleted_comes_back_with_its_values_and_goes_for_good_later(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    importing.apply(session, planned(session, "2026-03,visits,1,", "2026-04,visits,2,"), "aminah")
    registry.remove_value(session, "visits", "", "2026-03", "aminah")
    assert list(stored(session).values()) == [2.0]
    registry.restore_value(session, "visits", "", "2026-03", "aminah")
    registry.remove(session, "visits", "aminah")
    assert stored(session) == {}
    with pytest.raises(registry.UnknownIndicator):
        registry.get(session, "visits")
    registry.restore(session, "visits", "aminah")
    assert sorted(stored(session).values()) == [1.0, 2.0]
    registry.remove(session, "visits", "aminah")
    monkeypatch.setattr(registry, "now", lambda: now() + registry.KEPT + timedelta(days=1))
    registry.sweep(session)
    with pytest.raises(registry.UnknownIndicator):
        registry.restore(session, "visits", "aminah")
