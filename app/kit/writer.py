"""The one group-committing writer of a process: what queued during a commit shares the next one.

A durable commit waits for the disk; a hundred answers that arrive together can wait for the same
one. Each caller still goes on only after the commit that holds its own work.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from app.kit.database import is_unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")

# A batch function gets every waiting item of its kind and answers one outcome for each:
# a value, or the exception that item's caller shall see. It raises only when the whole
# transaction must go.
Batch = Callable[[Connection, Sequence[Item]], Sequence[Result | Exception]]

LARGEST_BATCH = 256
# So long its connection is kept without a use; then it might be dead, and the pool tries it first.
KEPT_SECONDS = 2.0
ENOUGH_FAILURES = 2


class NotSaved(Exception):
    """The database could not store this now (full, gone, locked); nothing of it was kept."""


@dataclass(slots=True)
class _Entry:
    batch: Batch[Any, Any]
    item: Any
    future: "Future[Any] | asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop | None = None
    outcome: Any = field(default=None)


class Writer:
    """One thread with one connection; the only writer of the hot paths."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._used_at = 0.0
        self._queue: deque[_Entry] = deque()
        self._wake = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    def call(self, batch: Batch[Item, Result], item: Item) -> Result:
        """Have `item` written and wait for its commit; raises the item's exception or NotSaved."""
        future: Future[Result] = Future()
        self._enqueue(_Entry(batch, item, future))
        return future.result()

    def call_all(self, batch: Batch[Item, Result], items: Sequence[Item]) -> list[Result]:
        """The same for several at once; they share a commit unless there are very many."""
        futures: list[Future[Result]] = [Future() for _ in items]
        entries = [_Entry(batch, *pair) for pair in zip(items, futures, strict=True)]
        self._enqueue(*entries)
        return [future.result() for future in futures]

    async def run(self, batch: Batch[Item, Result], item: Item) -> Result:
        """The same from a coroutine, without holding its thread."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._enqueue(_Entry(batch, item, future, loop))
        return await future

    def close(self) -> None:
        """Finish what is queued and stop."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _enqueue(self, *entries: _Entry) -> None:
        with self._wake:
            if self._closed:
                raise NotSaved("the service is stopping")
            self._queue.extend(entries)
            self._wake.notify()

    def _work(self) -> None:
        while entries := self._next():
            self._store(entries)
            _answer(entries)
        self._part()

    def _next(self) -> list[_Entry]:
        with self._wake:
            while not self._queue and not self._closed:
                self._wake.wait()
            return [self._queue.popleft() for _ in range(min(LARGEST_BATCH, len(self._queue)))]

    def _store(self, entries: list[_Entry]) -> None:
        error = self._try(entries)
        if error is None:
            return
        if len(entries) == 1 and not is_unavailable(error):
            entries[0].outcome = error
            return
        # One bad item must not fail its neighbours: each gets a transaction of its own.
        failures = 0
        for entry in entries:
            if failures < ENOUGH_FAILURES:
                entry.outcome = self._alone(entry, once=failures > 0)
                failures = failures + 1 if isinstance(entry.outcome, NotSaved) else 0
            else:
                # The database is out: waiting for it again for each of them would hold all up.
                entry.outcome = NotSaved("the database did not take it")

    def _alone(self, entry: _Entry, *, once: bool) -> object:
        # A lost connection or a deadlock passes; every batch is safe to repeat.
        error = self._try([entry])
        if error is not None and is_unavailable(error) and not once:
            error = self._try([entry])
        if error is None:
            return entry.outcome
        if not is_unavailable(error):
            return error
        refusal = NotSaved("the database did not take it")
        refusal.__cause__ = error
        return refusal

    def _try(self, entries: list[_Entry]) -> Exception | None:
        try:
            self._transaction(entries)
        except Exception as error:  # noqa: BLE001 - the caller gets it, the thread must live on
            with suppress(Exception):
                self._part()
            return error
        return None

    def _transaction(self, entries: list[_Entry]) -> None:
        connection = self._connected()
        with connection.begin():
            for batch, group in _by_batch(entries):
                outcomes = batch(connection, [entry.item for entry in group])
                for entry, outcome in zip(group, outcomes, strict=True):
                    entry.outcome = outcome

    def _connected(self) -> Connection:
        """Taking one from the pool for each commit would cost as much as the commit."""
        moment = time.monotonic()
        if moment - self._used_at > KEPT_SECONDS:
            self._part()
        if self._connection is None:
            self._connection = self._engine.connect()
        self._used_at = moment
        return self._connection

    def _part(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _by_batch(entries: Iterable[_Entry]) -> Iterable[tuple[Batch[Any, Any], list[_Entry]]]:
    groups: dict[Batch[Any, Any], list[_Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.batch, []).append(entry)
    return groups.items()


def _answer(entries: list[_Entry]) -> None:
    loops: dict[asyncio.AbstractEventLoop, list[_Entry]] = {}
    for entry in entries:
        if entry.loop is None:
            _resolve(entry)
        else:
            loops.setdefault(entry.loop, []).append(entry)
    # One wake-up a loop, not one an answer: waking costs more than the work.
    for loop, waiting in loops.items():
        # A closed loop waits for nothing; the thread must live on.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve_all, waiting)


def _resolve_all(entries: list[_Entry]) -> None:
    for entry in entries:
        _resolve(entry)


def _resolve(entry: _Entry) -> None:
    if entry.future.cancelled():
        return
    if isinstance(entry.outcome, Exception):
        entry.future.set_exception(entry.outcome)
    else:
        entry.future.set_result(entry.outcome)
