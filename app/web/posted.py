"""What a respondent's form posted, read for showing it again."""

from collections.abc import Sequence

from starlette.requests import Request

from app.kit.language import LANGUAGES, Language
from app.surveys.answering import ItemErrors
from app.surveys.definition import Survey
from app.surveys.paper import PREFIX

LONGEST_WORDS = 5000

# Which of the questions that earlier answers bring were on the page when it was sent.
BROUGHT = "brought"
# Sent by what stores nothing: the form comes again as it was, in another language perhaps.
ONLY = "only"
# In the address of a form, and of its thank-you, that somebody came to by typing a code.
AT_KIOSK = "kiosk=1"

Pairs = Sequence[tuple[str, str]]


def unseen(brought: frozenset[str], pairs: Pairs) -> frozenset[str]:
    """The questions answers bring that the page did not show: without a script it cannot.

    A form that does not say what it showed was not made by our page, and is taken as it is.
    """
    said = [value.split() for name, value in pairs if name == BROUGHT]
    answered = {name for name, value in pairs if value}
    return brought - answered.union(*said) if said else frozenset()


def is_only_shown(pairs: Pairs) -> bool:
    """Whether the form was sent to be shown again, in another language or because Enter was pressed."""
    return any(name == ONLY for name, _ in pairs)


def answers_of(pairs: Pairs) -> dict[str, list[str]]:
    """Every value by its field."""
    kept: dict[str, list[str]] = {}
    for name, value in pairs:
        kept.setdefault(name, []).append(value)
    return kept


def words_of(pairs: Pairs, survey: Survey) -> tuple[str, ...]:
    """The words somebody wrote, to be shown when they came too late to be stored."""
    written = {PREFIX + item.key for item in survey.items if item.type == "text"}
    return tuple(
        value[:LONGEST_WORDS]
        for name, value in pairs
        if name.partition("--")[0] in written and value.strip()
    )


def notice_of(wrong: ItemErrors, language: Language) -> str:
    """What to say where the form is none of ours."""
    if wrong.unknown or wrong.duplicates:
        return language.text(
            "This form holds fields that do not belong to this survey, or some of them twice. "
            "Nothing was stored. Open your link again and send the form from there."
        )
    return ""


def language_query(request: Request) -> str:
    """Only the language matters to these pages; anything else would fill the cache."""
    lang = request.query_params.get("lang", "")
    return f"lang={lang}" if lang in LANGUAGES else ""


def form_query(request: Request) -> str:
    """The language, and whether the form was opened on a device that many people use."""
    kiosk = AT_KIOSK if request.query_params.get("kiosk") == "1" else ""
    return "&".join(filter(None, (language_query(request), kiosk)))


def start_of(query: str, round_id: str) -> str:
    """Where the next person begins; empty unless the form was opened at the kiosk."""
    kept = query.split("&")
    if AT_KIOSK not in kept:
        return ""
    kept.remove(AT_KIOSK)
    return f"/kiosk/{round_id}" + (f"?{kept[0]}" if kept else "")
