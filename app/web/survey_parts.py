"""The fields of the survey editor: one part of a draft from a form, and its problems by field."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from app.kit.language import Language
from app.surveys import editing
from app.surveys.definition import SIGNS, About, ItemType
from app.surveys.loading import TemplateProblem
from app.surveys.writing import Data
from app.web.forms import Fields
from app.web.survey_words import told

# As much as the checker would refuse anyway: it says more about it than a form could.
LONG = 5_000
SPARE = 3
MOST_ROWS = 50
CODES = re.compile(r"[0-9]{1,2}")
PLACE = re.compile(r"(scales\.(?P<scale>\w+)|(?P<part>\w+)\[(?P<place>\d+)\])\.?(?P<rest>.*)")


def read(fields: Fields, part: str, data: Data, place: int) -> Data:
    """What was typed for one part; right or wrong is for the checker."""
    before = editing.parts(data, part)[place]
    languages = data["languages"]
    found: Data = {"key": fields.text("key", LONG, required=False)}
    if part == "scales":
        return found | _scale(fields, languages, before)
    if part == "sides":
        return found | {"name": _texts(fields, "name", languages)}
    if part == "practices":
        return found | {"text": _texts(fields, "text", languages, lines=True)}
    if part == "themes":
        practices = [one["key"] for one in data.get("practices", ())]
        return found | {
            "name": _texts(fields, "name", languages),
            "signs": fields.many("signs", SIGNS),
            "practices": fields.many("practices", practices),
        }
    return found | _item(fields, data, place, before)


def read_top(fields: Fields, data: Data, offered: Sequence[str]) -> Data:
    """Title, introduction, languages, length and rule of the whole survey."""
    languages = fields.many("languages", offered) or data["languages"]
    rule = {"rule": fields.choice("rule", ("composite", "item", "none"))}
    top = {
        "languages": languages,
        "title": _texts(fields, "title", data["languages"]),
        "minutes": fields.integer("minutes", 1, 120),
        "classification": rule,
    }
    intro = _texts(fields, "intro", data["languages"], lines=True)
    item = fields.choice("rule_item", [one["key"] for one in data["items"]], required=False)
    if item and rule["rule"] == "item":
        rule["item"] = item
    if fields.checked("paged"):
        top["paged"] = True
    kept = {name: one for name, one in data.items() if name not in {"intro", "paged"}}
    return {**kept, **top, **({"intro": intro} if any(intro.values()) else {})}


def speak(data: Data, languages: Sequence[str]) -> None:
    """Give every text these languages: a new one empty, to be written."""

    def spoken(value: Any) -> Any:
        if isinstance(value, list):
            return [spoken(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {
            name: {code: one.get(code, _empty(one)) for code in languages}
            if name in {"title", "intro", "text", "help", "name", "labels"}
            and isinstance(one, dict)
            else spoken(one)
            for name, one in value.items()
        }

    data.update(spoken(data))


def errors_of(
    problems: Sequence[TemplateProblem], part: str, place: int, key: str, language: Language
) -> dict[str, str]:
    """The problems of one part by the fields of its page."""
    found: dict[str, str] = {}
    for problem in problems:
        at = where(problem)
        if at is not None and at[0] == part and at[1] in {place, key}:
            found.setdefault(_field(at[2], part), told(problem, language))
    return found


def top_errors(problems: Sequence[TemplateProblem], language: Language) -> dict[str, str]:
    """Those of the whole survey."""
    names = {"classification.item": "rule_item", "classification.rule": "rule"}
    return {
        names.get(one.field, one.field): told(one, language)
        for one in problems
        if where(one) is None
    }


def where(problem: TemplateProblem) -> tuple[str, int | str, str] | None:
    """The part a problem is in, its place (a scale's key), and the field within."""
    found = PLACE.match(problem.field)
    if found is None:
        return None
    if found["scale"]:
        return "scales", found["scale"], found["rest"]
    if found["part"] not in editing.PARTS:
        return None
    return found["part"], int(found["place"]) - 1, found["rest"]


def _field(rest: str, part: str) -> str:
    option = re.match(r"options\[(\d+)\]\.(?:text\.)?(.*)", rest)
    if option:
        return f"option-{int(option[1]) - 1}.{option[2]}"
    label = re.match(r"labels\.(\w+)", rest)
    if label:
        return f"label-0.{label[1]}"
    names = {"options": "option-0.key", "labels": "points", "": "key"}
    return names.get(rest, "show_if.in" if rest.startswith("show_if.in") else rest)


def _item(fields: Fields, data: Data, place: int, before: Data) -> Data:
    languages = data["languages"]
    keys = [one["key"] for one in data["items"]]
    found: Data = {"type": fields.choice("type", get_args(ItemType))}
    for name, offered in (
        ("scale", list(data["scales"])),
        ("theme", [one["key"] for one in data["themes"]]),
    ):
        if value := fields.choice(name, offered, required=False):
            found[name] = value
    # Typed in several lines, it is one sentence all the same.
    texts = _texts(fields, "text", languages, lines=True)
    found["text"] = {code: " ".join(words.split()) for code, words in texts.items()}
    help_ = _texts(fields, "help", languages, lines=True)
    if any(help_.values()):
        found["help"] = help_
    about = fields.choice("about", get_args(About))
    if about != "own":
        found["about"] = about
    if same := fields.choice("same_as", keys, required=False):
        found["same_as"] = same
    found |= {name: True for name in ("reversed", "required", "aside") if fields.checked(name)}
    asked = fields.choice("show_if.item", keys[:place], required=False)
    codes = fields.text("show_if.in", 200, required=False)
    if asked:
        found["show_if"] = {"item": asked, "in": [int(one) for one in CODES.findall(codes)]}
    if options := _options(fields, languages, before):
        found["options"] = options
    return found


def _options(fields: Fields, languages: Sequence[str], before: Data) -> list[Data]:
    rows = []
    for number in range(min(MOST_ROWS, len(before.get("options", ())) + SPARE)):
        key = fields.text(f"option-{number}.key", LONG, required=False)
        words = _texts(fields, f"option-{number}", languages)
        if any(words.values()):
            rows.append({"key": key, "text": words})
    taken = {row["key"] for row in rows}
    for number, row in enumerate(rows, start=1):
        if not row["key"]:
            free = (f"a{n}" for n in range(number, 1000) if f"a{n}" not in taken)
            row["key"] = next(free)
            taken.add(row["key"])
    return rows


def _scale(fields: Fields, languages: Sequence[str], before: Data) -> Data:
    points = fields.integer("points", 2, 11)
    labels: Mapping[str, Sequence[str]] = {
        code: [
            fields.text(f"label-{n}.{code}", LONG, required=False) for n in range(before["points"])
        ]
        for code in languages
    }
    return {
        "points": points,
        "not_applicable": fields.checked("not_applicable"),
        "max_detractor": fields.integer("max_detractor", 0, 10),
        "min_promoter": fields.integer("min_promoter", 0, 10),
        # Another number of points shows as many places for labels when the page comes again.
        "labels": {code: [*some, *[""] * points][:points] for code, some in labels.items()},
    }


def _texts(
    fields: Fields, name: str, languages: Sequence[str], *, lines: bool = False
) -> dict[str, str]:
    return {
        code: fields.text(f"{name}.{code}", LONG, required=False, lines=lines) for code in languages
    }


def _empty(words: Mapping[str, Any]) -> Any:
    """An empty text, or as many empty labels as another language has."""
    first = next(iter(words.values()), "")
    return [""] * len(first) if isinstance(first, list) else ""
