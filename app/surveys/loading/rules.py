"""What must hold between the parts of a survey: references, keys, sides, how it is scored."""

from app.surveys.definition import RECOMMEND, SIGNS, Scale, Survey
from app.surveys.loading.item_rules import check_item
from app.surveys.loading.problems import Report, nearest, shown
from app.surveys.loading.source import Path
from app.surveys.loading.twins import distinct, unique


def check(survey: Survey, report: Report) -> None:
    """Report what is wrong between the fields; each field by itself was looked at before."""
    _keys(survey, report)
    for scale in survey.scales:
        _scale(survey, scale, report)
    _sides(survey, report)
    _themes(survey, report)
    if not survey.items:
        report.add(("items",), "nothing is asked", "add an [[items]] table")
    for index in range(len(survey.items)):
        check_item(survey, index, report)
    _one_reversed_a_theme(survey, report)
    _classification(survey, report)


def _keys(survey: Survey, report: Report) -> None:
    for name in ("sides", "themes", "items", "practices"):
        things = getattr(survey, name)
        unique((thing.key for thing in things), (name,), report)


def _scale(survey: Survey, scale: Scale, report: Report) -> None:
    path: Path = ("scales", scale.key)
    if scale.labels and len(scale.labels) != scale.points:
        message = f"{len(scale.labels)} labels do not fit {scale.points} points"
        report.add((*path, "labels"), message, "write one label a point")
    if scale.max_detractor >= scale.min_promoter:
        message = "max_detractor is not below min_promoter"
        report.add((*path, "max_detractor"), message, "leave at least one code between or next")
    if scale.min_promoter >= scale.points:
        message = f"min_promoter is beyond the last code, {scale.points - 1}"
        report.add((*path, "min_promoter"), message, f"use at most {scale.points - 1}")
    distinct(scale.labels, survey.languages, (*path, "labels"), report)


def _sides(survey: Survey, report: Report) -> None:
    if len(survey.sides) == 1:
        report.add(("sides", 0), "one side alone has no other", "add a second [[sides]] or none")
    owners: dict[str, int] = {}
    for index, side in enumerate(survey.sides):
        for language, name in side.name.entries:
            # Departments are matched by this name in any language, so two sides cannot share it.
            if name and owners.setdefault(name.casefold(), index) != index:
                message = f'"{shown(name)}" is the name of another side too'
                report.add(("sides", index, "name", language), message, "give it another name")


def _themes(survey: Survey, report: Report) -> None:
    practices = [practice.key for practice in survey.practices if practice.key]
    for index, theme in enumerate(survey.themes):
        for place, sign in enumerate(theme.signs):
            if sign not in SIGNS:
                remedy = nearest(sign, SIGNS, f"use one of: {', '.join(SIGNS)}")
                message = f'"{shown(sign)}" is not a sign of misalignment'
                report.add(("themes", index, "signs", place), message, remedy)
        for place, practice in enumerate(theme.practices):
            if practice not in practices:
                remedy = nearest(practice, practices, "add it under [[practices]]")
                message = f'there is no practice "{shown(practice)}"'
                report.add(("themes", index, "practices", place), message, remedy)


def _one_reversed_a_theme(survey: Survey, report: Report) -> None:
    """Own, other and guess are counted apart: a mirror is reversed because its own item is."""
    seen = set()
    for index, item in enumerate(survey.items):
        if not item.reversed or item.theme is None:
            continue
        if (item.theme, item.about) in seen:
            message = f'the theme "{shown(item.theme)}" has a reversed item already'
            report.add(("items", index, "reversed"), message, "turn this statement round")
        seen.add((item.theme, item.about))


def _classification(survey: Survey, report: Report) -> None:
    named = survey.classification.item
    if survey.classification.rule == "item":
        _classifying_item(survey, report)
    elif named is not None:
        message = "an item is named, but the rule is not item"
        report.add(("classification", "item"), message, 'write rule = "item" or leave it out')
    if survey.classification.rule == "composite":
        _composite(survey, report)
    for theme in survey.themes:
        _never_mixed(survey, theme.key, report)


def _classifying_item(survey: Survey, report: Report) -> None:
    named, path = survey.classification.item, ("classification", "item")
    rated = [item.key for item in survey.items if item.rated and item.about == "own" and item.key]
    if named is None:
        report.add(path, "the item that classes people is missing", "write item = the item's key")
    elif named not in rated:
        message = f'"{shown(named)}" is not a scale or recommend item with about = "own"'
        report.add(path, message, nearest(named, rated, "name one that is"))


def _composite(survey: Survey, report: Report) -> None:
    if not survey.composite:
        message = 'a composite needs a scale item with about = "own"'
        remedy = 'add one, or write rule = "item" or rule = "none"'
        report.add(("classification", "rule"), message, remedy)
    cuts = {_recommends(survey, item.scale) for item in survey.composite}
    if len(cuts) > 1:
        message = "scales cut like a recommend item and agreement scales are never averaged"
        remedy = 'make the former type = "recommend" without a theme'
        report.add(("classification", "rule"), message, remedy)


def _recommends(survey: Survey, key: str | None) -> bool:
    """Whether a scale has the cuts of a recommend item: another metric, whatever its type says."""
    ours = (RECOMMEND.points, RECOMMEND.max_detractor, RECOMMEND.min_promoter)
    return any(
        scale.key == key and (scale.points, scale.max_detractor, scale.min_promoter) == ours
        for scale in survey.scales
    )


def _never_mixed(survey: Survey, theme: str, report: Report) -> None:
    """A theme's score is a composite too, so a recommend item has a theme of its own or none."""
    rated = [(i, item) for i, item in enumerate(survey.items) if item.theme == theme and item.rated]
    kinds = {item.type for _, item in rated}
    if len(kinds) > 1:
        index = next(i for i, item in rated if item.type == "recommend")
        message = "a recommend item and scale items share a theme, and are never averaged"
        report.add(("items", index, "theme"), message, "leave out the theme of the recommend item")
