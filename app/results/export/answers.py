"""The tables of answers by row, where the round's policy gives them out."""

from sqlmodel import Session

from app.campaigns.rounds import RoundRefused
from app.kit.seal import Keyring
from app.results.export.table import Column, Table
from app.surveys.definition import Survey
from app.surveys.question_types import TYPES

NAMES = ("wide", "long")
# Which of them go into a file.
IN = {"wide": ("wide",), "long": ("long",), "bundle": NAMES}


def read(
    session: Session, keyring: Keyring, round_id: str, survey: Survey, what: str
) -> dict[str, Table]:
    """The tables that belong into a file; raises UnknownRound, NotReleased, RoundRefused.

    In a file of everything they are left out where the round gives none out.
    """
    tables: dict[str, Table] = {}
    for name in IN.get(what, ()):
        try:
            tables[name] = _table(session, keyring, round_id, survey, name)
        except RoundRefused:
            if what == name:
                raise
    return tables


def _table(session: Session, keyring: Keyring, round_id: str, survey: Survey, name: str) -> Table:
    # It brings the numerical libraries, which few exports need.
    from app.results import row_files

    file = row_files.kept(session, keyring, round_id, name)
    return Table(name, tuple(_column(one, survey, name) for one in file.header), file.lines)


def _column(name: str, survey: Survey, table: str) -> Column:
    types = {item.key: item.type for item in survey.items}
    type_ = types.get(name.partition("--")[0])
    # More than one option fits into a cell where several are chosen.
    if table == "long" or type_ is None or TYPES[type_].several:
        return Column(name)
    return Column(name, "integer")
