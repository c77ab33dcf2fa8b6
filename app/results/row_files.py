"""Files of rows: `wide`, a line a ballot, and `long`, a line an answer; where the policy allows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from sqlmodel import Session

from app.campaigns import policy, rounds
from app.campaigns.rounds import RoundRefused
from app.kit.csv import Cell
from app.kit.seal import Keyring
from app.kit.tokens import random_token
from app.results import disclosure, release
from app.results.row_set import RowGroup, Rows
from app.surveys.cell_codes import BETWEEN
from app.surveys.coding import Column, Layout
from app.surveys.definition import Survey
from app.surveys.question_types.kind import BLANK, NOT_APPLICABLE

NO_ANSWER = None
DOES_NOT_APPLY = -98
WITHHELD = -99
LONG = ("ballot", "department", "item", "answer")


@dataclass(frozen=True)
class RowFile:
    """A header, and lines that are made one by one."""

    header: tuple[str, ...]
    lines: Iterator[list[Cell]]


def kept(session: Session, keyring: Keyring, round_id: str, what: str) -> RowFile:
    """One of the files of a released round; raises UnknownRound, NotReleased, RoundRefused."""
    row = rounds.get(session, round_id)
    allowed = policy.frozen(session, round_id)
    if not allowed.row_export:
        raise RoundRefused(
            "this round gives out no answers line by line: its privacy promise, frozen before the "
            "launch, does not allow it"
        )
    if release.find(session, round_id) is None:
        raise release.NotReleased(round_id)
    rows = disclosure.row_file(session, keyring, round_id)
    if rows is None:
        raise RoundRefused(
            "there is no file of rows: fewer than %(n)s answers could be given out together, or the "
            "time they were kept for has ended",
            n=allowed.min_rows,
        )
    return FILES[what](rows, rounds.survey_of(session, row))


def wide(rows: Rows, survey: Survey) -> RowFile:
    """A line a ballot in random order, a column an item."""
    columns = _columns(survey, rows)
    header = ("department", *(column.key for column in columns))
    return RowFile(header, ([place, *cells] for place, cells in _lines(rows, columns)))


def long(rows: Rows, survey: Survey) -> RowFile:
    """A line an answer; `ballot` ties those of one ballot together, in this file only."""
    columns = _columns(survey, rows)

    def lines() -> Iterator[list[Cell]]:
        for place, cells in _lines(rows, columns):
            ballot = random_token()
            for column, cell in zip(columns, cells, strict=True):
                yield [ballot, place, column.key, cell]

    return RowFile(LONG, lines())


FILES = {"wide": wide, "long": long}


def _columns(survey: Survey, rows: Rows) -> list[Column]:
    return [column for column in Layout.of(survey).columns if column.key in rows.columns]


def _lines(rows: Rows, columns: list[Column]) -> Iterator[tuple[str, list[Cell]]]:
    """Each ballot's group and cells."""
    shown = [_shown(group, columns) for group in rows.groups]
    paths = [group.path for group in rows.groups]
    for number, record in zip(rows.group.tolist(), rows.codes, strict=True):
        yield paths[number], shown[number](record.tobytes())


def _shown(group: RowGroup, columns: list[Column]) -> Callable[[bytes], list[Cell]]:
    """How to read the cells out of a record of this group."""
    starts = [0, *accumulate(column.width for column in columns)]
    withheld = [column.key in group.withheld for column in columns]
    if all(column.width == 1 and column.item.type not in _WRITERS for column in columns):
        # Of most surveys every cell is a look into a table: millions of them are.
        tables = [_WITHHELD if hidden else _ONE for hidden in withheld]
        return lambda record: [table[code] for table, code in zip(tables, record, strict=True)]
    readers = [
        _withheld if hidden else _reader(column, start)
        for column, start, hidden in zip(columns, starts, withheld, strict=False)
    ]
    return lambda record: [read(record) for read in readers]


def _withheld(_: bytes) -> Cell:
    return WITHHELD


def _reader(column: Column, start: int) -> Callable[[bytes], Cell]:
    write = _WRITERS.get(column.item.type, _one)
    end = start + column.width
    return lambda record: write(record[start:end])


def _one(codes: bytes) -> Cell:
    return _ONE[codes[0]]


def _ticked(codes: bytes) -> Cell:
    return BETWEEN.join(str(option) for option, tick in enumerate(codes) if tick == 1) or NO_ANSWER


def _ranked(codes: bytes) -> Cell:
    """The options from the first rank down."""
    ranked = sorted((rank, option) for option, rank in enumerate(codes) if rank != BLANK)
    return BETWEEN.join(str(option) for _, option in ranked) or NO_ANSWER


_ONE: tuple[Cell, ...] = tuple(
    {BLANK: NO_ANSWER, NOT_APPLICABLE: DOES_NOT_APPLY}.get(code, code) for code in range(256)
)
_WITHHELD: tuple[Cell, ...] = (WITHHELD,) * len(_ONE)
_WRITERS: dict[str, Callable[[bytes], Cell]] = {"choices": _ticked, "rank": _ranked}
