"""Thousands of rows in few statements, each in the way its database is quick at."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlmodel import Session, SQLModel

Table = type[SQLModel]
Rows = Sequence[Sequence[Any]]

# One statement stays far below the time a statement may take.
AT_ONCE = 10_000


def insert(session: Session, table: Table, columns: Sequence[str], rows: Rows) -> None:
    """Rows with a value for each of these columns."""
    at = _Target(session, table, columns)
    if at.arrays:
        at.copy(rows)
    else:
        at.run(f"INSERT INTO {at.name} ({at.names}) VALUES ({at.given})", rows)


def update(session: Session, table: Table, columns: Sequence[str], rows: Rows) -> None:
    """Set these columns; each row is an id and then its values."""
    at = _Target(session, table, ("id", *columns))
    if at.arrays:
        news = ", ".join(f"{name} = given.{name}" for name in at.quoted[1:])
        given = f"{at.given} AS given ({at.names})"
        at.run(f"UPDATE {at.name} SET {news} FROM {given} WHERE {at.name}.id = given.id", rows)
    else:
        news = ", ".join(f"{name} = ?{n}" for n, name in enumerate(at.quoted[1:], start=2))
        at.run(f"UPDATE {at.name} SET {news} WHERE id = ?1", rows)


def delete(session: Session, table: Table, ids: Sequence[str]) -> None:
    """The rows of these ids, in this order."""
    at = _Target(session, table, ("id",))
    given = f"SELECT * FROM {at.given}" if at.arrays else at.given
    at.run(f"DELETE FROM {at.name} WHERE id IN ({given})", [(one,) for one in ids])


class _Target:
    """A table and some of its columns, by the names the models give them."""

    def __init__(self, session: Session, table: Table, columns: Sequence[str]) -> None:
        self._connection: Connection = session.connection()
        dialect = self._connection.dialect
        quote = dialect.identifier_preparer.quote
        known = SQLModel.metadata.tables[str(table.__tablename__)].columns
        types = [known[one].type for one in columns]
        self.arrays = dialect.name == "postgresql"
        self.name = quote(str(table.__tablename__))
        self.quoted = [quote(one) for one in columns]
        self.names = ", ".join(self.quoted)
        # One array a column: the text of the statement does not grow with the rows.
        arrays = ", ".join(f"%s::{one.compile(dialect=dialect)}[]" for one in types)
        self.given = f"unnest({arrays})" if self.arrays else ", ".join("?" for _ in types)
        self._binders: list[Callable[[Any], Any] | None] = [
            one.dialect_impl(dialect).bind_processor(dialect) for one in types
        ]

    def run(self, statement: str, rows: Rows) -> None:
        for start in range(0, len(rows), AT_ONCE):
            columns = list(self._bound(rows[start : start + AT_ONCE]))
            if self.arrays:
                self._connection.exec_driver_sql(statement, tuple(columns))
            else:
                self._connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))

    def copy(self, rows: Rows) -> None:
        """Into PostgreSQL, which takes nothing faster."""
        statement = f"COPY {self.name} ({self.names}) FROM STDIN"
        for start in range(0, len(rows), AT_ONCE):
            columns = self._bound(rows[start : start + AT_ONCE])
            cursor: Any = self._connection.connection.cursor()
            with cursor, cursor.copy(statement) as stream:
                for row in zip(*columns, strict=True):
                    stream.write_row(row)

    def _bound(self, rows: Rows) -> Iterator[list[Any]]:
        """The values column by column, as the driver takes them."""
        for values, bind in zip(zip(*rows, strict=True), self._binders, strict=True):
            yield [bind(one) for one in values] if bind else list(values)
