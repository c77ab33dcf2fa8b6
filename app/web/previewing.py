"""The respondent's form as it will look, before there is a round; nothing of it can be sent."""

from dataclasses import dataclass
from datetime import datetime

from app.campaigns import policy
from app.campaigns.policy import Policy
from app.kit.language import Language
from app.surveys.definition import Survey
from app.surveys.pairing import paired
from app.surveys.paper import paper
from app.web.dependencies import Site
from app.web.questionnaire import Kept, has_comments, sections

# Somebody of no side is asked for their own view only.
NO_SIDE = "none"
PHONE, SCREEN = "phone", "screen"


@dataclass(frozen=True)
class Bar:
    """What stands above a preview of a survey of the library: the way back, and what is shown."""

    back: str
    side: str
    shown_as: str
    has_nobody: bool  # whether somebody of no side is asked anything
    draft: bool = False


def with_example_sides(survey: Survey, reader: Language) -> Survey:
    """The survey with two made-up departments, where a round would pair real ones."""
    if not survey.needs_pairs:
        return survey
    names = {key: reader.text("Department %(letter)s", letter=key.upper()) for key in ("a", "b")}
    return paired(survey, names, {"a": ("b",), "b": ("a",)})


def page(
    site: Site,
    survey: Survey,
    promised: Policy,
    language: Language,
    closes_at: datetime,
    bar: Bar | None = None,
) -> str:
    """The page; without a bar as a phone shows it."""
    side = bar.side if bar and bar.side != NO_SIDE else None
    questions = paper(survey, side)
    query = f"as={bar.shown_as}&side={bar.side}&mode={promised.mode}" if bar else ""
    query += "&draft=yes" if bar and bar.draft else ""
    return site.pages.render(
        "surveys/preview.html",
        language,
        banner=language.text("Preview: nothing is stored or sent. The closing date is an example."),
        query=query,
        survey=survey,
        questions=questions,
        sections=sections(survey, questions, language),
        statement=policy.statement(promised, language, comments=has_comments(survey)),
        policy=promised,
        closes_at=closes_at,
        submission_key="preview",
        kept=Kept(),
        bar=bar,
        side=bar.side if bar else NO_SIDE,
        no_side=NO_SIDE,
        shown_as=bar.shown_as if bar else PHONE,
    )
