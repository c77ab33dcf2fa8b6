"""The steps a round is planned in: what each form shows of a draft, and what it changes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.campaigns import breakdown, keeping, messages, policy, timing
from app.campaigns.drafts import Place
from app.campaigns.messages import KINDS, LONGEST_BODY, LONGEST_SUBJECT, Messages, Words
from app.campaigns.sketch import Sketch
from app.kit.clock import now
from app.kit.language import LANGUAGES, Language, language
from app.kit.settings import SMALLEST_GROUP, Settings
from app.people.tree import Tree
from app.surveys import shelf
from app.surveys.definition import Survey
from app.web.forms import Fields

DEFAULT_DAYS = 14
CLOSING_HOUR = 18
# Signs of all the lines that say what is reported together.
MOST_LINES = 10_000
# On which days people work, Monday being 1.
WEEKS = ("12345", "123456", "71234", "1234567")
PREFIX = "message-"
LONGEST_NAME = 120


@dataclass(frozen=True)
class Around:
    """What a form is read with."""

    session: Session
    survey: Survey
    zone: ZoneInfo


def place_of(settings: Settings) -> Place:
    return Place(settings.zone, settings.language, SMALLEST_GROUP)


def begun(survey: Survey, settings: Settings, reader: Language) -> Sketch:
    """A round as it would be if nothing were changed."""
    closes = (now() + timedelta(days=DEFAULT_DAYS)).astimezone(settings.zone)
    closes = closes.replace(hour=CLOSING_HOUR, minute=0, second=0, microsecond=0)
    return Sketch(
        survey=survey.key,
        closes_at=closes.astimezone(now().tzinfo),
        min_group=settings.min_group,
        name=reader.month(closes),
    )


def typed(given: Sketch, zone: ZoneInfo) -> dict[str, str]:
    """What the fields of all forms hold."""
    plain = {
        "survey": given.survey,
        "name": given.name,
        "pairs": "\n".join(given.pairs),
        "merges": "\n".join(given.merges),
        "mode": given.mode,
        "min_group": str(given.min_group),
        "min_comments": str(given.min_comments),
        "keep_invitations": str(given.keep_invitations_days),
        "keep_comments": str(given.keep_comments_months),
        "keep_rows": str(given.keep_rows_months),
        "opens": _local(given.opens_at, zone),
        "closes": _local(given.closes_at, zone),
        "mail_hours": given.mail_hours,
        "mail_days": given.mail_days,
    }
    ticked = {
        "row_export": given.row_export,
        "remind_half_way": given.remind_half_way,
        "remind_last_day": given.remind_last_day,
        "auto_release": given.auto_release,
        "tell_people": given.tell_people,
    }
    sides = {f"side-{key}": path for key, path in given.sides.items()}
    return plain | {name: "yes" for name, on in ticked.items() if on} | sides


def read(step: str, fields: Fields, given: Sketch, around: Around) -> Sketch:
    """The draft as a step changes it; what is wrong is in the fields."""
    return READERS[step](fields, given, around)


def message_fields(survey: Survey, given: Messages) -> list[tuple[str, str, str, str, str]]:
    """Each mail by kind and language: the name of its fields, its subject and its body."""
    return [
        (kind, language(code).name, f"{PREFIX}{kind}-{code}", words.subject, words.body)
        for (kind, code), words in messages.complete(survey, given).items()
    ]


def _survey(fields: Fields, given: Sketch, around: Around) -> Sketch:
    keys = {*shelf.keys(around.session), *((given.survey,) if given.survey_hash else ())}
    key = fields.choice("survey", keys)
    name = fields.text("name", LONGEST_NAME)
    changed = replace(given, name=name)
    if not key or key == given.survey:
        return changed
    return changed.asking(shelf.find(around.session, key))


def _people(fields: Fields, given: Sketch, around: Around) -> Sketch:
    paths = [node.path_text for node in Tree.read(around.session).nodes]
    named = {
        side.key: fields.choice(f"side-{side.key}", paths, required=False)
        for side in around.survey.sides
    }
    return replace(
        given,
        departments=tuple(fields.many("departments", paths)),
        sides={key: path for key, path in named.items() if path},
        pairs=_lines(fields, "pairs"),
        merges=_lines(fields, "merges"),
    )


def _privacy(fields: Fields, given: Sketch, _: Around) -> Sketch:
    return replace(
        given,
        mode=fields.choice("mode", policy.MODES) or given.mode,
        min_group=fields.integer("min_group", SMALLEST_GROUP, 1000),
        min_comments=fields.integer("min_comments", policy.FEWEST_COMMENTS, 1000),
        keep_invitations_days=fields.integer("keep_invitations", 1, keeping.LONGEST_DAYS),
        keep_comments_months=fields.integer("keep_comments", 1, keeping.LONGEST_MONTHS),
        keep_rows_months=fields.integer("keep_rows", 1, keeping.LONGEST_MONTHS),
        breakdowns=tuple(fields.many("breakdowns", breakdown.ATTRIBUTES)),
        row_export=fields.checked("row_export"),
    )


def _message(fields: Fields, given: Sketch, around: Around) -> Sketch:
    """An empty field is the standard text."""
    found: dict[tuple[str, str], Words] = {}
    for kind in KINDS:
        for code in LANGUAGES:
            name = f"{PREFIX}{kind}-{code}"
            subject = fields.text(f"{name}-subject", LONGEST_SUBJECT, required=False)
            body = fields.text(f"{name}-body", LONGEST_BODY, required=False, lines=True)
            if (subject or body) and code in around.survey.languages:
                usual = messages.standard(kind, language(code))
                words = Words(subject or usual.subject, body or usual.body)
                found |= {(kind, code): words} if words != usual else {}
    return replace(given, messages=found)


def _dates(fields: Fields, given: Sketch, around: Around) -> Sketch:
    later = fields.choice("when", ("now", "later"), required=False) == "later"
    opens_at = fields.moment("opens", around.zone, required=later)
    return replace(
        given,
        opens_at=opens_at if later else None,
        closes_at=fields.moment("closes", around.zone) or given.closes_at,
        remind_half_way=fields.checked("remind_half_way"),
        remind_last_day=fields.checked("remind_last_day"),
        mail_hours=fields.text("mail_hours", 20, required=False) or timing.USUAL_HOURS,
        mail_days=fields.choice("mail_days", WEEKS, required=False) or timing.USUAL_DAYS,
        auto_release=fields.checked("auto_release"),
        tell_people=fields.checked("tell_people"),
    )


READERS: Mapping[str, Callable[[Fields, Sketch, Around], Sketch]] = {
    "survey": _survey,
    "people": _people,
    "privacy": _privacy,
    "message": _message,
    "dates": _dates,
}


def _lines(fields: Fields, name: str) -> tuple[str, ...]:
    whole = fields.text(name, MOST_LINES, required=False, lines=True)
    return tuple(line.strip() for line in whole.splitlines() if line.strip())


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}" if moment else ""
