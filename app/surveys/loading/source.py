"""The line of every key in a TOML source, which tomllib does not tell.

The source has passed tomllib, so this scan may trust it: it only follows keys, strings and
brackets, and never judges.
"""

import re
import tomllib
from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

Path = tuple[str | int, ...]  # ("items", 2, "text", "ms"): the third item's Malay text

_DEEPEST = 8  # parts of a path worth a line of its own
_SPACE = re.compile(r"(?:[ \t\n,]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL
)
_PLAIN = re.compile(r"[^,\]}\n#]*")


@dataclass(frozen=True, slots=True)
class Lines:
    """Line numbers by path."""

    numbers: dict[Path, int]

    @classmethod
    def of(cls, source: str) -> Self:
        scan = _Scan(source.replace("\r\n", "\n"))
        with suppress(RecursionError):  # what was read until then still tells most lines
            scan.document()
        return cls(scan.numbers)

    def of_path(self, path: Path) -> int:
        """The line of that key, or of the nearest table or array round it."""
        for length in range(len(path), 0, -1):
            if number := self.numbers.get(path[:length]):
                return number
        return 1


class _Scan:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.starts = [found.end() for found in re.finditer("\n", source)]
        self.numbers: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}  # tables seen so far of each array of tables

    def document(self) -> None:
        table: Path = ()
        while self._skip(_SPACE):
            if self.source[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        array = self.source.startswith("[[", self.at)
        start = self.at
        self.at += 2 if array else 1
        table: Path = ()
        names = self._key()
        for name in names[:-1]:
            table = self._current((*table, name))
        table = (*table, names[-1])
        if array:
            self._mark((), table, start)
            self.counts[table] = self.counts.get(table, -1) + 1
        table = self._current(table)
        self._mark((), table, start)
        self.at = self.source.index("]", self.at) + (2 if array else 1)
        return table

    def _current(self, table: Path) -> Path:
        """The last table so far where this names an array of tables."""
        return (*table, self.counts[table]) if table in self.counts else table

    def _pair(self, table: Path) -> None:
        start = self.at
        path = (*table, *self._key())
        self._mark(table, path, start)
        self.at = self.source.index("=", self.at) + 1
        self._skip(_BLANK)
        self._value(path)

    def _key(self) -> tuple[str, ...]:
        names = []
        while True:
            self._skip(_BLANK)
            names.append(self._name())
            self._skip(_BLANK)
            if self.source[self.at] != ".":
                return tuple(names)
            self.at += 1

    def _name(self) -> str:
        found = _BARE.match(self.source, self.at) or _STRING.match(self.source, self.at)
        assert found is not None
        self.at = found.end()
        name = found[0]
        if name[0] not in "\"'":
            return name
        return next(iter(tomllib.loads(f"{name} = 0"))) if "\\" in name else name[1:-1]

    def _value(self, path: Path) -> None:
        first = self.source[self.at]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline(path)
        else:
            found = _STRING.match(self.source, self.at) if first in "\"'" else None
            found = found or _PLAIN.match(self.source, self.at)
            assert found is not None
            self.at = found.end()

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self._skip(_SPACE) and self.source[self.at] != "]":
            self._mark(path, (*path, index), self.at)
            self._value((*path, index))
            index += 1
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self._skip(_SPACE) and self.source[self.at] != "}":
            self._pair(path)
        self.at += 1

    def _skip(self, what: re.Pattern[str]) -> bool:
        found = what.match(self.source, self.at)
        assert found is not None
        self.at = found.end()
        return self.at < len(self.source)

    def _mark(self, known: Path, path: Path, position: int) -> None:
        """Every new part of the path begins here, so that `title.en` tells where `title` is."""
        number = bisect_right(self.starts, position) + 1
        for length in range(len(known) + 1, min(len(path), _DEEPEST) + 1):
            self.numbers.setdefault(path[:length], number)
