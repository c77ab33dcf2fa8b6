"""What a whole installation says while it runs: its log at the finest level, and what it prints."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field

# The tests' own browser and mail server; and what carries every word of the first of them.
TOOLS = ("httpx", "httpcore", "mail.", "hypothesis")


@dataclass
class Overheard:
    """Everything said until now, piece by piece."""

    lines: list[str] = field(default_factory=list)
    printed: io.StringIO = field(default_factory=io.StringIO)

    @property
    def pieces(self) -> list[tuple[str, str]]:
        return [("log", line) for line in self.lines] + [("print", self.printed.getvalue())]

    def until_now(self) -> "Overheard":
        return Overheard(list(self.lines), io.StringIO(self.printed.getvalue()))


class _Ear(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.NOTSET)
        self.setFormatter(logging.Formatter("%(name)s %(message)s %(args)r"))
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(TOOLS):
            self._lines.append(self.format(record))


@contextmanager
def overhearing() -> Iterator[Overheard]:
    """Listen at DEBUG to every logger, traces included, and to both outputs."""
    heard = Overheard()
    ear, root = _Ear(heard.lines), logging.getLogger()
    # The database library keeps quiet unless it is asked by name.
    asked = [root, logging.getLogger("sqlalchemy"), logging.getLogger("sqlalchemy.engine")]
    levels = [one.level for one in asked]
    root.addHandler(ear)
    for one in asked:
        one.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(heard.printed), redirect_stderr(heard.printed):
            yield heard
    finally:
        root.removeHandler(ear)
        for one, level in zip(asked, levels, strict=True):
            one.setLevel(level)
