"""Beyond the score: agreement, reliability, spread and drivers, of printed groups only.

Every figure here is worked out from tables that the release prints (or, for the whole round, from
its pooled counters), so none of them tells more than those do.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from app.results.disclosure import Disclosed, Group
from app.scoring import agreement as agreeing
from app.scoring import drivers as driving
from app.scoring import reliability as relying
from app.scoring import rounding
from app.scoring.counts import Counters
from app.scoring.icc import icc as intraclass

Json = dict[str, Any]
FEWEST_FOR_AGREEMENT = 10
# A p value is never 0: enough digits that a small one does not print as one.
P_DIGITS = 8


def decimal(value: Fraction | float | None, digits: int = 4) -> float | None:
    """Rounded half away from zero; -0.0 is 0.0."""
    if value is None:
        return None
    scaled = rounding.round_half_away(Fraction(value) * 10**digits)
    return float(scaled / 10**digits)


def of_group(group: Group) -> Json | None:
    """How far the members agree, over the items of the composite that are printed."""
    counters = group.counters
    if counters is None or not counters.classes.n:
        return None
    keys = counters.instrument.composite
    if not printed(group, keys):
        return None
    points = {counters.instrument[key].points for key in keys}
    if len(points) > 1:
        return None
    histograms = [counters.oriented_histogram(key) for key in keys]
    measured = agreeing.agreement(histograms)
    skewed = agreeing.NULL_VARIANCES.get(points.pop(), {}).get("slight_skew")
    return {
        **{name: decimal(value) for name, value in measured._asdict().items()},
        "r_wg_j_skewed": decimal(skewed and agreeing.r_wg_j(histograms, skewed)),
        "few_answers": counters.classes.n < FEWEST_FOR_AGREEMENT,
    }


def reliability(published: Disclosed) -> Json | None:
    """Whether the items of the composite belong together; of the whole round only."""
    whole = whole_of(published)
    if whole is None or not printed(published.groups[0], whole.instrument.composite):
        return None
    least = relying.LEAST_COMPLETE if published.controlled else 2
    found = relying.reliability(whole.composite_products(), whole.instrument.composite, least)
    if found is None:
        return None
    return {
        "n": found.n,
        "alpha": decimal(found.alpha),
        "alpha_low": decimal(found.alpha_low),
        "alpha_high": decimal(found.alpha_high),
        "omega": decimal(found.omega),
        "items": [
            {
                "key": one.key,
                "item_rest": decimal(one.item_rest),
                "alpha_if_dropped": decimal(one.alpha_if_dropped),
            }
            for one in found.items
        ],
    }


def icc(published: Disclosed) -> Json | None:
    """How much of the spread lies between departments: those printed that hold no printed one."""
    groups = departments_of(published)
    inner = {group.path.rpartition("/")[0] for group, _ in groups}
    leaves = [
        counters
        for group, counters in groups
        if group.path not in inner and printed(group, counters.instrument.composite)
    ]
    found = intraclass([counters.moments for counters in leaves])
    if found.icc1 is None:
        return None
    return {"icc1": decimal(found.icc1), "icc2": decimal(found.icc2), "groups": found.groups}


def drivers(published: Disclosed) -> list[Json]:
    """Which items move the outcome; of the whole round only, and only where enough answered.

    The weights add up to the share of the outcome that the items explain; an item that does not
    vary or repeats others is not in the list.
    """
    whole = whole_of(published)
    products = whole.driver_products() if whole is not None else None
    if whole is None or products is None:
        return []
    if not printed(published.groups[0], whole.instrument.crossed):
        return []
    found = driving.drivers(products, whole.instrument.drivers)
    if found is None:
        return []
    points = ("weight", "r", "r_low", "r_high")
    return [
        {
            "key": one.key,
            **{name: decimal(getattr(one, name)) for name in points},
            "tier": one.tier,
            "rank": one.rank,
            "outcome": whole.instrument.explained,
            "n": found.n,
        }
        for one in found.items
    ]


def printed(group: Group, keys: Sequence[str]) -> bool:
    """Whether every one of these items is: a figure of all would tell one that is withheld."""
    return bool(keys) and group.items.issuperset(keys)


def whole_of(published: Disclosed) -> Counters | None:
    return published.groups[0].counters if published.groups else None


def departments_of(published: Disclosed) -> list[tuple[Group, Counters]]:
    """The printed departments: not the whole, and not what is left over."""
    return [
        (group, group.counters)
        for group in published.groups
        if group.counters is not None and group.path and not group.path.endswith("*")
    ]
