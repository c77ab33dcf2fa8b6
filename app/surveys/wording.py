"""The texts of a survey by their place, and a survey with one of them mended."""

from collections.abc import Callable
from dataclasses import replace

from app.surveys.definition import Item, Scale, Survey
from app.surveys.text import Text

Change = Callable[[str, Text], Text]


def places(survey: Survey) -> dict[str, Text]:
    """Every text that people who answer may read, by its place (`title`, `item:<key>`, ...)."""
    found: dict[str, Text] = {}

    def note(place: str, text: Text) -> Text:
        found[place] = text
        return text

    rewritten(survey, note)
    return found


def mended(survey: Survey, place: str, language: str, words: str) -> Survey:
    """The survey with other words at one place, in one language; nothing else can change."""

    def change(at: str, text: Text) -> Text:
        if at != place:
            return text
        return Text(tuple((tag, words if tag == language else kept) for tag, kept in text.entries))

    return rewritten(survey, change)


def rewritten(survey: Survey, change: Change) -> Survey:
    """The survey with every text that people may read passed through `change`."""
    return replace(
        survey,
        title=change("title", survey.title),
        intro=change("intro", survey.intro) if survey.intro else None,
        scales=tuple(_scale(scale, change) for scale in survey.scales),
        sides=tuple(replace(one, name=change(f"side:{one.key}", one.name)) for one in survey.sides),
        themes=tuple(
            replace(one, name=change(f"theme:{one.key}", one.name)) for one in survey.themes
        ),
        items=tuple(_item(item, change) for item in survey.items),
    )


def _scale(scale: Scale, change: Change) -> Scale:
    labels = (change(f"label:{scale.key}:{n}", label) for n, label in enumerate(scale.labels))
    return replace(scale, labels=tuple(labels))


def _item(item: Item, change: Change) -> Item:
    return replace(
        item,
        text=change(f"item:{item.key}", item.text),
        help=change(f"help:{item.key}", item.help) if item.help else None,
        options=tuple(
            replace(one, text=change(f"option:{item.key}:{one.key}", one.text))
            for one in item.options
        ),
    )
