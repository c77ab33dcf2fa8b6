"""A survey back to the tables of its template, and those to TOML: what the editor changes and exports."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from app.surveys.definition import Item, Survey
from app.surveys.text import Text

Data = dict[str, Any]


def as_data(survey: Survey) -> Data:
    """The tables `read_data` makes this survey from."""
    data: Data = {
        "key": survey.key,
        "version": survey.version,
        "languages": list(survey.languages),
        "title": _words(survey.title),
        "minutes": survey.minutes,
    }
    if survey.paged:
        data["paged"] = True
    if survey.intro:
        data["intro"] = _words(survey.intro)
    data["scales"] = {
        scale.key: {
            "points": scale.points,
            "not_applicable": scale.not_applicable,
            "max_detractor": scale.max_detractor,
            "min_promoter": scale.min_promoter,
            "labels": {
                language: [label.in_(language) for label in scale.labels]
                for language in survey.languages
            },
        }
        for scale in survey.scales
    }
    data["sides"] = [{"key": one.key, "name": _words(one.name)} for one in survey.sides]
    data["themes"] = [
        {
            "key": one.key,
            "name": _words(one.name),
            "signs": list(one.signs),
            "practices": list(one.practices),
        }
        for one in survey.themes
    ]
    data["items"] = [_item(item) for item in survey.items]
    data["classification"] = {"rule": survey.classification.rule}
    if survey.classification.item:
        data["classification"]["item"] = survey.classification.item
    data["practices"] = [{"key": one.key, "text": _words(one.text)} for one in survey.practices]
    return data


def to_toml(data: Mapping[str, Any]) -> str:
    """The tables as the text of a template file."""
    return "\n".join(_lines(data)).strip() + "\n"


def _item(item: Item) -> Data:
    data: Data = {"key": item.key, "type": item.type}
    for name in ("scale", "theme"):
        if value := getattr(item, name):
            data[name] = value
    data["text"] = _words(item.text)
    if item.help:
        data["help"] = _words(item.help)
    if item.about != "own":
        data["about"] = item.about
    if item.same_as:
        data["same_as"] = item.same_as
    data |= {name: True for name in ("reversed", "required", "aside") if getattr(item, name)}
    if item.show_if:
        data["show_if"] = {"item": item.show_if.item, "in": list(item.show_if.codes)}
    if item.options:
        data["options"] = [{"key": one.key, "text": _words(one.text)} for one in item.options]
    return data


def _words(text: Text) -> dict[str, str]:
    return dict(text.entries)


def _lines(data: Mapping[str, Any]) -> Iterator[str]:
    listed = ("sides", "themes", "items", "practices")
    apart = {*listed, "scales", "classification"}
    yield from _fields({name: value for name, value in data.items() if name not in apart})
    for key, scale in data.get("scales", {}).items():
        yield f"\n[scales.{key}]"
        yield from _fields(scale)
    for name in listed:
        for row in data.get(name, ()):
            yield f"\n[[{name}]]"
            yield from _fields(row)
    if data.get("classification"):
        yield "\n[classification]"
        yield from _fields(data["classification"])


def _fields(table: Mapping[str, Any]) -> Iterator[str]:
    for name, value in table.items():
        if name in {"title", "intro", "name", "text", "help", "labels"}:
            yield from (f"{name}.{language} = {_value(one)}" for language, one in value.items())
        elif value not in ([], {}):
            yield f"{name} = {_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_pairs(value)) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    # JSON's strings, numbers and truth are TOML's.
    return json.dumps(value, ensure_ascii=False)


def _pairs(table: Mapping[str, Any]) -> Iterator[str]:
    for name, value in table.items():
        if name == "text":
            yield from (f"text.{language} = {_value(one)}" for language, one in value.items())
        else:
            yield f"{name} = {_value(value)}"
