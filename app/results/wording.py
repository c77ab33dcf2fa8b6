"""What the figures of a release mean in words: difference, agreement, gaps, and what is no fact."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.kit.language import Language
from app.results.report import signed
from app.surveys.definition import Survey
from app.surveys.text import OTHER

# LeBreton & Senter 2008: from which r_wg(j) on agreement is called so.
STRENGTHS = (0.91, 0.71, 0.51, 0.31)
# Points between response rates of parts from which the weighted score is worth a line.
APART = 20
CLEAR = ("higher", "lower", "spread differently")

CLEAR_GAPS = {
    "means higher": "%(about)s: %(one)s answers clearly more favourably than %(other)s, by %(points)s points "
    "of 100 (likely %(low)s to %(high)s).",
    "means lower": "%(about)s: %(one)s answers clearly less favourably than %(other)s, by %(points)s points "
    "of 100 (likely %(low)s to %(high)s).",
    "perception higher": "%(about)s: %(other)s sees itself clearly better than %(one)s sees it, by %(points)s "
    "points of 100 (likely %(low)s to %(high)s).",
    "perception lower": "%(about)s: %(other)s sees itself clearly worse than %(one)s sees it, by %(points)s "
    "points of 100 (likely %(low)s to %(high)s).",
    "guess higher": "%(about)s: %(one)s expects a clearly more favourable answer of %(other)s than it gives, "
    "by %(points)s points of 100 (likely %(low)s to %(high)s).",
    "guess lower": "%(about)s: %(one)s expects a clearly less favourable answer of %(other)s than it gives, "
    "by %(points)s points of 100 (likely %(low)s to %(high)s).",
    "reciprocity higher": "%(about)s: %(one)s rates %(other)s clearly higher than %(other)s rates %(one)s, by "
    "%(points)s points of 100 (likely %(low)s to %(high)s).",
    "reciprocity lower": "%(about)s: %(one)s rates %(other)s clearly lower than %(other)s rates %(one)s, by "
    "%(points)s points of 100 (likely %(low)s to %(high)s).",
}
UNCLEAR_GAPS = {
    "means": "%(about)s: no clear gap between %(one)s and %(other)s (%(one)s minus %(other)s: likely "
    "%(low)s to %(high)s).",
    "perception": "%(about)s: no clear gap between how %(other)s sees itself and how %(one)s sees it "
    "(own view minus the other: likely %(low)s to %(high)s).",
    "guess": "%(about)s: no clear gap between what %(one)s expects of %(other)s and its answer "
    "(expected minus given: likely %(low)s to %(high)s).",
    "reciprocity": "%(about)s: no clear gap between how %(one)s rates %(other)s and how %(other)s rates %(one)s "
    "(likely %(low)s to %(high)s).",
}

Json = Mapping[str, Any]


@dataclass(frozen=True)
class GapLine:
    """One gap between two sides: whether it is clear, and how it reads."""

    row: Json
    clear: bool
    words: str


def method_label(release: Json, language: Language) -> str:
    """Which kind of score this is; scores of two kinds are different measures."""
    card = release["method"]["card"]
    if card["rule"] == "composite":
        return language.text("Alignment score: from the mean of each person's own answers")
    if card["item"] is None:
        return ""
    if _enps(card):
        return language.text("eNPS-style score: from one question, 9 and 10 against 0 to 6")
    return language.text("Score of one question")


def score_name(release: Json, language: Language) -> str:
    """The same in two words, to stand beside a score."""
    card = release["method"]["card"]
    if card["rule"] == "composite":
        return language.text("alignment score")
    if card["item"] is None:
        return ""
    return language.text("eNPS-style score") if _enps(card) else language.text("question score")


def without_neutral(release: Json, language: Language) -> str:
    """A warning where the scale asked everybody to lean; empty where it has a middle."""
    card = release["method"]["card"]
    keys = card["composite"]["items"] if card["composite"] else [card["item"]]
    mine = [one for one in card["items"] if one["key"] in keys]
    if not mine or any(one["neutral"] for one in mine):
        return ""
    return language.text("The scale has no neutral answer: everybody had to lean to one side.")


def by_chance(measures: Json, language: Language) -> str:
    """What full participation does not say: how another round might come out."""
    complete = measures["range_low"] is not None and measures["range_low"] == measures["range_high"]
    if not complete or measures["process_low"] is None:
        return ""
    return language.text(
        "Another round of a team like this could by chance alone come out between %(low)s and "
        "%(high)s.",
        low=signed(measures["process_low"]),
        high=signed(measures["process_high"]),
    )


def by_headcount(release: Json, group: Json, language: Language) -> str:
    """The score weighted by headcount, where the parts took part very differently."""
    if group.get("score_by_headcount") is None:
        return ""
    path = group["department"]
    rates = [
        one["response_pct"]
        for one in release["groups"]
        if one["disclosed"] and one["department"] and _parent(one["department"]) == path
    ]
    if not rates or max(rates) - min(rates) <= APART:
        return ""
    return language.text(
        "Its parts took part very differently (%(low)s %% to %(high)s %%); with each weighted by "
        "the people in it the score is %(score)s.",
        low=min(rates),
        high=max(rates),
        score=signed(group["score_by_headcount"]),
    )


def difference(release: Json, group: Json, language: Language) -> str:
    """How a department stands beside everybody else, and whether chance explains it."""
    row = difference_of(release, group)
    if row is None:
        return ""
    values = {
        "points": signed(row["difference"]),
        "low": signed(row["low"]),
        "high": signed(row["high"]),
    }
    if row["verdict"] == "higher":
        return language.text(
            "Clearly higher than everybody else: %(points)s points (likely %(low)s to %(high)s).",
            **values,
        )
    if row["verdict"] == "lower":
        return language.text(
            "Clearly lower than everybody else: %(points)s points (likely %(low)s to %(high)s).",
            **values,
        )
    return language.text(
        "No clear difference from everybody else: %(points)s points (likely %(low)s to %(high)s).",
        **values,
    )


def difference_of(release: Json, group: Json) -> Json | None:
    """The comparison of this department with the rest of the round."""
    return next((one for one in _of(release, group) if one["with"] == "rest"), None)


def change(release: Json, group: Json, language: Language) -> str:
    """Whether the group has moved since the round before, as far as chance lets one say."""
    row = change_of(release, group)
    if row is None:
        return ""
    values = {
        "round": row["round_name"],
        "points": signed(row["difference"]),
        "low": signed(row["low"]),
        "high": signed(row["high"]),
    }
    if row["verdict"] == "higher":
        return language.text(
            "Clearly up since “%(round)s”: %(points)s points (likely %(low)s to %(high)s).",
            **values,
        )
    if row["verdict"] == "lower":
        return language.text(
            "Clearly down since “%(round)s”: %(points)s points (likely %(low)s to %(high)s).",
            **values,
        )
    return language.text(
        "No clear change since “%(round)s”: %(points)s points (likely %(low)s to %(high)s).",
        **values,
    )


def change_of(release: Json, group: Json) -> Json | None:
    """The comparison of this group with itself in the round before."""
    return next((one for one in _of(release, group) if one["with"] != "rest"), None)


def _of(release: Json, group: Json) -> Iterator[Json]:
    return (one for one in release["comparisons"] if one["department"] == group["department"])


def agreement(group: Json, language: Language) -> str:
    """How far the members of a group answer alike."""
    found = group.get("agreement")
    if not found or found["r_wg_j"] is None:
        return ""
    words = (
        language.text("People here agree very strongly with each other."),
        language.text("People here agree strongly with each other."),
        language.text("People here agree moderately with each other."),
        language.text("People here agree weakly with each other."),
        language.text("People here hardly agree with each other."),
    )
    level = sum(found["r_wg_j"] < least for least in STRENGTHS)
    few = " " + language.text("(Few answers: take it as a hint.)") if found["few_answers"] else ""
    return words[level] + few


def gaps(
    rows: Sequence[Json], survey: Survey, language: Language
) -> tuple[tuple[GapLine, ...], tuple[GapLine, ...]]:
    """The clear gaps, the widest first, and those that chance could explain."""
    lines = [GapLine(row, row["verdict"] in CLEAR, _gap(row, survey, language)) for row in rows]
    lines.sort(key=lambda line: -abs(line.row["gap"]))
    clear = tuple(line for line in lines if line.clear)
    return clear, tuple(line for line in lines if not line.clear)


def _gap(row: Json, survey: Survey, language: Language) -> str:
    """One sentence: who, about what, by how much, and how sure."""
    about = subject(row, survey, language)
    named = {"one": row["from"], "other": row["about"], "about": about}
    low, high = row["low"], row["high"]
    if row["verdict"] in {"higher", "lower"}:
        # The size and its interval, both in the direction the sentence gives in words.
        sizes = sorted(abs(one) for one in (low, high))
        return language.text(
            CLEAR_GAPS[f"{row['kind']} {row['verdict']}"],
            **named,
            points=language.number(abs(row["gap"])),
            low=language.number(sizes[0]),
            high=language.number(sizes[1]),
        )
    interval = {
        "low": "–" if low is None else signed(low),
        "high": "–" if high is None else signed(high),
    }
    if row["verdict"] == "no clear gap":
        return language.text(UNCLEAR_GAPS[row["kind"]], **named, **interval)
    return language.text(
        "%(about)s: the answers of %(one)s and %(other)s are spread differently; whether they "
        "differ on average is open (likely %(low)s to %(high)s).",
        **named,
        **interval,
    )


def subject(row: Json, survey: Survey, language: Language) -> str:
    """What a gap is about: the theme's name, or the words of the own item behind it."""
    if row["item"] is None:
        return survey.theme(row["theme"]).name.in_(language.code)
    item = survey.item(row["item"])
    if item.same_as:
        item = survey.item(item.same_as)
    words = item.text.in_(language.code).replace(OTHER, language.text("the other department"))
    return f"“{words[:1].upper()}{words[1:].rstrip('.')}”"


def _enps(card: Json) -> bool:
    """Whether people are classed by a 0 to 10 question in the manner of an eNPS."""
    [asked] = [one for one in card["items"] if one["key"] == card["item"]]
    return (asked["points"], asked["max_detractor"], asked["min_promoter"]) == (11, 6, 9)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
