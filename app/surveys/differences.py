"""What changed between two versions of a survey, a line each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.surveys.definition import Item, Survey
from app.surveys.text import Text
from app.surveys.wording import places


@dataclass(frozen=True)
class Difference:
    """`kind` is "added", "removed", "moved", "wording" or "setting"; texts of wordings only."""

    kind: str
    place: str
    language: str = ""
    was: str = ""
    now: str = ""


def between(old: Survey, new: Survey) -> tuple[Difference, ...]:
    """Everything that differs but the version's number."""
    return tuple(_found(old, new))


def _found(old: Survey, new: Survey) -> Iterator[Difference]:
    before, after = [one.key for one in old.items], [one.key for one in new.items]
    yield from (Difference("removed", key) for key in before if key not in after)
    yield from (Difference("added", key) for key in after if key not in before)
    if [key for key in before if key in after] != [key for key in after if key in before]:
        yield Difference("moved", "items")
    yield from _wordings(old, new)
    for one in new.items:
        if one.key in before and _plain(old.item(one.key)) != _plain(one):
            yield Difference("setting", one.key)
    for name in (
        "languages",
        "minutes",
        "paged",
        "classification",
        "themes",
        "sides",
        "scales",
        "practices",
    ):
        if _bare(old, name) != _bare(new, name):
            yield Difference("setting", name)


def _wordings(old: Survey, new: Survey) -> Iterator[Difference]:
    was = places(old)
    for place, text in places(new).items():
        if place not in was:
            continue
        for language in text.languages:
            if was[place].in_(language) != text.in_(language):
                said = was[place].in_(language), text.in_(language)
                yield Difference("wording", place, language, *said)


def _plain(item: Item) -> Item:
    """Without its words: they are told of by themselves."""
    nothing = Text(())
    options = tuple(replace(one, text=nothing) for one in item.options)
    return replace(item, text=nothing, help=nothing, options=options)


def _bare(survey: Survey, name: str) -> object:
    """One part without the words that `places` knows."""
    value = getattr(survey, name)
    nothing = Text(())
    if name in {"themes", "sides"}:
        return tuple(replace(one, name=nothing) for one in value)
    if name == "scales":
        return tuple(replace(one, labels=()) for one in value)
    return value
