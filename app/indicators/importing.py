"""Importing monthly values from a file: look at the plan, then store its good rows together."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from sqlmodel import Session

from app.audit import log
from app.indicators import periods, registry
from app.indicators.presets import PRESETS
from app.indicators.problems import IndicatorFileRefused, RowError, shown
from app.indicators.registry import COMPANY, LARGEST
from app.kit import csv
from app.kit.csv import NotCsv, Table
from app.people.tree import Tree, folded

REQUIRED = ("period", "indicator", "value")
COLUMNS = (*REQUIRED, "department")
MOST_ROWS = 20_000
MOST_BYTES = 1024 * 1024
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
MINUS = "\N{MINUS SIGN}"

Place = tuple[str, str, str]


@dataclass(frozen=True)
class Row:
    """One good row: which figure of whom, for which month, and what stood there before."""

    number: int
    key: str
    department_id: str
    department: str
    period: str
    value: float
    before: float | None

    @property
    def kind(self) -> str:
        if self.before is None:
            return "new"
        return "same" if self.before == self.value else "replaced"


@dataclass(frozen=True)
class IndicatorPlan:
    """What a file would do."""

    rows: tuple[Row, ...]
    errors: tuple[RowError, ...]
    # Built-in indicators that come into use with it.
    added: tuple[str, ...]
    total: int

    def count(self, kind: str) -> int:
        return sum(row.kind == kind for row in self.rows)

    @property
    def new(self) -> int:
        return self.count("new")

    @property
    def replaced(self) -> int:
        return self.count("replaced")

    @property
    def same(self) -> int:
        return self.count("same")

    @property
    def fingerprint(self) -> str:
        """The same as long as a preview would say the same."""
        rows = [
            (row.key, row.department_id, row.period, row.value, row.before) for row in self.rows
        ]
        wrong = [(error.column, error.key, error.value) for error in self.errors]
        return sha256(repr((rows, wrong)).encode("utf-8", "replace")).hexdigest()


@dataclass
class _Known:
    """What the rows of a file are held against."""

    tree: Tree
    today: str
    keys: Mapping[str, str]
    before: Mapping[Place, float]
    first: dict[Place, int] = field(default_factory=dict)


class _Wrong(Exception):
    def __init__(self, column: str, value: str, key: str, **values: str | int) -> None:
        super().__init__(key)
        self.column, self.value, self.key, self.values = column, value, key, values


def plan(session: Session, content: bytes, today: date) -> IndicatorPlan:
    """What importing this file would do; nothing is changed. Raises IndicatorFileRefused."""
    table = _table(content)
    columns = _columns(table)
    known = _known(session, today)
    rows: list[Row] = []
    errors: list[RowError] = []
    for number, cells in table.rows:
        try:
            rows.append(_row(number, cells, columns, len(table.header), known))
        except _Wrong as wrong:
            told = tuple(sorted(wrong.values.items()))
            errors.append(RowError(number, wrong.column, shown(wrong.value), wrong.key, told))
    used = {row.key for row in registry.listed(session)}
    added = tuple(dict.fromkeys(row.key for row in rows if row.key not in used))
    return IndicatorPlan(tuple(rows), tuple(errors), added, len(table.rows))


def apply(session: Session, planned: IndicatorPlan, actor: str) -> None:
    """Store the good rows, in the caller's transaction."""
    for key in planned.added:
        registry.add_preset(session, key, actor)
    indicators = {row.key: row for row in registry.listed(session)}
    for row in planned.rows:
        if row.kind != "same":
            one = indicators[row.key]
            registry.put(session, one, row.department_id, row.period, row.value, actor)
    log.record(
        session,
        actor,
        "indicators.imported",
        "indicators",
        new=planned.new,
        replaced=planned.replaced,
        left_out=len(planned.errors),
    )


def as_json(planned: IndicatorPlan) -> dict[str, Any]:
    """The plan in the words of the command and of the API."""
    return {
        "new": planned.new,
        "replaced": planned.replaced,
        "same": planned.same,
        "added": list(planned.added),
        "errors": [
            {"row": one.row, "column": one.column, "value": one.value, "message": one.message}
            for one in planned.errors
        ],
    }


