"""The release as the JSON everybody reads: the shape is public (docs/export-format.md)."""

from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from app.campaigns.models import SurveyRound
from app.campaigns.policy import Policy
from app.results import comparisons, gaps, statistics, views
from app.results.diagnosis import diagnosis
from app.results.disclosure import Band, Breakdown, Disclosed, Group
from app.results.earlier import Earlier
from app.results.instrument import spec_keys
from app.results.method import method
from app.results.statistics import decimal
from app.scoring import alignment, finite, interval, rounding
from app.scoring.classes import ClassCounts
from app.scoring.counts import Counters
from app.surveys.coding import Column, Layout
from app.surveys.definition import Survey

NOBODY = ClassCounts(0, 0, 0, 0)
PROTECTED = {"disclosed": False, "reason": "protected"}

Json = dict[str, Any]


def document(
    row: SurveyRound,
    survey: Survey,
    policy: Policy,
    published: Disclosed,
    zone: ZoneInfo,
    earlier: Earlier | None = None,
) -> Json:
    """The whole release of a round; a value that cannot be given is null, never 0."""
    occasion = {
        "id": row.id,
        "name": row.name,
        "opened_on": row.opens_at.astimezone(zone).date().isoformat(),
        "closed_on": row.closes_at.astimezone(zone).date().isoformat(),
    }
    promised = {
        "mode": policy.mode,
        "min_group": policy.min_group,
        "min_comments": policy.min_comments,
        "hash": row.policy_hash,
    }
    return _document(occasion, promised, survey, published, earlier)


def document_of_file(
    name: str, survey: Survey, min_group: int | None, min_comments: int | None, published: Disclosed
) -> Json:
    """As `document`, of answers that came in a file: nobody was asked by us, and at no time."""
    occasion = {"id": None, "name": name, "opened_on": None, "closed_on": None}
    promised = {"mode": None, "min_group": min_group, "min_comments": min_comments, "hash": None}
    return _document(occasion, promised, survey, published)


def _document(
    occasion: Json,
    policy: Json,
    survey: Survey,
    published: Disclosed,
    earlier: Earlier | None = None,
) -> Json:
    groups = [_group(group, survey) for group in published.groups]
    groups = [{**group, **_by_headcount(group, groups)} for group in groups]
    return {
        "round": {
            "id": occasion["id"],
            "name": occasion["name"],
            "survey": survey.key,
            "survey_version": survey.version,
            "survey_hash": survey.content_hash,
            "opened_on": occasion["opened_on"],
            "closed_on": occasion["closed_on"],
        },
        "policy": policy,
        "method": method(survey),
        "groups": groups,
        "breakdowns": [_breakdown(one, survey) for one in published.breakdowns],
        "gaps": gaps.gaps(published, survey),
        "views": views.views(published, survey),
        "comparisons": comparisons.comparisons(published, earlier),
        "theme_changes": comparisons.theme_changes(published, earlier),
        "reliability": statistics.reliability(published),
        "icc": statistics.icc(published),
        "drivers": statistics.drivers(published),
        "diagnosis": diagnosis(survey, groups),
        "comments": [
            {
                "item": one.item,
                "department": one.path,
                "text": one.text,
                "masked": one.masked,
            }
            for one in published.comments
        ],
    }


def _group(group: Group, survey: Survey) -> Json:
    counters = group.counters
    if group.band is not None:
        return _banded(group, group.band)
    if counters is None:
        return {"department": group.path, **PROTECTED}
    return {
        "department": group.path,
        "name": group.name,
        "level": group.level,
        "disclosed": True,
        "reason": None,
        "side": group.side,
        "invited": group.invited,
        "answered": counters.answered,
        **_measures(counters.classes, group.invited, _index(group, counters)),
        "response_pct": _percent(alignment.response_rate(counters.answered, group.invited)),
        "score_by_headcount": None,
        "themes": [_theme(group, counters, theme.key) for theme in _themes(survey, counters)],
        "items": [_item(group, counters, survey, column) for column in Layout.of(survey).columns],
        "agreement": statistics.of_group(group),
    }


def _breakdown(one: Breakdown, survey: Survey) -> Json:
    """The cells of a breakdown, each like a group; its value stands where a group has its path."""
    return {"attribute": one.attribute, "cells": [_cell(cell, survey) for cell in one.cells]}


def _cell(cell: Group, survey: Survey) -> Json:
    said = _group(cell, survey)
    left_out = ("department", "name", "level", "side", "score_by_headcount")
    return {"value": cell.path, **{key: of for key, of in said.items() if key not in left_out}}


def _banded(group: Group, band: Band) -> Json:
    """A group of which all, or all but one, are of one class: its n, and no figure besides."""
    return {
        "department": group.path,
        "name": group.name,
        "level": group.level,
        "disclosed": True,
        "reason": None,
        "side": group.side,
        "invited": group.invited,
        "answered": band.answered,
        **_only(band.n, band.name),
        "response_pct": _percent(alignment.response_rate(band.answered, group.invited)),
        "score_by_headcount": None,
        "themes": [],
        "items": [],
        "agreement": None,
    }


