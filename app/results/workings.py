"""How a printed figure was worked out: its formula, filled in with its own counts.

Formulas are the same in every language; the words around them are the page's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.scoring import agreement as agreeing
from app.scoring import rounding
from app.scoring.classes import ClassCounts
from app.scoring.moments import Moments
from app.surveys.definition import Survey

CONFIDENCE = 0.95
LEAST_CHANCE = 0.0001

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Agreement:
    """What goes into r_wg(j): items, and mean variance beside that of random answers."""

    items: int
    variance: float
    random: float
    single: float  # r_wg of one statement with that variance
    formula: str


def score(part: Json) -> str:
    """The score of a group, theme or item from its classes."""
    return (
        f"100 × ({part['promoters']} − {part['detractors']}) / {part['n']} "
        f"= {_number(part['score_exact'])}"
    )


def share(part: Json) -> str:
    """The favourable share of an item."""
    exact = Fraction(100 * part["promoters"], part["n"])
    return f"100 × {part['promoters']} / {part['n']} = {_number(float(exact))}"


def response(group: Json) -> str:
    """The response rate of a group."""
    exact = Fraction(100 * group["answered"], group["invited"])
    return f"100 × {group['answered']} / {group['invited']} = {_number(float(exact))}"


def no_assumption(part: Json, invited: int) -> str:
    """Both ends of the range that assumes nothing about who did not answer."""
    missing = invited - part["n"]
    net = f"{part['promoters']} − {part['detractors']}"
    return (
        f"100 × ({net} ∓ {missing}) / {invited} "
        f"= {_number(part['range_low'])}, {_number(part['range_high'])}"
    )


def process(part: Json) -> str:
    """The adjusted Wald interval, with the counts after adding 0.75, 1.5 and 0.75."""
    # It brings the numerical libraries, which no other page or command needs.
    from app.scoring.interval import adjusted, normal_quantile

    classes = ClassCounts(part["promoters"], part["passives"], part["detractors"])
    s, variance, size = adjusted(classes)
    z = normal_quantile(CONFIDENCE)
    return (
        f"100 × ({s:.4f} ± {z:.2f} × √({variance:.4f} / {size:g})) "
        f"= {_number(part['process_low'])}, {_number(part['process_high'])}"
    ).replace("-", "−")


def difference(group: Json, whole: Json, row: Json) -> str:
    """A department's score minus that of everybody else: the whole without it."""
    names = ("promoters", "detractors", "n")
    mine = [group[name] for name in names]
    rest = [whole[name] - group[name] for name in names]
    return _minus(mine, rest, row)


def change(group: Json, row: Json) -> str:
    """A group's score minus its score in the round before."""
    names = ("promoters", "detractors", "n")
    return _minus([group[name] for name in names], [row["before"][name] for name in names], row)


def _minus(one: Sequence[int], other: Sequence[int], row: Json) -> str:
    ways = [f"100 × ({p} − {d}) / {n}" for p, d, n in (one, other)]
    return f"{ways[0]} − {ways[1]} = {_number(row['difference'])}"


def chance(row: Json) -> str:
    """How often chance alone gives such a figure: by itself, and with all that are printed."""
    return f"p {_chance(row['p'])}; q {_chance(row['q'])}"


def agreement(group: Json, survey: Survey) -> Agreement | None:
    """The parts of r_wg(j), from the answers to each item of the composite."""
    items = {one["key"]: one for one in group["items"]}
    histograms = [items[item.key]["counts"] for item in survey.composite if item.key in items]
    variances = [_variance(one) for one in histograms]
    known = [one for one in variances if one is not None]
    if not known or group["agreement"] is None:
        return None
    mean = sum(known, Fraction(0)) / len(known)
    random = agreeing.uniform_variance(len(histograms[0]))
    r = min(mean / random, Fraction(1))
    count, rest = len(known), f"{float(1 - r):.3f}"
    return Agreement(
        items=count,
        variance=float(mean),
        random=float(random),
        single=float(1 - r),
        formula=f"{count} × {rest} / ({count} × {rest} + {float(r):.3f}) "
        f"= {group['agreement']['r_wg_j']:.3f}",
    )


def gap(row: Json, release: Json, survey: Survey, readable: Sequence[str]) -> str:
    """One mean minus the other; each from its answers where the reader may see them."""
    if row["item"] is None:
        return ""
    parts = [
        _index(_item(release, side, key), survey, key, shown=side in readable)
        for side, key in _views(row, survey)
    ]
    if None in parts:
        return ""
    return f"{parts[0]} − {parts[1]} = {_number(row['gap'])}"


def _views(row: Json, survey: Survey) -> tuple[tuple[str, str], tuple[str, str]]:
    """The two views a gap is between, the first minus the second: a side and an item's key."""
    one, other = row["sides"]
    key, own = row["item"], survey.item(row["item"]).same_as or row["item"]
    many = len(survey.sides) > 2 and row["kind"] != "means"
    asked = f"{key}--{other}" if many else key
    if row["kind"] == "reciprocity":
        return (one, asked), (other, f"{key}--{one}" if many else key)
    if row["kind"] == "perception":
        return (other, own), (one, asked)
    return (one, asked), (other, own)


def _item(release: Json, side: str, key: str) -> Json | None:
    group = next((one for one in release["groups"] if one.get("side") == side), None)
    if group is None:
        return None
    return next((one for one in group["items"] if one["key"] == key and one["disclosed"]), None)


def _index(item: Json | None, survey: Survey, key: str, *, shown: bool) -> str | None:
    """Mean of the answers on 0 to 100, the most favourable last."""
    if item is None or not item["n"]:
        return None
    if not shown:
        # As it is released: rounded further, the sum on the page would not come out.
        return f"{item['index']:.4f}".rstrip("0").rstrip(".")
    counts: Sequence[int] = item["counts"]
    if survey.item(key.partition("--")[0]).reversed:
        counts = counts[::-1]
    total = sum(code * count for code, count in enumerate(counts))
    return f"100 × {total} / ({len(counts) - 1} × {item['n']})"


def _variance(histogram: Sequence[int]) -> Fraction | None:
    return Moments.of_codes(histogram).variance


def _number(value: float | None) -> str:
    """With one decimal, halves away from zero, and a real minus sign."""
    if value is None:
        return "–"
    tenths = rounding.round_half_away(Fraction(value) * 10)
    return f"{tenths / 10:.1f}".replace("-", "−")


def _chance(p: float) -> str:
    """A chance is never printed as nothing."""
    return f"{p:.4f}" if p >= LEAST_CHANCE else f"< {LEAST_CHANCE}"
