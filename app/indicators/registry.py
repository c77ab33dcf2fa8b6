"""Indicators and their values: reading, adding, changing, deleting with a way back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from app.audit import log
from app.indicators import periods
from app.indicators.models import Indicator, IndicatorValue
from app.indicators.presets import BY_KEY, PRESETS, Preset
from app.kit.clock import now
from app.kit.language import Refusal

COMPANY = ""
BETTER = ("higher", "lower")
# How long what was deleted can be brought back.
KEPT = timedelta(days=30)
LARGEST = 1e12


class IndicatorRefused(Refusal):
    """It cannot be done like this; the text says why and what to do."""


class UnknownIndicator(Exception):
    """There is none with this key."""


@dataclass(frozen=True)
class Given:
    """What people say of an indicator."""

    name_en: str
    name_ms: str
    unit: str
    better: str
    target: float | None = None
    service_level: float | None = None
    sign: str = ""
    source: str = ""


def listed(session: Session) -> Sequence[Indicator]:
    """The indicators in use: the built-in ones in their usual order, then all others by name."""
    rows = session.exec(select(Indicator).where(col(Indicator.deleted_at).is_(None)))
    order = [preset.key for preset in PRESETS]
    return sorted(
        rows,
        key=lambda row: (
            order.index(row.key) if row.key in order else len(order),
            row.name_en.casefold(),
        ),
    )


def get(session: Session, key: str, *, deleted: bool = False) -> Indicator:
    """The indicator of that key; raises UnknownIndicator."""
    row = session.exec(select(Indicator).where(Indicator.key == key)).one_or_none()
    if row is None or (row.deleted_at is not None and not deleted):
        raise UnknownIndicator(key)
    return row


def unused(session: Session) -> list[Preset]:
    """The built-in ones that are not in use yet."""
    used = {row.key for row in listed(session)}
    return [preset for preset in PRESETS if preset.key not in used]


def values(
    session: Session, indicators: Collection[str], departments: Collection[str] | None
) -> Sequence[IndicatorValue]:
    """The values of these indicators by month; of the company and of these departments (or all)."""
    statement = select(IndicatorValue).where(
        col(IndicatorValue.indicator_id).in_(indicators), col(IndicatorValue.deleted_at).is_(None)
    )
    if departments is not None:
        statement = statement.where(col(IndicatorValue.department_id).in_({COMPANY, *departments}))
    return session.exec(
        statement.order_by(col(IndicatorValue.period), col(IndicatorValue.department_id))
    ).all()


def add_preset(session: Session, key: str, actor: str) -> Indicator:
    """Take a built-in one into use; one that was deleted comes back with its values."""
    preset = BY_KEY[key]
    row = session.exec(select(Indicator).where(Indicator.key == key)).one_or_none()
    if row is not None and row.deleted_at is not None:
        return restore(session, key, actor)
    return row or add(
        session,
        key,
        Given(preset.name_en, preset.name_ms, preset.unit, preset.better, sign=preset.sign),
        actor,
    )


def add(session: Session, key: str, given: Given, actor: str) -> Indicator:
    """Add one of one's own. Raises IndicatorRefused where the key is taken."""
    if session.exec(select(Indicator.id).where(Indicator.key == key)).first() is not None:
        raise IndicatorRefused(
            "There is an indicator with this key already: choose another.", field="key"
        )
    row = Indicator(key=key, name_en="", name_ms="", better="")
    _set(row, given)
    session.add(row)
    log.record(session, actor, "indicator.added", key)
    session.flush()
    return row


def change(session: Session, key: str, given: Given, actor: str) -> Indicator:
    """Give it another name, target or promise; its values stay."""
    row = get(session, key)
    _set(row, given)
    session.add(row)
    log.record(session, actor, "indicator.changed", key)
    return row


def remove(session: Session, key: str, actor: str) -> None:
    """Take it out of use with its values; `restore` brings both back for a while."""
    sweep(session)
    row = get(session, key)
    row.deleted_at = now()
    session.add(row)
    log.record(session, actor, "indicator.deleted", key)


def restore(session: Session, key: str, actor: str) -> Indicator:
    """Undo it."""
    row = get(session, key, deleted=True)
    row.deleted_at = None
    session.add(row)
    log.record(session, actor, "indicator.restored", key)
    return row


def put(
    session: Session, row: Indicator, department_id: str, period: str, value: float, actor: str
) -> bool:
    """Store a month's value; says whether it took the place of another."""
    there = session.get(IndicatorValue, (row.id, department_id, period))
    replaced = there is not None and there.deleted_at is None and there.value != value
    one = there or IndicatorValue(
        indicator_id=row.id, department_id=department_id, period=period, value=value, by=actor
    )
    one.value, one.at, one.by, one.deleted_at = value, now(), actor, None
    session.add(one)
    return replaced


def type_in(
    session: Session, key: str, department_id: str, period: str, value: float, actor: str
) -> bool:
    """As `put`, of one value that somebody typed in."""
    replaced = put(session, get(session, key), department_id, period, value, actor)
    log.record(session, actor, "indicator.value_set", key, period=period, replaced=replaced)
    return replaced


def remove_value(session: Session, key: str, department_id: str, period: str, actor: str) -> None:
    """Delete a month's value; raises UnknownIndicator where there is none."""
    sweep(session)
    _mark(session, key, department_id, period, now())
    log.record(session, actor, "indicator.value_deleted", key, period=period)


def restore_value(session: Session, key: str, department_id: str, period: str, actor: str) -> None:
    """Undo it."""
    _mark(session, key, department_id, period, None)
    log.record(session, actor, "indicator.value_restored", key, period=period)


def sweep(session: Session) -> None:
    """Forget for good what was deleted long ago."""
    long_ago = now() - KEPT
    gone = select(Indicator.id).where(col(Indicator.deleted_at) <= long_ago)
    session.exec(
        delete(IndicatorValue).where(
            (col(IndicatorValue.deleted_at) <= long_ago)
            | col(IndicatorValue.indicator_id).in_(gone)
        )
    )
    session.exec(delete(Indicator).where(col(Indicator.deleted_at) <= long_ago))


def _set(row: Indicator, given: Given) -> None:
    for name in Given.__dataclass_fields__:
        setattr(row, name, getattr(given, name))


def _mark(
    session: Session, key: str, department_id: str, period: str, moment: datetime | None
) -> None:
    place = (get(session, key).id, department_id, periods.read(period) or "")
    row = session.get(IndicatorValue, place)
    if row is None:
        raise UnknownIndicator(key)
    row.deleted_at = moment
    session.add(row)
