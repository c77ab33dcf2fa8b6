"""A release for the terminal: the groups as a table, then what else was worked out, a line each."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.cli.output import line, table
from app.kit.language import language
from app.results import wording
from app.results.report import signed

Json = Mapping[str, Any]
ENGLISH = language("en")

# A longer path is cut at its front.
WIDEST = 60
HEADER = ["department", "score", "likely", "n", "answered", "promoters", "passives", "detractors"]


def print_release(release: Json) -> None:
    """Print every group and figure of a release."""
    table(HEADER, [_row(group) for group in release["groups"]])
    line()
    said = (wording.method_label(release, ENGLISH), wording.without_neutral(release, ENGLISH))
    line(". ".join(filter(None, said)))
    _print("Agreement inside each group (r_wg(j))", _agreement(release))
    compared = release["comparisons"]
    rest = (one for one in compared if one["with"] == "rest")
    before = (one for one in compared if one["with"] != "rest")
    _print("Compared with everybody else", map(_difference, rest))
    _print("Compared with the round before", map(_difference, before))
    _print("Gaps between the sides, in points of 100", map(_gap, release["gaps"]))
    _print("About the questionnaire, of the whole", _whole(release))


def _agreement(release: Json) -> Iterator[str]:
    for group in release["groups"]:
        found = group.get("agreement")
        if found and found["r_wg_j"] is not None:
            few = ", few answers" if found["few_answers"] else ""
            yield f"{_name(group['department'])}: {_decimal(found['r_wg_j'])}{few}"


def _print(title: str, lines: Iterator[str]) -> None:
    found = list(lines)
    if found:
        line()
        line(title)
        for one in found:
            line(f"  {one}")


def _row(group: Json) -> list[str]:
    name = _name(group["department"])
    if not group["disclosed"]:
        return [name, "protected", *[""] * (len(HEADER) - 2)]
    invited = group["invited"]
    answered = f"{group['answered']}/{invited}" if invited is not None else str(group["answered"])
    if group["band"]:
        return [name, f"(nearly) all {group['band']}", "", str(group["n"]), answered, "", "", ""]
    return [
        name,
        signed(group["score_exact"]),
        _range(group["score_low"], group["score_high"]),
        str(group["n"]),
        answered,
        *(str(group[kind]) for kind in ("promoters", "passives", "detractors")),
    ]


def _name(path: str) -> str:
    if path.endswith("*"):
        return f"Other departments ({path[:-2]})" if path != "/*" else "Other departments"
    name = path or "(everybody)"
    return name if len(name) <= WIDEST else "…" + name[1 - WIDEST :]


def _difference(one: Json) -> str:
    return (
        f"{_name(one['department'])}: {signed(one['difference'])} "
        f"({_range(one['low'], one['high'])}, q {one['q']:.3g}): {one['verdict']}"
    )


def _gap(one: Json) -> str:
    what = one["item"] or one["theme"]
    distance = "" if one["wasserstein"] is None else f", distance {one['wasserstein']:.1f}"
    noise = "" if one["noise"] is None else f" of which chance {one['noise']:.1f}"
    return (
        f"{one['kind']}, {what}, {one['from']} and {one['about']}: {_signed(one['gap'])} "
        f"({_range(one['low'], one['high'])}{distance}{noise}): {one['verdict']}"
    )


def _whole(release: Json) -> Iterator[str]:
    reliability, icc = release["reliability"], release["icc"]
    if reliability is not None and reliability["alpha"] is not None:
        yield (
            f"alpha {_decimal(reliability['alpha'])} "
            f"({_decimal(reliability['alpha_low'])} to {_decimal(reliability['alpha_high'])}), "
            f"omega {_decimal(reliability['omega'])}, of {reliability['n']} complete answers"
        )
    if icc is not None:
        yield (
            f"ICC(1) {_decimal(icc['icc1'])}, ICC(2) {_decimal(icc['icc2'])}, "
            f"of {icc['groups']} departments"
        )
    for one in release["drivers"]:
        tier = f", {one['tier']}" if one["tier"] else ""
        yield f"driver {one['key']}: weight {_decimal(one['weight'])}, r {_decimal(one['r'])}{tier}"


def _range(low: float | None, high: float | None) -> str:
    return "–" if low is None else f"{signed(low)} to {signed(high)}"


def _decimal(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")
