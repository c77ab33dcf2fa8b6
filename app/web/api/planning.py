"""A round as a program plans it."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field
from sqlmodel import Session

from app.campaigns import choice, policy, timing
from app.campaigns.audience import AudienceRefused
from app.campaigns.choice import Choice
from app.campaigns.rounds import RoundPlan
from app.campaigns.timing import TimingRefused
from app.kit.clock import now
from app.kit.settings import Settings
from app.surveys import shelf
from app.surveys.library import UnknownSurvey
from app.web.api.problems import Refused
from app.web.api.values import Body, Code, Moment, Text

DEFAULT_LENGTH = timedelta(days=14)


class NewRound(Body):
    """A round to launch; with `preview` nothing is changed."""

    survey: Code
    name: Annotated[Text, Field(max_length=120)]
    departments: Annotated[list[Text], Field(default_factory=list, max_length=1000)]
    sides: Annotated[dict[Code, Text], Field(default_factory=dict, max_length=50)]
    mode: Text = policy.CONFIDENTIAL
    min_group: Annotated[int | None, Field(ge=1, le=1000)] = None
    min_comments: Annotated[int, Field(ge=1, le=1000)] = policy.MIN_COMMENTS
    pairs: Annotated[list[Text], Field(default_factory=list, max_length=100)]
    breakdowns: Annotated[list[Code], Field(default_factory=list, max_length=10)]
    row_export: bool = False
    keep_rows_months: Annotated[int, Field(ge=1, le=120)] = policy.KEEP_ROWS_MONTHS
    merge: Annotated[list[Text], Field(default_factory=list, max_length=100)]
    keep_invitations_days: Annotated[int, Field(ge=1, le=3650)] = policy.KEEP_INVITATIONS_DAYS
    keep_comments_months: Annotated[int, Field(ge=1, le=120)] = policy.KEEP_COMMENTS_MONTHS
    opens: Moment | None = None
    closes: Moment | None = None
    auto_release: bool = False
    tell_people: bool = False
    reminders: Annotated[list[Code], Field(default=list(timing.PLANNED), max_length=2)]
    mail_hours: Text = timing.USUAL_HOURS
    mail_days: Text = timing.USUAL_DAYS
    preview: bool = False


def plan(session: Session, settings: Settings, wanted: NewRound, today: date) -> RoundPlan:
    """The plan of what was asked for; what is wrong with it is named by its place."""
    chosen = Choice(wanted.departments, wanted.sides, wanted.pairs, wanted.merge, wanted.breakdowns)
    try:
        survey = shelf.find(session, wanted.survey)
        survey, people = choice.made(session, survey, chosen, today)
        reminding = timing.parsed(
            settings.zone, ",".join(wanted.reminders), wanted.mail_hours, wanted.mail_days
        )
    except UnknownSurvey as unknown:
        errors = [{"pointer": "/survey", "code": "unknown_survey"}]
        raise Refused(422, str(unknown), errors=errors) from None
    except AudienceRefused as refusal:
        errors = [{"pointer": "/departments", "code": "audience_refused"}]
        raise Refused(422, str(refusal), errors=errors) from None
    except TimingRefused as refusal:
        errors = [{"pointer": f"/{refusal.values['field']}", "code": "timing_refused"}]
        raise Refused(422, str(refusal), errors=errors) from None
    return RoundPlan(
        survey=survey,
        name=wanted.name,
        audience=people,
        opens_at=wanted.opens or now(),
        closes_at=wanted.closes or now() + DEFAULT_LENGTH,
        mode=wanted.mode,
        min_group=settings.min_group if wanted.min_group is None else wanted.min_group,
        keep_invitations_days=wanted.keep_invitations_days,
        keep_comments_months=wanted.keep_comments_months,
        keep_rows_months=wanted.keep_rows_months,
        row_export=wanted.row_export,
        min_comments=wanted.min_comments,
        language=settings.language,
        auto_release=wanted.auto_release,
        tell_people=wanted.tell_people,
        reminding=reminding,
    )
