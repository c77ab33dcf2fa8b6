"""The respondent's form as a page: rendered once a round, side and language, then only cut."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlmodel import Session

from app.campaigns import policy, rounds
from app.campaigns.invitations import BallotPaper
from app.campaigns.policy import Policy
from app.kit.database import Database
from app.kit.kept import Kept as Memory
from app.kit.language import LANGUAGES, Language, closest
from app.surveys.answering import ItemError, ItemErrors
from app.surveys.coding import Layout
from app.surveys.definition import Survey
from app.surveys.paper import Question, paper
from app.web.compression import Framed
from app.web.look import Look
from app.web.pages import Pages
from app.web.posted import start_of

# Stands in the rendered page where each visitor's own submission key goes.
PLACE_OF_KEY = "0submission0key0stands0here0"
KEPT_ROUNDS = 200
KEPT_PAGES = 400


@dataclass(frozen=True)
class Opened:
    """What is the same for everybody who answers a round."""

    survey: Survey
    policy: Policy
    layout: Layout
    papers: Mapping[str | None, tuple[Question, ...]]


@dataclass(frozen=True)
class Kept:
    """What somebody typed that could not be stored, and why."""

    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    # What was found in comments, by field, and what the writer has been asked about.
    warnings: Mapping[str, str] = field(default_factory=dict)
    checked: str = ""
    # Fields of questions that earlier answers bring; None shows all of them, with a hint.
    brought: frozenset[str] | None = None
    # Those among them that the page sent had not shown.
    more: frozenset[str] = frozenset()
    # At the kiosk a receipt is shown only to who asked for it.
    wants_receipt: bool = False


class Questionnaires:
    """Forms of the open rounds; what is kept in memory is frozen, or has a new revision."""

    def __init__(self, database: Database, pages: Pages) -> None:
        self._pages = pages
        self._database = database
        self._rounds: Memory[tuple[str, int], Opened] = Memory(KEPT_ROUNDS)
        self._forms: Memory[FormKey, Framed] = Memory(KEPT_PAGES)

    def language(self, ballot: BallotPaper, *wanted: str) -> Language:
        """The first of these that both the survey and the pages have."""
        return _spoken(self.of(ballot), wanted)

    def of(self, ballot: BallotPaper) -> Opened:
        """The round of this paper as it reads now."""
        return self.opened(ballot.round_id, ballot.revision)

    def opened(self, round_id: str, revision: int) -> Opened:
        """The round as it reads since this revision."""
        return self._rounds.get((round_id, revision), lambda: (self._opened(round_id), 1))

    def form(self, ballot: BallotPaper, wanted: Sequence[str], query: str) -> Framed:
        """The empty form, open where the submission key goes."""
        kind, language = ballot_kind(ballot), self.language(ballot, *wanted)
        key = (kind, language, query, self._pages.look())
        return self._forms.get(key, lambda: (self._cut(kind, language, query), 1))

    def form_at_hand(self, ballot: BallotPaper, wanted: Sequence[str], query: str) -> Framed | None:
        """The same where nothing need be read or rendered for it."""
        opened = self._rounds.at_hand((ballot.round_id, ballot.revision))
        look = self._pages.look_at_hand()
        if opened is None or look is None:
            return None
        key = (ballot_kind(ballot), _spoken(opened, wanted), query, look)
        return self._forms.at_hand(key)

    def refused(
        self, ballot: BallotPaper, language: Language, query: str, kept: Kept, key: str
    ) -> bytes:
        """The form again with what was typed and what is wrong with it."""
        return self._render(ballot_kind(ballot), language, query, kept, key).encode()

    def replacing(
        self, ballot: BallotPaper, language: Language, query: str, kept: Kept, receipt: str
    ) -> bytes:
        """The form again for the answers that take the place of this receipt's."""
        kind = ballot_kind(ballot)
        page = self._render(
            kind, language, query, kept, "", "respond/replace.html", receipt=receipt
        )
        return page.encode()

    def _opened(self, round_id: str) -> Opened:
        with self._database.reading() as session:
            return _open(session, round_id)

    def _cut(self, ballot: BallotPaper, language: Language, query: str) -> Framed:
        page = self._render(ballot, language, query, Kept(brought=frozenset()), PLACE_OF_KEY)
        before, _, after = page.partition(PLACE_OF_KEY)
        return Framed(before.encode(), after.encode(), len(PLACE_OF_KEY))

    def _render(
        self,
        ballot: BallotPaper,
        language: Language,
        query: str,
        kept: Kept,
        key: str,
        template: str = "respond/form.html",
        **given: str,
    ) -> str:
        opened = self.of(ballot)
        return self._pages.render(
            template,
            language,
            query=query,
            start=start_of(query, ballot.round_id),
            survey=opened.survey,
            questions=opened.papers[ballot.side],
            sections=sections(opened.survey, opened.papers[ballot.side], language),
            statement=policy.statement(
                opened.policy, language, comments=has_comments(opened.survey)
            ),
            policy=opened.policy,
            closes_at=ballot.closes_at,
            submission_key=key,
            kept=kept,
            errors=kept.errors,
            **given,
        )


