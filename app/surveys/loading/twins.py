"""Two things of one name: keys that are taken, words nobody could tell apart."""

from collections.abc import Iterable, Sequence

from app.surveys.loading.problems import Report, shown
from app.surveys.loading.source import Path
from app.surveys.text import Text


def unique(keys: Iterable[str], path: Path, report: Report) -> None:
    """Report every key that stood before; a bad key is empty here and was reported."""
    seen: set[str] = set()
    for index, key in enumerate(keys):
        if key and key in seen:
            message = f'the key "{shown(key)}" is taken already'
            report.add((*path, index, "key"), message, "give this one a key of its own")
        seen.add(key)


def distinct(texts: Sequence[Text], languages: Iterable[str], path: Path, report: Report) -> None:
    """Report the words two answers share."""
    for language in languages:
        seen: set[str] = set()
        for said in (text.in_(language) for text in texts):
            if said and said.casefold() in seen:
                message = f'"{shown(said)}" stands for two answers in "{language}"'
                report.add((*path, language), message, "word one of them otherwise")
            seen.add(said.casefold())
