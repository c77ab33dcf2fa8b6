"""The codebook: what every column, key and code of the other tables means, in every language."""

from collections.abc import Iterator, Sequence

from app.kit.csv import Cell
from app.kit.language import LANGUAGES, Language
from app.results.export import columns
from app.results.export.table import Table
from app.surveys.definition import Item, Survey
from app.surveys.text import Text

Row = list[Cell]


def codebook(survey: Survey, tables: Sequence[Table]) -> Table:
    """The meaning of the columns of these tables, and of the survey's keys and codes."""
    return Table("codebook", columns.CODEBOOK, [*_of_columns(tables), *_of_survey(survey)])


def _of_columns(tables: Sequence[Table]) -> Iterator[Row]:
    described = [(one.name, one.columns) for one in tables]
    for table, its_columns in [*described, ("codebook", columns.CODEBOOK)]:
        for column in its_columns:
            if column.name in columns.MEANINGS:
                told = [columns.meaning(column.name, Language(code)) for code in LANGUAGES]
                yield [table, column.name, column.kind, None, *told]


def _of_survey(survey: Survey) -> Iterator[Row]:
    for side in survey.sides:
        yield ["", side.key, "side", None, *_in_each(side.name)]
    for theme in survey.themes:
        yield ["", theme.key, "theme", None, *_in_each(theme.name)]
    for item in survey.items:
        yield ["", item.key, item.type, None, *_in_each(item.text)]
        for value, label in _answers(survey, item):
            yield ["", item.key, item.type, value, *_in_each(label)]


def _answers(survey: Survey, item: Item) -> Iterator[tuple[str, Text]]:
    scale = survey.scale_of(item)
    if scale is not None:
        yield from ((str(code), label) for code, label in enumerate(scale.labels))
    yield from ((option.key, option.text) for option in item.options)


def _in_each(text: Text) -> list[str]:
    return [text.in_(code) for code in LANGUAGES]
