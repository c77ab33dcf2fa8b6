"""Emptying tables that triggers guard: for a demo, whose data was never anybody's."""

from collections.abc import Collection

from sqlalchemy import delete
from sqlmodel import Session, SQLModel

from app.kit.guards import lifted


def empty(session: Session, kept: Collection[str]) -> None:
    """Delete every row of every table but the kept ones; the guards stand again afterwards."""
    connection = session.connection()
    tables = [one for one in reversed(SQLModel.metadata.sorted_tables) if one.name not in kept]
    with lifted(connection, [one.name for one in tables]):
        for table in tables:
            connection.execute(delete(table))
    session.expire_all()