# A kind of paper, the language, the query that is kept, and how the installation looks.
FormKey = tuple[BallotPaper, Language, str, Look]


def _spoken(opened: Opened, wanted: Sequence[str]) -> Language:
    available = [code for code in LANGUAGES if code in opened.survey.languages]
    return Language(closest(wanted, available, available[0]))


@dataclass(frozen=True)
class Section:
    """Questions under one heading."""

    heading: str
    questions: tuple[tuple[int, Question], ...]


def sections(
    survey: Survey, questions: Sequence[Question], language: Language
) -> tuple[Section, ...]:
    """The questions in order, numbered, under the theme they belong to."""
    found: list[tuple[str, list[tuple[int, Question]]]] = []
    for number, question in enumerate(questions, start=1):
        heading = _heading(survey, question, language)
        if not found or found[-1][0] != heading:
            found.append((heading, []))
        found[-1][1].append((number, question))
    return tuple(Section(heading, tuple(numbered)) for heading, numbered in found)


def _heading(survey: Survey, question: Question, language: Language) -> str:
    """The theme; of several departments asked about in turn, whom the questions are about."""
    if question.counterpart is not None and len(survey.sides) > 2:
        name = question.counterpart.name.in_(language.code)
        return language.text("About %(department)s", department=name)
    theme = question.item.theme
    return survey.theme(theme).name.in_(language.code) if theme else ""


def has_comments(survey: Survey) -> bool:
    """Whether anything is answered in one's own words."""
    return any(item.type == "text" for item in survey.items)


def ballot_kind(ballot: BallotPaper) -> BallotPaper:
    """The paper without what differs between people who see the same form."""
    return replace(ballot, department_id="", language="", box="")


def new_submission_key() -> str:
    """A random key of one filled-in form: sent twice, it is still one submission."""
    return secrets.token_urlsafe(21)


def explained(wrong: ItemErrors, language: Language) -> dict[str, str]:
    """What is wrong with each field, in the reader's words."""
    errors = {error.field: _message(error, language) for error in wrong.errors}
    for name in wrong.duplicates:
        errors.setdefault(name, language.text("Choose one answer only."))
    return errors


def _message(error: ItemError, language: Language) -> str:
    text = language.text
    numbers = dict(error.parameters)
    messages = {
        "required": text("Answer this question."),
        "not_a_code": text("Choose one of the answers on the page."),
        "out_of_range": text("Choose one of the answers on the page."),
        "not_offered": text("“Does not apply” is not an answer to this question."),
        "several": text("Choose one answer only."),
        "ranked_twice": text("Give each option a place of its own."),
        "too_long": text("Shorten this to %(limit)s characters.", limit=numbers.get("limit", 0)),
        "control_character": text("This holds characters that cannot be stored. Remove them."),
        "not_text": text("This holds characters that cannot be stored. Remove them."),
    }
    return messages[error.kind]


def _open(session: Session, round_id: str) -> Opened:
    row = rounds.get(session, round_id)
    survey = rounds.survey_of(session, row)
    sides: list[str | None] = [None, *(side.key for side in survey.sides)]
    return Opened(
        survey=survey,
        policy=policy.frozen(session, round_id),
        layout=Layout.of(survey),
        papers={side: paper(survey, side) for side in sides},
    )
