"""What every file says of itself: which round, what was promised, how it was worked out, what is left out."""

from datetime import date

from app.kit.language import Language
from app.results import wording
from app.results.export.extract import Extract

Fact = tuple[str, str]


def facts(extract: Extract) -> list[Fact]:
    """Names and values for an "about" sheet or slide."""
    told = [*_occasion(extract), *_promise(extract), *_method(extract), *_left_out(extract)]
    return [(fact, value) for fact, value in told if value]


def left_out(extract: Extract) -> list[str]:
    """What is not in the file, by number only."""
    reader = extract.language
    told = {
        reader.plural(
            "%(n)s group with too few answers, or protected",
            "%(n)s groups with too few answers, or protected",
            extract.protected,
        ): extract.protected,
        reader.plural(
            "%(n)s figure of a theme or question with too few answers, or protected",
            "%(n)s figures of themes or questions with too few answers, or protected",
            extract.withheld,
        ): extract.withheld,
        reader.plural(
            "the words of %(n)s comment that HR has hidden",
            "the words of %(n)s comments that HR has hidden",
            extract.hidden_comments,
        ): extract.hidden_comments,
    }
    return [words for words, n in told.items() if n] or [reader.text("nothing")]


def _occasion(extract: Extract) -> list[Fact]:
    text = extract.language.text
    occasion = extract.release["round"]
    return [
        (text("Organisation"), extract.organisation),
        (text("Round"), occasion["name"]),
        (text("Survey"), extract.survey.title.in_(extract.language.code)),
        (text("Opened"), day(occasion["opened_on"], extract.language)),
        (text("Closed"), day(occasion["closed_on"], extract.language)),
    ]


def day(iso: str | None, language: Language) -> str:
    """A day of the release as its reader writes it."""
    return language.day(date.fromisoformat(iso)) if iso else ""


def _promise(extract: Extract) -> list[Fact]:
    text = extract.language.text
    policy = extract.release["policy"]
    return [
        (text("Privacy mode"), _mode(policy["mode"], extract.language)),
        (text("Smallest group shown"), str(policy["min_group"])),
        (text("Comments from"), str(policy["min_comments"])),
        (text("Fingerprint of the privacy promise"), policy["hash"] or ""),
    ]


def _mode(mode: str | None, language: Language) -> str:
    names = {"confidential": language.text("confidential"), "anonymous": language.text("anonymous")}
    return names.get(mode or "", "")


def _method(extract: Extract) -> list[Fact]:
    text = extract.language.text
    method = extract.release["method"]
    return [
        (text("Method"), wording.method_label(extract.release, extract.language)),
        (text("Fingerprint of the method"), method["hash"]),
        (text("Intervals"), text("95 %, about the people asked in this round")),
    ]


def _left_out(extract: Extract) -> list[Fact]:
    return [(extract.language.text("Left out"), "; ".join(left_out(extract)))]
