"""What a results page says of one group, in words and figures, from the release alone."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.kit.language import Language
from app.results import options, workings
from app.results.options import OptionLine
from app.scoring import rounding
from app.surveys.definition import Scale, Survey

# Below this, people say more than percentages.
FEW = 20
HALF = 0.5

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Share:
    """One part of a bar: its kind and words, people, exact share, printed per cent, and what is said.

    `shown` is the people where they are few, else the per cent.
    """

    kind: str
    label: str
    people: int
    share: float
    percent: int = 0
    shown: str = ""
    stance: int = 0  # -1 unfavourable, 1 favourable, 0 between


@dataclass(frozen=True)
class ItemLine:
    """One item of a group with its distribution; without parts it is protected."""

    key: str
    text: str
    theme: str
    n: int | None
    parts: tuple[Share, ...] = ()
    not_applicable: int = 0
    score: int | None = None
    workings: tuple[str, ...] = ()  # of the score and of the favourable share
    turned: bool = False  # agreeing is unfavourable
    type: str = "scale"
    options: tuple[OptionLine, ...] = ()  # of an item that is not rated


def named(group: Json) -> Json:
    """A group with its name and level; a hidden one carries its path only, and they follow."""
    path = group["department"]
    return {
        "name": path.rpartition("/")[2] or "All",
        "level": path.count("/") + 1 if path else 0,
        **group,
    }


def place(path: str, language: Language) -> str:
    """A group as a table names it: by its path, or as what is left over below one."""
    if not path:
        return language.text("Everyone asked")
    if not path.endswith("*"):
        return path
    above = path.removesuffix("*").removesuffix("/")
    others = language.text("Other departments")
    return f"{others} ({above})" if above else others


def title(group: Json, language: Language) -> str:
    """A group's name; of those left over also how many answered."""
    path = group["department"]
    if path.endswith("*"):
        return language.text("Other departments (%(n)s)", n=group["n"])
    return group["name"] if path else language.text("Everyone asked")


def group_of(release: Json, path: str) -> Json | None:
    """The group of that department path, None where the release has none."""
    groups = (group for group in release["groups"] if group["department"] == path)
    return next(map(named, groups), None)


def signed(score: float | None) -> str:
    """A score as it is printed: always with its sign, a dash where there is none."""
    if score is None:
        return "–"
    # As `rounding.round_half_away`, without the cost of fractions: what is cut off is exact.
    whole = math.trunc(score)
    if abs(score - whole) >= HALF:
        whole += 1 if score > 0 else -1
    return rounding.signed(whole).replace("-", "−")


def likely(measures: Json, language: Language) -> str:
    """The interval in words."""
    low, high = measures["score_low"], measures["score_high"]
    if low is None:
        return ""
    if measures["range_low"] is not None and measures["range_low"] == measures["range_high"]:
        return language.text("Everyone asked has answered: of this round the score is exact.")
    return language.text("likely %(low)s to %(high)s", low=signed(low), high=signed(high))


def interval_name(measures: Json, language: Language) -> str:
    """The method of the interval, in words."""
    names = {
        "exact": language.text("exact"),
        "predictive": language.text("predictive formula"),
        "adjusted_wald": language.text("adjusted Wald"),
    }
    return names[measures["interval"]]


def leaning(measures: Json, language: Language) -> str:
    """Which side of zero the score is on, as far as the interval tells."""
    if measures["score_low"] is None:
        return language.text("no result")
    if measures["score_low"] > 0:
        return language.text("leans positive")
    if measures["score_high"] < 0:
        return language.text("leans negative")
    return language.text("shows no clear lean")


def answered(group: Json, language: Language) -> str:
    """How many answered of how many; few are people and no percentage."""
    if group["invited"] < FEW:
        return language.text(
            "%(answered)s of %(invited)s answered",
            answered=group["answered"],
            invited=group["invited"],
        )
    return language.text(
        "%(answered)s of %(invited)s answered (%(percent)s %%)",
        answered=group["answered"],
        invited=group["invited"],
        percent=group["response_pct"],
    )


def stances(group: Json, language: Language) -> tuple[Share, ...]:
    """Promoters, passives and detractors."""
    words = {
        "promoter": language.text("Promoters"),
        "passive": language.text("Passives"),
        "detractor": language.text("Detractors"),
    }
    return tuple(
        _share(kind, label, group[f"{kind}s"], group[f"{kind}s_pct"] or 0, group["n"], stance)
        for (kind, label), stance in zip(words.items(), (1, 0, -1), strict=True)
    )


