"""Small reads of the hot paths: what arrives together is looked up together.

Beside the embedded database a thread would cost more than the reading: there the event loop looks
itself, at the end of its turn, over a connection of its own that waits for nobody. Whatever goes
wrong there, and every look at a server's database, is left to a thread.
"""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from app.kit.database import Database
from app.kit.writer import Batch, Item, Result, Writer

_Asked = tuple[Batch[Any, Any], Any, asyncio.Future[Any]]


class Lookups:
    """Groups reads; a batch function answers each item with a value, or with its exception."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread = Writer(database.reading_engine)
        self._turn = threading.Lock()
        self._connection: Connection | None = None
        self._connecting = self._closed = False
        # By the loop, whose own thread alone touches its list.
        self._waiting: dict[asyncio.AbstractEventLoop, list[_Asked]] = {}

    async def run(self, batch: Batch[Item, Result], item: Item) -> Result:
        """Look `item` up; raises its exception, or NotSaved where the database cannot be read."""
        if not self._database.embedded:
            return await self._thread.run(batch, item)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        waiting = self._waiting.get(loop)
        if waiting is None:
            waiting = self._waiting[loop] = []
            loop.call_soon(self._look, loop)
        waiting.append((batch, item, future))
        return await future

    def close(self) -> None:
        """Stop, and give the connection back."""
        self._thread.close()
        with self._turn:
            self._closed = True
            self._drop()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        by_batch: dict[Batch[Any, Any], list[_Asked]] = {}
        for asked in self._waiting.pop(loop):
            by_batch.setdefault(asked[0], []).append(asked)
        if self._connection is None and not self._connecting:
            # To connect may take its time: until that is done the thread looks.
            self._connecting = True
            loop.run_in_executor(None, self._connect)
        for batch, some in by_batch.items():
            outcomes = self._outcomes(batch, [item for _, item, _ in some])
            if outcomes is None:
                self._leave(loop, some)
                continue
            for (_, _, future), outcome in zip(some, outcomes, strict=True):
                _settle(future, outcome)

    def _outcomes(self, batch: Batch[Any, Any], items: Sequence[Any]) -> Sequence[Any] | None:
        connection = self._connection
        if connection is None:
            return None
        with self._turn:
            try:
                outcomes = batch(connection, items)
                connection.rollback()
            except Exception:  # noqa: BLE001 - the thread tries again, and says what it is
                self._drop()
                return None
            return outcomes

    def _connect(self) -> None:
        connection = None
        with suppress(SQLAlchemyError):
            connection = self._database.looking()
        with self._turn:
            self._connection, self._connecting = connection, False
            if self._closed:
                self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _leave(self, loop: asyncio.AbstractEventLoop, some: Sequence[_Asked]) -> None:
        for batch, item, future in some:
            task = loop.create_task(self._thread.run(batch, item))
            task.add_done_callback(partial(_pass_on, future))


def _pass_on(future: "asyncio.Future[Any]", done: "asyncio.Task[Any]") -> None:
    if done.cancelled():
        future.cancel()
    else:
        _settle(future, done.exception() or done.result())


def _settle(future: "asyncio.Future[Any]", outcome: object) -> None:
    if future.cancelled():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
