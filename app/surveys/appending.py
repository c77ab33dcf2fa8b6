"""The questions of one survey asked along with another's: each stands by itself and changes no score."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.surveys.definition import Survey
from app.surveys.writing import Data, as_data

TRUST = "survey_trust"


def has(data: Data, extra: str) -> bool:
    """Whether these questions are in the draft already."""
    return any(one["key"].startswith(f"{extra}_") for one in data["items"])


def append(data: Data, extra: Survey) -> None:
    """Add the questions at the end of a draft, under a heading and keys of their own."""
    languages = data["languages"]
    wanted = as_data(extra)
    scales = {key: _scale(data, extra.key, key, languages, wanted) for key in wanted["scales"]}
    data["themes"].append({"key": extra.key, "name": _spoken(wanted["title"], languages)})
    for item in wanted["items"]:
        added = item | {
            "key": f"{extra.key}_{item['key']}",
            "text": _spoken(item["text"], languages),
            "theme": extra.key,
            "aside": True,
        }
        if "scale" in item:
            added["scale"] = scales[item["scale"]]
        data["items"].append(added)


def _scale(data: Data, extra: str, key: str, languages: Sequence[str], wanted: Data) -> str:
    """The draft's scale that is the very same, or else this one brought along."""
    scale = dict(wanted["scales"][key])
    empty = [""] * scale["points"]
    scale["labels"] = {code: scale["labels"].get(code, empty) for code in languages}
    found = next((name for name, one in data["scales"].items() if one == scale), None)
    if found is None:
        found = f"{extra}_{key}"
        data["scales"][found] = scale
    return found


def _spoken(words: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    return {code: words.get(code, "") for code in languages}
