"""The tables of a template to a survey; a draft of one where fields are missing or wrong."""

from collections.abc import Mapping
from typing import cast, get_args

from langcodes import standardize_tag, tag_is_valid

from app.surveys.definition import (
    About,
    Classification,
    Item,
    ItemType,
    Option,
    Practice,
    Rule,
    Scale,
    ShowIf,
    Side,
    Survey,
    Theme,
)
from app.surveys.loading.problems import Report, shown
from app.surveys.loading.table import Table

MOST_ITEMS = 200
MOST_OPTIONS = 50


def build(data: Mapping[str, object], report: Report) -> Survey:
    """The survey, with a placeholder for every field reported; `rules` then looks at the whole."""
    top = Table(data, (), report, ())
    top.languages = _languages(top)
    scales, sides = _scales(top), _sides(top)
    themes, items = _themes(top), _items(top)
    survey = Survey(
        key=top.key(),
        version=top.integer("version", 1, 1_000_000),
        languages=top.languages,
        title=top.text("title", 200),
        minutes=top.integer("minutes", 1, 120),
        intro=top.optional_text("intro", 2_000, lines=True),
        scales=scales,
        sides=sides,
        themes=themes,
        items=items,
        classification=_classification(top, items),
        practices=_practices(top),
        paged=top.boolean("paged"),
    )
    top.close()
    return survey


def _languages(top: Table) -> tuple[str, ...]:
    good = []
    for index, language in enumerate(top.strings("languages", required=True)):
        wanted = standardize_tag(language) if _is_tag(language) else None
        if language == wanted:
            good.append(language)
            continue
        remedy = f'write "{wanted}"' if wanted else 'write a tag such as "en", "ms" or "zh-Hans"'
        message = f'"{shown(language)}" is not a language tag'
        top.report.add(("languages", index), message, remedy)
    if "languages" in top.data and not good:
        top.problem("languages", "no language is declared", 'write languages = ["en", "ms"]')
    return tuple(dict.fromkeys(good))


def _is_tag(language: str) -> bool:
    return len(language) <= 35 and language.isascii() and tag_is_valid(language)


def _scales(top: Table) -> tuple[Scale, ...]:
    return tuple(_scale(key, table) for key, table in top.named_tables("scales"))


def _scale(key: str, table: Table) -> Scale:
    points = table.integer("points", 2, 11)
    scale = Scale(
        key=key,
        points=points,
        not_applicable=table.boolean("not_applicable"),
        max_detractor=table.integer("max_detractor", 0, 10),
        min_promoter=table.integer("min_promoter", 0, 10),
        labels=table.labels("labels", 100),
    )
    table.close()
    return scale


def _sides(top: Table) -> tuple[Side, ...]:
    return tuple(_side(table) for table in top.tables("sides", 20))


def _side(table: Table) -> Side:
    side = Side(table.key(), table.text("name", 100))
    table.close()
    return side


def _themes(top: Table) -> tuple[Theme, ...]:
    return tuple(_theme(table) for table in top.tables("themes", 50))


def _theme(table: Table) -> Theme:
    theme = Theme(
        key=table.key(),
        name=table.text("name", 100),
        signs=table.strings("signs"),
        practices=table.strings("practices"),
    )
    table.close()
    return theme


def _items(top: Table) -> tuple[Item, ...]:
    return tuple(_item(table) for table in top.tables("items", MOST_ITEMS))


def _item(table: Table) -> Item:
    about = cast("About", table.one_of("about", get_args(About), "own"))
    slot = about != "own"
    item = Item(
        key=table.key(),
        type=cast("ItemType", table.one_of("type", get_args(ItemType))),
        text=table.text("text", 500, slot=slot),
        scale=table.string("scale") or None,
        theme=table.string("theme") or None,
        reversed=table.boolean("reversed"),
        aside=table.boolean("aside"),
        about=about,
        same_as=table.string("same_as") or None,
        required=table.boolean("required"),
        show_if=_show_if(table),
        options=tuple(_option(row) for row in table.tables("options", MOST_OPTIONS)),
        help=table.optional_text("help", 500, lines=True, slot=slot),
    )
    table.close()
    return item


def _show_if(item: Table) -> ShowIf | None:
    table = item.table("show_if")
    if table is None:
        return None
    show_if = ShowIf(table.string("item", required=True), table.integers("in"))
    table.close()
    return show_if


def _option(table: Table) -> Option:
    option = Option(table.key(), table.text("text", 200))
    table.close()
    return option


def _classification(top: Table, items: tuple[Item, ...]) -> Classification:
    table = top.table("classification")
    if table is None:
        return _usual_classification(items)
    rule = cast("Rule", table.one_of("rule", get_args(Rule)))
    classification = Classification(rule, table.string("item") or None)
    table.close()
    return classification


def _usual_classification(items: tuple[Item, ...]) -> Classification:
    """What a template means that says nothing: its scale items, else its one recommend item."""
    own = [item for item in items if item.about == "own" and not item.aside]
    if any(item.type == "scale" for item in own):
        return Classification("composite")
    recommend = [item.key for item in own if item.type == "recommend"]
    return Classification("item", recommend[0]) if len(recommend) == 1 else Classification("none")


def _practices(top: Table) -> tuple[Practice, ...]:
    return tuple(_practice(table) for table in top.tables("practices", 100))


def _practice(table: Table) -> Practice:
    practice = Practice(table.key(), table.text("text", 1_000, lines=True))
    table.close()
    return practice
