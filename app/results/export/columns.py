"""The columns of every table, and what each means; names and order are public."""

from app.kit.language import LANGUAGES, Language
from app.results.export.table import Column, Kind


def _columns(names: str, kind: Kind = "string") -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name in names.split())


SCORES = (
    *_columns("department name"),
    Column("level", "integer"),
    *_columns("measure_kind measure"),
    *_columns("invited answered n promoters passives detractors", "integer"),
    *_columns("promoters_pct passives_pct detractors_pct score", "integer"),
    *_columns("score_exact score_low score_high range_low range_high index", "number"),
    Column("disclosed", "boolean"),
    *_columns("reason band"),
)
ITEMS = (
    *_columns("department item answer label"),
    Column("place", "integer"),
    *_columns("people n", "integer"),
    Column("disclosed", "boolean"),
)
GAPS = (
    *_columns("theme item from about kind"),
    *_columns("gap low high wasserstein noise p q cliff", "number"),
    Column("verdict"),
)
COMPARISONS = (
    *_columns("department with"),
    *_columns("difference low high p q", "number"),
    Column("verdict"),
)
VIEWS = (
    *_columns("from about theme"),
    Column("n", "integer"),
    Column("index", "number"),
    Column("disclosed", "boolean"),
)
BREAKDOWNS = (
    *_columns("attribute group"),
    *_columns("invited answered n promoters passives detractors", "integer"),
    *_columns("promoters_pct passives_pct detractors_pct score", "integer"),
    *_columns("score_exact score_low score_high range_low range_high index", "number"),
    Column("disclosed", "boolean"),
    *_columns("reason band"),
)
COMMENTS = (
    *_columns("item department text"),
    Column("masked", "integer"),
    Column("hidden", "boolean"),
)
# What a line of the codebook means, in each language.
TOLD = tuple(f"text_{code}" for code in LANGUAGES)
CODEBOOK = (*_columns("table column type value"), *map(Column, TOLD))

TABLES = {
    "scores": SCORES,
    "items": ITEMS,
    "gaps": GAPS,
    "comparisons": COMPARISONS,
    "views": VIEWS,
    "breakdowns": BREAKDOWNS,
    "comments": COMMENTS,
}

MEANINGS = {
    "ballot": "the answers of one ballot have this in common, in this file only",
    "department": "path of the department, empty for everyone asked; a path that ends in /* is the departments hidden below it, together",
    "name": "name of the department",
    "level": "0 for everyone, 1 for the top departments, and so on",
    "measure_kind": "overall, theme or item",
    "measure": "overall, or the key of the theme or item",
    "invited": "people asked",
    "answered": "people who answered",
    "n": "people classified, or answers to the item",
    "promoters": "number of promoters",
    "passives": "number of passives",
    "detractors": "number of detractors",
    "promoters_pct": "promoters, per cent as printed",
    "passives_pct": "passives, per cent as printed",
    "detractors_pct": "detractors, per cent as printed",
    "score": "score as printed: promoters minus detractors, −100 to 100",
    "score_exact": "score to four decimals",
    "score_low": "lower end of the 95 % interval",
    "score_high": "upper end of the 95 % interval",
    "range_low": "lower end of the range that assumes nothing about who did not answer",
    "range_high": "upper end of the range that assumes nothing about who did not answer",
    "index": "mean of the rescaled answers, 0 to 100",
    "disclosed": "whether figures may be shown; false: too few answers, or protected",
    "reason": "protected, or empty",
    "band": "class of which all, or all but one, are; then no count or score is given",
    "attribute": "what people have in common: a column of the people file",
    "group": "what they have there",
    "item": "key of the question",
    "answer": "code of the answer or key of the option; na or -98: does not apply; blank or empty: not answered; -99: withheld",
    "label": "the answer in words",
    "place": "place in the ranking, for questions that ask for an order",
    "people": "number of people who answered so",
    "theme": "key of the theme",
    "from": "side that looks",
    "about": "side that is looked at",
    "kind": "means: own views compared; perception: their view of themselves minus the view of them; guess: the guess of their answer minus their answer",
    "gap": "difference of the means, in points of 100",
    "low": "lower end of the 95 % interval of the difference",
    "high": "upper end of the 95 % interval of the difference",
    "wasserstein": "distance of the two distributions",
    "noise": "distance that chance alone would give",
    "p": "how often chance gives such a difference",
    "q": "p, adjusted for all the differences printed",
    "cliff": "Cliff's delta, −1 to 1",
    "verdict": "what can be said with confidence",
    "with": "rest: everybody else of this round; round: the same department in that earlier round",
    "difference": "difference of the scores, in points",
    "text": "the comment, with what names somebody replaced; empty where HR has hidden it",
    "masked": "how many places of the comment were replaced",
    "hidden": "true where HR has hidden the comment",
    "table": "name of the file or sheet",
    "column": "name of the column, or key of what stands in it",
    "type": "string, integer, number or boolean; or what kind of key it is",
    "value": "a code that stands in the column",
    "text_en": "its meaning in English",
    "text_ms": "its meaning in Malay",
}


def meaning(column: str, language: Language) -> str:
    """What a column of any table holds, in words."""
    return language.text(MEANINGS[column])
