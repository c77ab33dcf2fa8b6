"""The method card: by which rules, cut-offs and versions a release was worked out.

It travels inside the release, so that a number can be understood, and most of them worked out
again, years later and without Selaras (docs/recompute.py).
"""

import json
from importlib.metadata import version
from typing import Any

import numpy as np
import scipy

from app.results.instrument import instrument_of
from app.results.serial import hash_of
from app.scoring import compare, composite, distance, finite, interval
from app.scoring.instrument import Instrument, ItemSpec
from app.scoring.scale import UNITS
from app.surveys.definition import Survey

METHOD_VERSION = 1
CONFIDENCE = 0.95
# The points of a scale that have one in the middle; the others ask everybody to lean.
EVEN = 2

# Which figures do not follow from counts that the release prints, and from what they do follow.
UNPUBLISHED = (
    ("index", "sums of each person's own mean answer, over the group and over each theme"),
    ("gaps of a theme", "sums and sums of squares of each person's mean answer to the theme"),
    ("icc", "sums and sums of squares of each person's mean answer, by department"),
    ("reliability", "sums of products of answers over those who answered every statement"),
    ("drivers", "sums of products of answers over those who answered every statement"),
)

Json = dict[str, Any]


def method(survey: Survey) -> Json:
    """Rule, version, hash of the rules, and the card itself."""
    rules = _rules(survey)
    return {
        "rule": rules["rule"],
        "version": METHOD_VERSION,
        "hash": hash_of(json.dumps(rules, sort_keys=True)),
        "card": {
            **rules,
            "software": {
                "selaras": version("selaras"),
                "numpy": np.__version__,
                "scipy": scipy.__version__,
            },
            "not_published": [{"number": one, "follows_from": why} for one, why in UNPUBLISHED],
        },
    }


def has_neutral(points: int) -> bool:
    """Whether a scale of that many points has one in the middle."""
    return points % EVEN == 1


def _rules(survey: Survey) -> Json:
    instrument = instrument_of(survey)
    return {
        "method": METHOD_VERSION,
        "rule": survey.classification.rule,
        "item": survey.classification.item,
        "composite": _composite(instrument),
        "themes": {key: list(instrument.theme_items(key)) for key in instrument.themes},
        "items": [_mapping(spec) for spec in instrument.items if spec.scored],
        "score": "100 * (promoters - detractors) / n, of pooled counts",
        "rounding": "half away from zero; shares agree with the score where they can",
        "intervals": _intervals(),
        "tests": _tests(),
    }


def _composite(instrument: Instrument) -> Json | None:
    if not instrument.composite:
        return None
    return {
        "items": list(instrument.composite),
        "answered_at_least": "half",
        "detractor_below": 100 * composite.DETRACTOR_BELOW / UNITS,
        "promoter_above": 100 * composite.PROMOTER_ABOVE / UNITS,
    }


def _mapping(spec: ItemSpec) -> Json:
    return {
        "key": spec.key,
        "points": spec.points,
        "neutral": has_neutral(spec.points),
        "reversed": spec.reversed,
        "max_detractor": spec.max_detractor,
        "min_promoter": spec.min_promoter,
        "in_composite": spec.own,
        "theme": spec.theme,
    }


def _intervals() -> Json:
    return {
        "confidence": CONFIDENCE,
        "these_people": "exact hypergeometric, or predictive above the limit of steps",
        "exact_up_to_steps": finite.COST_LIMIT,
        "process": "adjusted Wald",
        "pseudo_counts": [interval.PSEUDO, 2 * interval.PSEUDO, interval.PSEUDO],
        "difference_pseudo_counts": [compare.PSEUDO, 2 * compare.PSEUDO, compare.PSEUDO],
        "gap": "Welch",
        "alpha": "Feldt",
    }


def _tests() -> Json:
    return {
        "difference": "exact permutation of classes, mid-p; pooled z above the limit of pairs",
        "exact_up_to_pairs": compare.EXACT_LIMIT,
        "gap": "permutation of answers, Wasserstein-1; of a theme, Welch's test of the means",
        "permutations": {"draws": distance.DRAWS, "seed": distance.SEED},
        "family": "Benjamini-Hochberg over the differences printed, and over the gaps printed",
        "level": compare.LEVEL,
    }