def amount(part: Share, n: int, language: Language) -> str:
    """A share as people where there are few, as per cent otherwise."""
    if n < FEW:
        return language.text("%(people)s of %(n)s", people=part.people, n=n)
    return f"{part.percent} %"


def favourable(item: ItemLine, language: Language) -> str:
    """How many answered favourably: people where they are few, per cent otherwise."""
    people = sum(part.people for part in item.parts if part.stance > 0)
    percent = rounding.round_half_away(Fraction(100 * people, item.n or 1))
    return amount(Share("", "", people, 0, percent), item.n or 0, language)


def _share(kind: str, label: str, people: int, percent: int, n: int, stance: int) -> Share:
    shown = str(people) if n < FEW else f"{percent} %"
    return Share(kind, label, people, 100 * people / (n or 1), percent, shown, stance)


def band(measures: Json, language: Language) -> str:
    """What is said of people who are all, or all but one, of one class; nothing of others."""
    words = {
        "promoters": language.text("all or nearly all are promoters"),
        "passives": language.text("all or nearly all are passives"),
        "detractors": language.text("all or nearly all are detractors"),
    }
    return words.get(measures.get("band") or "", "")


def items_of(group: Json, survey: Survey, language: Language) -> tuple[ItemLine, ...]:
    """Every item that is answered by a code, in the order it was asked."""
    return tuple(
        _item(item, survey, language, group.get("side")) for item in group.get("items", ())
    )


def item_text(key: str, survey: Survey, language: Language, own: str | None) -> str:
    """The wording with the other side named, where the group is on a side and has one other."""
    item_key, _, side = key.partition("--")
    item = survey.item(item_key)
    if side:
        return item.text.about(survey.side(side).name, language.code)
    others = [one for one in survey.sides if one.key != own]
    if own and len(others) == 1:
        return item.text.about(others[0].name, language.code)
    text = item.text.in_(language.code).replace("{other}", language.text("the other side"))
    return text[:1].upper() + text[1:]


def _item(item: Json, survey: Survey, language: Language, side: str | None) -> ItemLine:
    asked = survey.item(item["key"].partition("--")[0])
    theme = survey.theme(asked.theme).name.in_(language.code) if asked.theme else ""
    text = item_text(item["key"], survey, language, side)
    if not item["disclosed"]:
        return ItemLine(item["key"], text, theme, None)
    if asked.options:
        lines = options.options_of(item, asked, language)
        return ItemLine(item["key"], text, theme, item["n"], type=asked.type, options=lines)
    return ItemLine(
        key=item["key"],
        text=text,
        theme=theme,
        n=item["n"],
        parts=_parts(item, survey, language),
        not_applicable=item["na"],
        score=item["score"],
        workings=(workings.score(item), workings.share(item)) if item["n"] else (),
        turned=asked.reversed,
    )


def _parts(item: Json, survey: Survey, language: Language) -> tuple[Share, ...]:
    asked = survey.item(item["key"].partition("--")[0])
    scale = survey.scale_of(asked)
    assert scale is not None
    stances = _stances(scale, turned=asked.reversed)
    kinds = _kinds(stances, turned=asked.reversed)
    percents = rounding.largest_remainder(item["counts"]) if item["n"] else [0] * scale.points
    return tuple(
        _share(
            kinds[code],
            scale.labels[code].in_(language.code),
            count,
            percent,
            item["n"],
            stances[code],
        )
        for code, (count, percent) in enumerate(zip(item["counts"], percents, strict=True))
    )


def _stances(scale: Scale, *, turned: bool) -> list[int]:
    """The class of each code, once a turned item is read the right way round."""
    stances = [
        -1 if code <= scale.max_detractor else 1 if code >= scale.min_promoter else 0
        for code in range(scale.points)
    ]
    return stances[::-1] if turned else stances


def _kinds(stances: Sequence[int], *, turned: bool) -> list[str]:
    """The colour of each code: five of them for a five-point scale, else its class."""
    if len(stances) == 5:
        kinds = [f"likert-{place}" for place in range(1, 6)]
        return kinds[::-1] if turned else kinds
    return [{-1: "detractor", 0: "passive", 1: "promoter"}[stance] for stance in stances]
