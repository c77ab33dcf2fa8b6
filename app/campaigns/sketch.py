"""A round as HR has planned it so far: what was chosen, step by step, before anything is frozen."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.campaigns import policy, timing
from app.campaigns.audience import Audience
from app.campaigns.choice import Choice
from app.campaigns.messages import Messages, Words
from app.campaigns.policy import Policy
from app.campaigns.rounds import RoundPlan
from app.campaigns.timing import Reminding
from app.kit.clock import now
from app.surveys import shelf
from app.surveys.definition import Survey
from app.surveys.frozen import thawed

WORDS = ("messages", "former_messages")
MOMENTS = ("opens_at", "closes_at")
# The steps a round is planned in, each with the fields that are chosen there.
STEPS: Mapping[str, tuple[str, ...]] = {
    "survey": ("survey", "name"),
    "people": ("departments", "side", "pairs", "merges"),
    "privacy": (
        "mode",
        "min_group",
        "min_comments",
        "keep_invitations",
        "keep_comments",
        "breakdowns",
        "row_export",
        "keep_rows",
    ),
    "message": ("message",),
    "dates": ("opens", "closes", "reminders", "mail_hours", "mail_days"),
}


@dataclass(frozen=True)
class Sketch:
    """What was chosen so far; the choices may not make a round yet."""

    survey: str
    closes_at: datetime
    min_group: int
    name: str = ""
    # The text of a survey that is on no shelf, such as that of a quick poll.
    survey_hash: str = ""
    departments: Sequence[str] = ()
    sides: Mapping[str, str] = field(default_factory=dict)
    pairs: Sequence[str] = ()
    merges: Sequence[str] = ()
    breakdowns: Sequence[str] = ()
    mode: str = policy.CONFIDENTIAL
    min_comments: int = policy.MIN_COMMENTS
    keep_invitations_days: int = policy.KEEP_INVITATIONS_DAYS
    keep_comments_months: int = policy.KEEP_COMMENTS_MONTHS
    keep_rows_months: int = policy.KEEP_ROWS_MONTHS
    row_export: bool = False
    messages: Messages = field(default_factory=dict)
    # The words before HR went back to the standard ones, so that it can be undone.
    former_messages: Messages = field(default_factory=dict)
    # None: at the launch.
    opens_at: datetime | None = None
    remind_half_way: bool = True
    remind_last_day: bool = True
    mail_hours: str = timing.USUAL_HOURS
    mail_days: str = timing.USUAL_DAYS
    auto_release: bool = False
    tell_people: bool = False

    @property
    def choice(self) -> Choice:
        return Choice(self.departments, self.sides, self.pairs, self.merges, self.breakdowns)

    @property
    def policy(self) -> Policy:
        """What would be promised, before it is known who is asked."""
        return Policy(
            survey_hash="",
            tree_hash="",
            mode=self.mode,
            min_group=self.min_group,
            min_comments=max(self.min_comments, self.min_group),
            breakdowns=tuple(self.breakdowns),
            row_export=self.row_export,
            keep_invitations_days=self.keep_invitations_days,
            keep_comments_months=self.keep_comments_months,
            keep_rows_months=self.keep_rows_months,
        )

    @property
    def document(self) -> str:
        """As it is stored."""
        words = {name: _listed(getattr(self, name)) for name in WORDS}
        moments = {
            name: at.isoformat() if (at := getattr(self, name)) else None for name in MOMENTS
        }
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        return json.dumps({**plain, **words, **moments}, ensure_ascii=False)

    def survey_of(self, session: Session) -> Survey:
        """The survey at its newest version. Raises UnknownSurvey."""
        if self.survey_hash:
            return thawed(session, self.survey_hash)
        return shelf.find(session, self.survey)

    def asking(self, survey: Survey) -> "Sketch":
        """The same about another survey: what only the one before had is left out."""
        sides = {side.key for side in survey.sides}
        return replace(
            self,
            survey=survey.key,
            survey_hash="",
            sides={key: path for key, path in self.sides.items() if key in sides},
            pairs=self.pairs if survey.needs_pairs else (),
            messages=_in_languages(self.messages, survey),
            former_messages={},
        )

    def reminding(self, zone: ZoneInfo) -> Reminding:
        """When it reminds. Raises TimingRefused."""
        wanted = {timing.HALF_WAY: self.remind_half_way, timing.LAST_DAY: self.remind_last_day}
        waves = ",".join(wave for wave, on in wanted.items() if on)
        return timing.parsed(zone, waves, self.mail_hours, self.mail_days)

    def planned(
        self,
        survey: Survey,
        people: Audience,
        reminding: Reminding | None,
        language: str,
        launch_key: str,
    ) -> RoundPlan:
        """The round, once its survey and its people are known."""
        return RoundPlan(
            survey=survey,
            name=self.name,
            audience=people,
            opens_at=self.opens_at or now(),
            closes_at=self.closes_at,
            mode=self.mode,
            min_group=self.min_group,
            keep_invitations_days=self.keep_invitations_days,
            keep_comments_months=self.keep_comments_months,
            keep_rows_months=self.keep_rows_months,
            min_comments=self.min_comments,
            row_export=self.row_export,
            language=language,
            auto_release=self.auto_release,
            tell_people=self.tell_people,
            reminding=reminding,
            messages=_in_languages(self.messages, survey),
            launch_key=launch_key,
        )


def read(document: str) -> Sketch:
    """The sketch that was stored."""
    known = {one.name for one in fields(Sketch)}
    given = {name: value for name, value in json.loads(document).items() if name in known}
    words = {name: _mapped(given[name]) for name in WORDS}
    moments = {name: datetime.fromisoformat(at) for name in MOMENTS if (at := given[name])}
    return Sketch(**{**given, **words, **moments})


def _listed(words: Messages) -> list[list[str]]:
    return [[kind, code, one.subject, one.body] for (kind, code), one in words.items()]


def _mapped(listed: Sequence[Sequence[str]]) -> Messages:
    return {(kind, code): Words(subject, body) for kind, code, subject, body in listed}


def _in_languages(words: Messages, survey: Survey) -> Messages:
    return {key: one for key, one in words.items() if key[1] in survey.languages}
