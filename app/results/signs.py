"""The signs of misalignment in words: as a sign, and seen from the good side where it is absent."""

from app.kit.language import Language
from app.results.diagnosis import State
from app.surveys.definition import SIGNS

NAMES = {
    "inconsistent_messages": "Customers hear different messages",
    "leads_dropped": "Leads are dropped or not followed up",
    "different_metrics": "Different figures and conflicting priorities",
    "little_communication": "The sides hear little from each other",
    "customer_complaints": "Customers complain",
}
GOOD_SIDES = {
    "inconsistent_messages": "Customers hear one message",
    "leads_dropped": "Leads are handed over smoothly",
    "different_metrics": "Success is measured with the same figures",
    "little_communication": "The sides work and talk together regularly",
    "customer_complaints": "The customer's path is smooth",
}
STATES = {
    "present": "present",
    "possible": "possible",
    "absent": "absent",
    "unknown": "not known",
}


def name(sign: str, language: Language) -> str:
    """The sign in a few words."""
    return language.text(NAMES[sign])


def title(sign: str, state: State, language: Language) -> str:
    """How a page names it: by its good side where it is absent."""
    return language.text(GOOD_SIDES[sign]) if state == "absent" else name(sign, language)


def state_word(state: State, language: Language) -> str:
    """The state in one word."""
    return language.text(STATES[state])


def choices(language: Language) -> list[tuple[str, str]]:
    """Every sign with its words, for a menu."""
    return [(sign, name(sign, language)) for sign in SIGNS]