def _only(n: int, band: str) -> Json:
    """The fields of `_measures` where a band stands for all of them."""
    return dict.fromkeys(_measures(NOBODY, None, None)) | {"n": n, "band": band}


def _index(group: Group, counters: Counters) -> Fraction | None:
    """The mean, only where every item it is taken of is printed: a withheld one would follow."""
    rule = counters.instrument
    items = rule.composite if rule.item is None else (rule.item,)
    return counters.index if group.items.issuperset(items) else None


def _theme_index(group: Group, counters: Counters, key: str) -> Fraction | None:
    """As `_index`, of a theme."""
    whole = group.items.issuperset(counters.instrument.theme_items(key))
    return counters.theme_index(key) if whole else None


def _themes(survey: Survey, counters: Counters) -> list[Any]:
    return [theme for theme in survey.themes if counters.instrument.theme_items(theme.key)]


def _theme(group: Group, counters: Counters, key: str) -> Json:
    if key not in group.themes:
        return {"key": key, **PROTECTED}
    index = _theme_index(group, counters, key)
    measures = _measures(counters.theme_classes[key], group.invited, index)
    return {"key": key, "disclosed": True, "reason": None, **measures}


def _item(group: Group, counters: Counters, survey: Survey, column: Column) -> Json:
    keys = spec_keys(column)
    if not group.items.issuperset(keys):
        return {"key": column.key, **PROTECTED}
    shown: Json = {
        "key": column.key,
        "type": column.item.type,
        "about": column.item.about,
        "disclosed": True,
        "reason": None,
    }
    every = _put_to_all(survey, group, column)
    asked = group.invited if every else None
    # Of a ranking the option most people gave a place tells how many answered.
    blank = min(counters.blank(key) for key in keys)
    not_applicable = counters.not_applicable(keys[0])
    n = counters.answered - blank - not_applicable
    # Who was not asked has a blank there too.
    left = {"na": not_applicable, "blank": blank if every else None}
    histograms = [counters.histogram(key) for key in keys]
    if column.item.type == "choices":
        return {**shown, "n": n, "counts": [ticked for _, ticked in histograms], **left}
    if column.item.type == "rank":
        return {**shown, "n": n, "counts": [list(one) for one in histograms], **left}
    counts = {"counts": list(histograms[0]), **left}
    if not survey.scale_of(column.item):
        return {**shown, "n": n, **counts}
    classes = counters.item_classes(column.key)
    return {
        **shown,
        **_measures(classes, asked, counters.item_index(column.key)),
        "unclassified": classes.unclassified if every else None,
        **counts,
        "favourable_pct": _percent(alignment.favourable(classes)),
    }


def _put_to_all(survey: Survey, group: Group, column: Column) -> bool:
    """Whether everybody in the group was asked; of others it is not known how many were.

    Of a group with several sides it is not said: with the answers left out it would tell how
    many took part of the few who are on no side.
    """
    if column.item.show_if:
        return False
    if column.item.about == "own" or group.side is None:
        return column.item.about == "own"
    asked = [one.key for one in survey.counterparts(group.side)]
    return column.counterpart in asked if column.counterpart else True


def _by_headcount(group: Json, groups: list[Json]) -> Json:
    """The score with each part weighted by the people in it, where every part is printed."""
    if not group["disclosed"] or group["invited"] is None:
        return {}
    below = [one for one in groups if _parent(one) == group["department"]]
    parts = [one for one in below if one["disclosed"] and one["band"] is None]
    if sum(one["invited"] for one in parts) != group["invited"]:
        return {}
    weighted = alignment.score_by_headcount([(_classes(one), one["invited"]) for one in parts])
    return {"score_by_headcount": decimal(weighted)}


def _parent(group: Json) -> str | None:
    path: str = group["department"]
    return path.rpartition("/")[0] if path else None


def _classes(group: Json) -> ClassCounts:
    return ClassCounts(group["promoters"], group["passives"], group["detractors"])


def _measures(classes: ClassCounts, invited: int | None, index: Fraction | None) -> Json:
    """Counts, printed shares, score with interval and range: the same fields at every level."""
    shares = rounding.printed_shares(classes)
    score = alignment.score(classes)
    people = finite.finite_population_interval(classes, invited)
    bounds = finite.no_assumption_range(classes, invited)
    process = interval.adjusted_wald(classes)
    return {
        "n": classes.n,
        "unclassified": classes.unclassified,
        "promoters": classes.promoters,
        "passives": classes.passives,
        "detractors": classes.detractors,
        "promoters_pct": shares.promoters if shares else None,
        "passives_pct": shares.passives if shares else None,
        "detractors_pct": shares.detractors if shares else None,
        "score": None if score is None else rounding.round_half_away(score),
        "score_exact": decimal(score),
        "score_low": decimal(people and people.low),
        "score_high": decimal(people and people.high),
        "interval": people.name if people else None,
        "process_low": decimal(process and process.low),
        "process_high": decimal(process and process.high),
        "band": None,
        "range_low": decimal(bounds and bounds.low),
        "range_high": decimal(bounds and bounds.high),
        "index": decimal(index),
    }


def _percent(share: Fraction | None) -> int | None:
    return None if share is None else rounding.round_half_away(share)
