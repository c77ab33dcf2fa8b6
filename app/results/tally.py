"""Opening the sealed blocks and counting them: exact integers a leaf department, one pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from app.kit.seal import Keyring
from app.responses import ballot_box, packing
from app.results.instrument import instrument_of
from app.scoring.counts import Counters, Instrument, count_by_leaf
from app.surveys.coding import Layout
from app.surveys.definition import Survey
from app.surveys.paper import open_columns


@dataclass(frozen=True)
class Tally:
    """What a round's ballots add up to, by the department people were placed in directly."""

    instrument: Instrument
    leaves: Mapping[str, Counters]
    comments: Mapping[str, tuple[tuple[str, str], ...]]
    # For an open item that is asked for the answer to another one, that one.
    asked_for: Mapping[str, str] = field(default_factory=dict)
    # The codes themselves, by department: only the audit of blocks read together looks at them.
    ballots: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)


def tally(session: Session, keyring: Keyring, round_id: str, survey: Survey) -> Tally:
    """Count a round that nobody answers any more; as sensitive as the ballots themselves."""
    parts: dict[str, list[NDArray[np.uint8]]] = {}
    for department_id, packed in ballot_box.open_rows(session.connection(), keyring, round_id):
        parts.setdefault(department_id, []).append(packing.codes(packed))
    empty = np.empty((0, Layout.of(survey).size), dtype=np.uint8)
    by_place = {one: np.concatenate([empty, *some]) for one, some in parts.items()}
    codes = np.concatenate([empty, *by_place.values()])
    many = [len(one) for one in by_place.values()]
    leaf = np.repeat(np.arange(len(many), dtype=np.intp), many)
    instrument = instrument_of(survey)
    counted = count_by_leaf(codes, leaf, len(many), instrument)
    comments = {
        column: _comments(session, keyring, round_id, column) for column in open_columns(survey)
    }
    leaves = dict(zip(by_place, counted, strict=True))
    return Tally(instrument, leaves, comments, asked_for(survey), by_place)


def asked_for(survey: Survey) -> dict[str, str]:
    """The item whose answer brings each open one that is not asked of everybody."""
    found = {column: survey.item(column.partition("--")[0]) for column in open_columns(survey)}
    return {column: item.show_if.item for column, item in found.items() if item.show_if}


def _comments(
    session: Session, keyring: Keyring, round_id: str, column: str
) -> tuple[tuple[str, str], ...]:
    boxes = ballot_box.open_boxes(session.connection(), keyring, round_id, column)
    return tuple(
        (department_id, record.decode()) for department_id, records in boxes for record in records
    )
