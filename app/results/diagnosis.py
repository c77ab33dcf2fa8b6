"""The signs of misalignment in a group: present, possible, absent or unknown, with the evidence.

Worked out from what the release prints of the group, so that it tells nothing more: a hidden theme
says nothing, a hidden group has no signs. The rule is written down in docs/scoring.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from app.surveys.definition import SIGNS, Survey, Theme

State = Literal["present", "possible", "absent", "unknown"]
# What one figure says of a sign: clearly for it, clearly against it, neither, or nothing at all.
Voice = Literal["for", "against", "open", "none"]

STATES: tuple[State, ...] = ("present", "possible", "absent", "unknown")
# Whom it concerns is not asked: answers of staff can point to it and no more.
ASKED_OF_STAFF_ONLY = frozenset({"customer_complaints"})
BANDS: Mapping[str, Voice] = {"promoters": "against", "passives": "open", "detractors": "for"}

Json = Mapping[str, Any]


def diagnosis(survey: Survey, groups: Iterable[Json]) -> list[dict[str, Any]]:
    """Every sign the survey asks about, for each printed group, those of one group together."""
    return [
        _sign(survey, group, sign)
        for group in groups
        if group["disclosed"] and group["themes"]
        for sign in signs_of(survey)
    ]


def signs_of(survey: Survey) -> tuple[str, ...]:
    """The signs that a theme of the survey points to, in their usual order."""
    named = {sign for theme in survey.themes for sign in theme.signs}
    return tuple(sign for sign in SIGNS if sign in named)


def voice(measures: Json) -> Voice:
    """What a theme or an item says: the interval of its score, and where it lies beside 0."""
    if not measures["disclosed"]:
        return "none"
    if measures.get("band"):
        return BANDS[measures["band"]]
    if measures.get("score_low") is None:
        return "none"
    if measures["score_high"] < 0:
        return "for"
    return "against" if measures["score_low"] > 0 else "open"


def state(sign: str, themes: Sequence[Voice], items: Sequence[Voice]) -> State:
    """The rule: what the themes of a sign, and the statements in them, say together."""
    if all(one == "none" for one in themes):
        return "unknown"
    if "for" in themes and "against" not in themes:
        return "possible" if sign in ASKED_OF_STAFF_ONLY else "present"
    if "for" in themes or "open" in themes or "for" in items:
        return "possible"
    return "unknown" if "none" in themes else "absent"


def with_indicators(sign: str, found: State, said: Iterable[str]) -> State:
    """The state once the indicators tied to the sign are heard: missed ones can only raise it."""
    if "missed" not in said:
        return found
    if found in ("absent", "unknown"):
        return "possible"
    if found == "possible" and sign in ASKED_OF_STAFF_ONLY:
        return "present"
    return found


def practices_of(survey: Survey, sign: str) -> list[str]:
    """Everything the playbook has for a sign."""
    pointing = [theme for theme in survey.themes if sign in theme.signs]
    return list(dict.fromkeys(one for theme in pointing for one in theme.practices))


def _sign(survey: Survey, group: Json, sign: str) -> dict[str, Any]:
    pointing = [theme for theme in survey.themes if sign in theme.signs]
    themes = {theme.key: _voice_of(group["themes"], theme.key) for theme in pointing}
    items = {
        item.key: _voice_of(group["items"], item.key)
        for theme in pointing
        for item in survey.items_of(theme.key)
        if item.rated and item.about == "own"
    }
    found = state(sign, tuple(themes.values()), tuple(items.values()))
    return {
        "sign": sign,
        "department": group["department"],
        "state": found,
        "evidence": _evidence(themes, items),
        "practices": _practices(pointing, themes) if found in ("present", "possible") else [],
    }


def _voice_of(measured: Iterable[Json], key: str) -> Voice:
    return next((voice(one) for one in measured if one["key"] == key), "none")


def _evidence(themes: Mapping[str, Voice], items: Mapping[str, Voice]) -> list[str]:
    """The themes that say anything, and the statements that are clearly for the sign."""
    told = [f"theme:{key}" for key, said in themes.items() if said != "none"]
    return told + [f"item:{key}" for key, said in items.items() if said == "for"]


def _practices(pointing: Sequence[Theme], themes: Mapping[str, Voice]) -> list[str]:
    """What to do: of the clearly weak themes first, then of the others that are not clearly good."""
    ranked = sorted(pointing, key=lambda theme: themes[theme.key] != "for")
    weak = [theme for theme in ranked if themes[theme.key] in ("for", "open")]
    return list(dict.fromkeys(one for theme in weak or ranked for one in theme.practices))
