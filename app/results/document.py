"""The release as the JSON everybody reads: the shape is public (docs/export-format.md)."""

import hashlib
import json
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from app.campaigns.models import SurveyRound
from app.campaigns.policy import Policy
from app.results import statistics
from app.results.disclosure import Band, Disclosed, Group
from app.results.instrument import instrument_of, spec_keys
from app.results.statistics import decimal
from app.scoring import alignment, finite, rounding
from app.scoring.classes import ClassCounts
from app.scoring.counts import Counters
from app.surveys.coding import Column, Layout
from app.surveys.definition import Survey

METHOD_VERSION = 1
NOBODY = ClassCounts(0, 0, 0, 0)
PROTECTED = {"disclosed": False, "reason": "protected"}

Json = dict[str, Any]


def document(
    row: SurveyRound, survey: Survey, policy: Policy, published: Disclosed, zone: ZoneInfo
) -> Json:
    """The whole release; a value that cannot be given is null, never 0."""
    return {
        "round": {
            "id": row.id,
            "name": row.name,
            "survey": survey.key,
            "survey_version": survey.version,
            "survey_hash": row.survey_hash,
            "opened_on": row.opens_at.astimezone(zone).date().isoformat(),
            "closed_on": row.closes_at.astimezone(zone).date().isoformat(),
        },
        "policy": {
            "mode": policy.mode,
            "min_group": policy.min_group,
            "min_comments": policy.min_comments,
            "hash": row.policy_hash,
        },
        "method": _method(survey),
        "groups": [_group(group, survey) for group in published.groups],
        "gaps": statistics.gaps(published, survey),
        "comparisons": statistics.comparisons(published),
        "reliability": statistics.reliability(published),
        "icc": statistics.icc(published),
        "drivers": statistics.drivers(published),
        "diagnosis": [],
        "comments": [
            {"item": one.item, "department": one.path, "text": one.text}
            for one in published.comments
        ],
    }


def serialised(content: Json) -> str:
    """The text a release is stored and hashed as."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _method(survey: Survey) -> Json:
    rules = {
        "rule": survey.classification.rule,
        "item": survey.classification.item,
        "version": METHOD_VERSION,
        "items": [
            [spec.key, spec.points, spec.reversed, spec.max_detractor, spec.min_promoter]
            for spec in instrument_of(survey).items
        ],
    }
    text = json.dumps(rules, sort_keys=True)
    return {"rule": rules["rule"], "version": METHOD_VERSION, "hash": hash_of(text)}


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
    if key in group.theme_bands:
        band = _only(counters.theme_classes[key].n, group.theme_bands[key])
        return {"key": key, "disclosed": True, "reason": None, **band}
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
    asked = _asked(group, column)
    blank, not_applicable = counters.blank(keys[0]), counters.not_applicable(keys[0])
    n = counters.answered - blank - not_applicable
    # Who was not asked has a blank there too.
    left = {"na": not_applicable, "blank": None if asked is None else blank}
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
        "unclassified": None if asked is None else classes.unclassified,
        **counts,
        "favourable_pct": _percent(alignment.favourable(classes)),
    }


def _asked(group: Group, column: Column) -> int | None:
    """People who could answer; unknown where an item was not put to everybody invited.

    Of a group with several sides it is not said: with the answers left out it would tell how
    many took part of the few who are on no side.
    """
    if column.item.show_if:
        return None
    if column.item.about == "own" or group.side not in {None, column.counterpart}:
        return group.invited
    return None


def _measures(classes: ClassCounts, invited: int | None, index: Fraction | None) -> Json:
    """Counts, printed shares, score with interval and range: the same fields at every level."""
    shares = rounding.printed_shares(classes)
    score = alignment.score(classes)
    interval = finite.finite_population_interval(classes, invited)
    bounds = finite.no_assumption_range(classes, invited)
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
        "score_low": decimal(interval and interval.low),
        "score_high": decimal(interval and interval.high),
        "interval": interval.name if interval else None,
        "band": None,
        "range_low": decimal(bounds and bounds.low),
        "range_high": decimal(bounds and bounds.high),
        "index": decimal(index),
    }


def _percent(share: Fraction | None) -> int | None:
    return None if share is None else rounding.round_half_away(share)
