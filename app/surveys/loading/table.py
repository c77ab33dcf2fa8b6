"""One TOML table read field by field, each with its type, each problem kept with its place."""

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TypeVar

from app.surveys.loading.problems import Report, nearest, shown
from app.surveys.loading.source import Path
from app.surveys.loading.words import flaw, tidy
from app.surveys.text import Text

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAMES = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}
_NOTHING = Text(())
_MOST = 50  # values of a list, scales, and unknown names told: a bound on time, not on surveys

V = TypeVar("V")


class Table:
    """A table of the template; `close` reports the fields nobody asked for."""

    def __init__(
        self, data: Mapping[str, object], path: Path, report: Report, languages: tuple[str, ...]
    ) -> None:
        self.data = data
        self.path = path
        self.report = report
        self.languages = languages
        self.known: list[str] = []

    def close(self) -> None:
        for name in self._unknown(self.data, self.known):
            remedy = nearest(name, self.known, f"use one of: {', '.join(self.known)}")
            self.problem(name, f'"{shown(name)}" is not a field here', remedy)

    def problem(self, name: str, message: str, remedy: str) -> None:
        self.report.add((*self.path, name), message, remedy)

    def key(self, name: str = "key") -> str:
        """The table's own key; empty where it has no good one."""
        key = self.string(name, required=True)
        if key and not self.good_key(key, (*self.path, name)):
            return ""
        return key

    def good_key(self, key: str, path: Path) -> bool:
        if _KEY.fullmatch(key):
            return True
        message = f'"{shown(key)}" is not a good key'
        remedy = "use small letters a-z, digits and _, a letter first, at most 40 characters"
        self.report.add(path, message, remedy)
        return False

    def string(self, name: str, *, required: bool = False) -> str:
        return self._of(str, name, "", required=required)

    def integer(self, name: str, low: int, high: int, *, required: bool = True) -> int:
        number = self._of(int, name, low, required=required)
        if not low <= number <= high:
            self.problem(name, "the number is out of range", f"use {low} to {high}")
            return low
        return number

    def boolean(self, name: str) -> bool:
        return self._of(bool, name, False)

    def one_of(self, name: str, allowed: tuple[str, ...], default: str = "") -> str:
        """One of these words; the default where there is none, or a wrong one."""
        word = self.string(name, required=not default) or default
        if not word or word in allowed:
            return word or allowed[0]
        remedy = nearest(word, allowed, f"use one of: {', '.join(allowed)}")
        self.problem(name, f'"{shown(word)}" is not known', remedy)
        return default or allowed[0]

    def strings(self, name: str, *, required: bool = False) -> tuple[str, ...]:
        return self._all_of(str, name, required=required)

    def integers(self, name: str) -> tuple[int, ...]:
        return self._all_of(int, name, required=True)

    def table(self, name: str) -> "Table | None":
        """The table of this name; None where there is none or an empty one."""
        found = self._of(dict, name, {})
        return Table(found, (*self.path, name), self.report, self.languages) if found else None

    def tables(self, name: str, most: int) -> "list[Table]":
        rows = self._of(list, name, [])
        if len(rows) > most:
            self.problem(name, f"{len(rows)} are too many", f"keep at most {most}")
        tables = []
        for index, row in enumerate(rows[:most]):
            path = (*self.path, name, index)
            if isinstance(row, dict):
                tables.append(Table(row, path, self.report, self.languages))
            else:
                self.report.add(path, "this is not a table", f"write it as [[{name}]]")
        return tables

    def named_tables(self, name: str) -> "list[tuple[str, Table]]":
        """Tables that are named by their header, `[scales.agreement]`."""
        parent = self.table(name)
        if parent is None:
            return []
        named = []
        if len(parent.data) > _MOST:
            self.problem(name, f"{len(parent.data)} are too many", f"keep at most {_MOST}")
        for key, row in list(parent.data.items())[:_MOST]:
            path = (*parent.path, key)
            if not isinstance(row, dict):
                self.report.add(path, "this is not a table", f"write it under [{name}.KEY]")
            elif self.good_key(key, path):
                named.append((key, Table(row, path, self.report, self.languages)))
        return named

    def text(self, name: str, limit: int, *, lines: bool = False, slot: bool = False) -> Text:
        """A text in every declared language."""
        return self.optional_text(name, limit, lines=lines, slot=slot, required=True) or _NOTHING

    def optional_text(
        self,
        name: str,
        limit: int,
        *,
        lines: bool = False,
        slot: bool = False,
        required: bool = False,
    ) -> Text | None:
        words = self._by_language(name, required=required)
        if words is None:
            return None
        entries = []
        for language in self.languages:
            path = (*self.path, name, language)
            said = self._typed(str, words.get(language, ""), path)
            said = tidy(said or "")
            if language in words and (found := flaw(said, limit, lines=lines, slot=slot)):
                self.report.add(path, *found)
            entries.append((language, said))
        return Text(tuple(entries))

    def labels(self, name: str, limit: int) -> tuple[Text, ...]:
        """A list of texts in every declared language, turned into one text a place."""
        words = self._by_language(name, required=True)
        if words is None:
            return ()
        columns: list[list[tuple[str, str]]] = []
        for language in self.languages:
            row = Table(words, (*self.path, name), self.report, ()).strings(language)
            columns.append([(language, self._label(one, name, language, limit)) for one in row])
        if len({len(column) for column in columns}) > 1:
            counts = ", ".join(
                f"{one}: {len(c)}" for one, c in zip(self.languages, columns, strict=True)
            )
            self.problem(name, f"languages differ in labels ({counts})", "write one label a point")
            return ()
        return tuple(Text(tuple(entries)) for entries in zip(*columns, strict=True))

    def _label(self, words: str, name: str, language: str, limit: int) -> str:
        label = tidy(words)
        if found := flaw(label, limit, lines=False, slot=False):
            self.report.add((*self.path, name, language), *found)
        return label

    def _by_language(self, name: str, *, required: bool) -> Mapping[str, object] | None:
        """The words by language; missing and undeclared languages are reported."""
        self.known.append(name)
        found = self.data.get(name)
        if found is None or found == {}:
            if required:
                wanted = ", ".join(f"{name}.{language}" for language in self.languages)
                self.problem(name, "this text is missing", f"write {wanted or name}")
            return None
        if not isinstance(found, dict):
            remedy = f"write {name}.{self.languages[0] if self.languages else 'en'} = ..."
            self.problem(name, "the text does not say its language", remedy)
            return None
        self._languages(name, found)
        return found

    def _languages(self, name: str, found: Mapping[str, object]) -> None:
        if not self.languages:
            return  # reported there, and every text would be one more
        for language in self.languages:
            if language not in found:
                message = f'the text in "{language}" is missing'
                self.problem(name, message, f"write {name}.{language}")
        for language in self._unknown(found, self.languages):
            message = f'"{shown(language)}" is not one of the languages'
            remedy = nearest(language, self.languages, "add it to languages or leave it out")
            self.report.add((*self.path, name, language), message, remedy)

    def _unknown(self, found: Mapping[str, object], known: Iterable[str]) -> list[str]:
        wanted = set(known)
        return list(islice((name for name in found if name not in wanted), _MOST))

    def _of(self, kind: type[V], name: str, default: V, *, required: bool = False) -> V:
        self.known.append(name)
        if name not in self.data:
            if required:
                self.problem(name, "this field is missing", f"write {name} = ...")
            return default
        found = self._typed(kind, self.data[name], (*self.path, name))
        if required and found == "":
            self.problem(name, "this field is empty", f"write {name} = ...")
        return default if found is None else found

    def _all_of(self, kind: type[V], name: str, *, required: bool) -> tuple[V, ...]:
        rows: list[object] = self._of(list, name, [], required=required)
        path = (*self.path, name)
        if len(rows) > _MOST:
            self.problem(name, f"{len(rows)} are too many", f"keep at most {_MOST}")
        typed = (self._typed(kind, row, (*path, at)) for at, row in enumerate(rows[:_MOST]))
        kept = tuple(one for one in typed if one is not None)
        self._unique(kept, path)
        return kept

    def _unique(self, values: Iterable[object], path: Path) -> None:
        seen = set()
        for index, value in enumerate(values):
            if value in seen:
                self.report.add((*path, index), "this stands here twice", "leave one out")
            seen.add(value)

    def _typed(self, kind: type[V], value: object, path: Path) -> V | None:
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        self.report.add(path, f"this is not {_NAMES[kind]}", f"write {_NAMES[kind]}")
        return None
