"""From a survey to what scoring needs to know of it."""

from collections.abc import Iterator

from app.scoring.counts import Instrument, ItemSpec
from app.surveys.coding import Column, Layout
from app.surveys.definition import Survey

SEVERAL = {"choices": 2, "rank": None}


def instrument_of(survey: Survey) -> Instrument:
    """The columns of the ballot record as scoring sees them."""
    return Instrument(
        items=tuple(
            spec for column in Layout.of(survey).columns for spec in _specs(survey, column)
        ),
        rule="item" if survey.classification.rule == "item" else "composite",
        item=survey.classification.item,
        themes=tuple(theme.key for theme in survey.themes),
    )


def spec_keys(column: Column) -> tuple[str, ...]:
    """The keys of the code columns of one answer: one, or one an option."""
    if column.item.type not in SEVERAL:
        return (column.key,)
    return tuple(f"{column.key}#{option.key}" for option in column.item.options)


def _specs(survey: Survey, column: Column) -> Iterator[ItemSpec]:
    item, scale = column.item, survey.scale_of(column.item)
    if scale is None:
        points = SEVERAL.get(item.type) or len(item.options)
        for key in spec_keys(column):
            yield ItemSpec(key, points, scored=False, own=False, theme=item.theme)
        return
    yield ItemSpec(
        column.key,
        scale.points,
        scored=True,
        reversed=item.reversed,
        max_detractor=scale.max_detractor,
        min_promoter=scale.min_promoter,
        own=item.about == "own" and item.type == "scale" and not item.aside,
        theme=item.theme,
    )