def _table(content: bytes) -> Table:
    if len(content) > MOST_BYTES:
        raise IndicatorFileRefused("large", limit=MOST_BYTES // 1024)
    try:
        table = csv.read(content)
    except NotCsv:
        raise IndicatorFileRefused("unreadable") from None
    if len(table.rows) > MOST_ROWS:
        raise IndicatorFileRefused("rows", limit=MOST_ROWS)
    return table


def _columns(table: Table) -> dict[str, int]:
    """Where each column stands; a department's is optional, and any other is passed over."""
    names = [name.strip().casefold() for name in table.header]
    for name in COLUMNS:
        if names.count(name) > 1:
            raise IndicatorFileRefused("same_name", name=name)
    for name in REQUIRED:
        if name not in names:
            raise IndicatorFileRefused("no_column", column=name)
    if not table.rows:
        raise IndicatorFileRefused("nobody")
    return {name: names.index(name) for name in COLUMNS if name in names}


def _known(session: Session, today: date) -> _Known:
    rows = registry.listed(session)
    named = [(one.key, one.name_en, one.name_ms) for one in PRESETS]
    named += [(row.key, row.name_en, row.name_ms) for row in rows]
    keys = {folded(name): key for key, *names in named for name in names}
    # A key is never another one's name.
    keys |= {folded(key): key for key, *_ in named}
    of_id = {row.id: row.key for row in rows}
    before = {
        (of_id[one.indicator_id], one.department_id, one.period): one.value
        for one in registry.values(session, list(of_id), None)
    }
    return _Known(Tree.read(session), periods.of(today), keys, before)


def _row(
    number: int, cells: tuple[str, ...], columns: Mapping[str, int], width: int, known: _Known
) -> Row:
    if len(cells) != width:
        raise _Wrong("", "", "cells", found=len(cells), expected=width)
    given = {name: cells[at].strip() for name, at in columns.items()}
    period = _period(given["period"], known.today)
    key = _indicator(given["indicator"], known)
    value = number_of(given["value"])
    department_id, path = _department(given.get("department", ""), known.tree)
    place = (key, department_id, period)
    if place in known.first:
        raise _Wrong("period", given["period"], "twice", first=known.first[place])
    known.first[place] = number
    return Row(number, key, department_id, path, period, value, known.before.get(place))


def _period(text: str, today: str) -> str:
    period = periods.read(text)
    if period is None:
        raise _Wrong("period", text, "period_wrong")
    if period > today:
        raise _Wrong("period", text, "period_future")
    return period


def _indicator(text: str, known: _Known) -> str:
    if not text:
        raise _Wrong("indicator", text, "indicator_missing")
    key = known.keys.get(folded(text))
    if key is None:
        raise _Wrong("indicator", text, "indicator_unknown", known=_keys(known))
    return key


def _keys(known: _Known) -> str:
    return ", ".join(sorted(set(known.keys.values()))[:20])


def number_of(text: str) -> float:
    """The number somebody wrote; raises what is wrong with it as an error of the column."""
    plain = text.replace(MINUS, "-")
    if not plain:
        raise _Wrong("value", text, "value_missing")
    if "," in plain:
        raise _Wrong("value", text, "value_comma")
    if not NUMBER.fullmatch(plain):
        raise _Wrong("value", text, "value_wrong")
    value = float(plain)
    if abs(value) > LARGEST:
        raise _Wrong("value", text, "value_large")
    return value + 0.0


def typed(text: str) -> tuple[float | None, str]:
    """The number of a form's field, or the key of what is wrong with it."""
    try:
        return number_of(text.strip()), ""
    except _Wrong as wrong:
        return None, wrong.key


def _department(text: str, tree: Tree) -> tuple[str, str]:
    if not text:
        return COMPANY, ""
    node = tree.find(text)
    if node is None:
        raise _Wrong("department", text, "department_unknown")
    return node.id, node.path_text
