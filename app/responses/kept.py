"""The one sealed set that a released round keeps where its policy allows files of rows.

Its key is new: the round's own, which the receipts and the trays were made with, is destroyed at
the release all the same.
"""

from sqlalchemy import Connection, delete, insert, select, update
from sqlmodel import col

from app.kit.database import rows_changed
from app.kit.seal import Keyring, Wrapped, new_key, seal, unseal
from app.responses.models import KeptBallots

TABLE = "kept_ballots"


def keep(connection: Connection, keyring: Keyring, round_id: str, content: bytes) -> None:
    """Seal the set, once, at the release."""
    key = new_key()
    wrapped = keyring.wrap(key, _place(round_id))
    row = {"round_id": round_id, "server_key": wrapped.server_key, "wrapped": wrapped.sealed}
    connection.execute(
        insert(KeptBallots).values(**row, sealed=seal(key, content, _place(round_id)))
    )


def opened(connection: Connection, keyring: Keyring, round_id: str) -> bytes | None:
    """What is in it; None where nothing is kept."""
    row = connection.execute(
        select(
            col(KeptBallots.server_key), col(KeptBallots.wrapped), col(KeptBallots.sealed)
        ).where(col(KeptBallots.round_id) == round_id)
    ).one_or_none()
    if row is None:
        return None
    key = keyring.unwrap(Wrapped(row.server_key, row.wrapped), _place(round_id))
    return unseal(key, row.sealed, _place(round_id))


def destroy(connection: Connection, round_id: str) -> bool:
    """Delete the set with its key; whether there was one."""
    gone = connection.execute(delete(KeptBallots).where(col(KeptBallots.round_id) == round_id))
    return rows_changed(gone) > 0


def server_keys(connection: Connection) -> dict[str, str]:
    """The server key that wraps each set's key, by its round."""
    rows = connection.execute(select(col(KeptBallots.round_id), col(KeptBallots.server_key)))
    return {row.round_id: row.server_key for row in rows}


def rewrap(connection: Connection, keyring: Keyring) -> list[str]:
    """Wrap the sets' keys by the current server key; the rounds for which it was another."""
    rows = connection.execute(
        select(col(KeptBallots.round_id), col(KeptBallots.server_key), col(KeptBallots.wrapped))
        .where(col(KeptBallots.server_key) != keyring.current)
        .order_by(col(KeptBallots.round_id))
        .with_for_update()
    ).all()
    for row in rows:
        place = _place(row.round_id)
        key = keyring.unwrap(Wrapped(row.server_key, row.wrapped), place)
        anew = keyring.wrap(key, place)
        connection.execute(
            update(KeptBallots)
            .where(col(KeptBallots.round_id) == row.round_id)
            .values(server_key=anew.server_key, wrapped=anew.sealed)
        )
    return [row.round_id for row in rows]


def _place(round_id: str) -> str:
    return f"{round_id}/kept"
