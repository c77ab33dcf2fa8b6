"""Rounds that are being planned: kept step by step, by everybody of HR, until one is launched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlmodel import Field, Session, SQLModel, col, select

from app.audit import log
from app.campaigns import approving, choice, messages, opening, sketch
from app.campaigns.rounds import RoundPlan, RoundRefused
from app.campaigns.sketch import STEPS, Sketch
from app.kit.clock import now
from app.kit.language import Refusal
from app.kit.tokens import random_code
from app.surveys.library import UnknownSurvey

# How long a draft that was thrown away can still be brought back.
BIN = timedelta(days=7)


class RoundDraft(SQLModel, table=True):
    """A round that is being planned, or the plan of one that was launched."""

    __tablename__ = "round_draft"

    id: str = Field(default_factory=random_code, primary_key=True)
    document: str
    # How often it was changed: who saves says which one they had before them.
    edition: int = 1
    at: datetime = Field(default_factory=now)
    by: str
    removed_at: datetime | None = None
    round_id: str | None = Field(default=None, foreign_key="survey_round.id", unique=True)

    @property
    def sketch(self) -> Sketch:
        return sketch.read(self.document)

    @property
    def launch_key(self) -> str:
        """The same however often its button is pressed."""
        return f"draft {self.id} {self.edition}"


class UnknownDraft(Exception):
    """There is no such draft, or it has been launched or thrown away."""


class ChangedMeanwhile(Exception):
    """Somebody else saved the draft after it was read; `by` and `at` are in the row."""

    def __init__(self, row: RoundDraft) -> None:
        super().__init__(row.id)
        self.row = row


@dataclass(frozen=True)
class Place:
    """Where an installation is: what a plan needs of its settings."""

    zone: ZoneInfo
    language: str
    smallest_group: int


@dataclass(frozen=True)
class Problem:
    """Why a draft makes no round yet: the step to go to, the field there, and the sentence."""

    step: str
    field: str
    refusal: Refusal


def add(session: Session, given: Sketch, actor: str) -> RoundDraft:
    """Begin a draft."""
    row = RoundDraft(document=given.document, by=actor)
    session.add(row)
    session.flush()
    log.record(session, actor, "round.drafted", row.id, survey=given.survey)
    return row


def save(session: Session, row: RoundDraft, edition: int, given: Sketch, actor: str) -> None:
    """Keep what was chosen; asked approval is for what was there before, so it is withdrawn.

    Raises ChangedMeanwhile where `edition` is not the one that is stored.
    """
    if row.edition != edition:
        raise ChangedMeanwhile(row)
    if given.document == row.document:
        return
    approving.withdraw(session, row.id, actor)
    row.document, row.edition = given.document, row.edition + 1
    row.at, row.by = now(), actor
    session.add(row)
    session.flush()
    log.record(session, actor, "round.draft_changed", row.id, edition=row.edition)


def get(session: Session, draft_id: str) -> RoundDraft:
    """A draft that can be worked on; raises UnknownDraft."""
    row = session.get(RoundDraft, draft_id)
    if row is None or row.removed_at is not None or row.round_id is not None:
        raise UnknownDraft(draft_id)
    return row


def locked(session: Session, draft_id: str) -> RoundDraft:
    """The same, held until the transaction ends."""
    statement = select(RoundDraft).where(RoundDraft.id == draft_id).with_for_update()
    if session.exec(statement).one_or_none() is None:
        raise UnknownDraft(draft_id)
    return get(session, draft_id)


def listed(session: Session) -> Sequence[RoundDraft]:
    """Those that can be worked on, the one changed last first."""
    return session.exec(
        select(RoundDraft)
        .where(col(RoundDraft.removed_at).is_(None), col(RoundDraft.round_id).is_(None))
        .order_by(col(RoundDraft.at).desc(), col(RoundDraft.id))
    ).all()


def of_round(session: Session, round_id: str) -> RoundDraft | None:
    """The draft a round was launched from; None of one that came another way."""
    return session.exec(select(RoundDraft).where(RoundDraft.round_id == round_id)).one_or_none()


def launched(session: Session, draft_id: str) -> str | None:
    """The round that a draft has become, if it has."""
    row = session.get(RoundDraft, draft_id)
    return row.round_id if row else None


def remove(session: Session, draft_id: str, actor: str) -> None:
    """Throw a draft away; it can be brought back for a while."""
    row = locked(session, draft_id)
    approving.withdraw(session, row.id, actor)
    row.removed_at = now()
    session.add(row)
    _empty_bin(session)
    log.record(session, actor, "round.draft_removed", draft_id)


def is_removed(session: Session, draft_id: str) -> bool:
    """Whether it can be brought back."""
    row = session.get(RoundDraft, draft_id)
    return row is not None and row.removed_at is not None


def restore(session: Session, draft_id: str, actor: str) -> None:
    """Bring it back."""
    row = session.get(RoundDraft, draft_id)
    if row is None or row.removed_at is None:
        raise UnknownDraft(draft_id)
    row.removed_at = None
    session.add(row)
    log.record(session, actor, "round.draft_restored", draft_id)


def reopen(session: Session, round_id: str, actor: str) -> RoundDraft | None:
    """Make the plan of a round that was called off a draft again, where it came from one."""
    row = of_round(session, round_id)
    if row is not None:
        # Another edition: what was launched before is not launched already.
        row.round_id, row.edition = None, row.edition + 1
        row.at, row.by = now(), actor
        session.add(row)
    return row


def plan(session: Session, row: RoundDraft, place: Place) -> RoundPlan:
    """The round it makes now. Raises a Refusal, or UnknownSurvey."""
    given = row.sketch
    today = now().astimezone(place.zone).date()
    survey, people = choice.made(session, given.survey_of(session), given.choice, today)
    made = given.planned(
        survey, people, given.reminding(place.zone), place.language, row.launch_key
    )
    if given.opens_at is not None and given.opens_at <= now():
        raise RoundRefused(
            "choose an opening in the future, or let it open when it is launched", field="opens"
        )
    opening.check(made, place.smallest_group)
    return made


def problems(session: Session, row: RoundDraft, place: Place) -> list[Problem]:
    """Why it makes no round yet: of each step the first reason."""
    given = row.sketch
    found: dict[str, Problem] = {}
    try:
        survey = given.survey_of(session)
    except UnknownSurvey:
        gone = RoundRefused("this survey is not there any more: choose another", field="survey")
        return [_problem(gone)]
    for act in (
        partial(_check_name, given),
        partial(messages.check, survey, given.messages),
        partial(given.reminding, place.zone),
        partial(plan, session, row, place),
    ):
        try:
            act()
        except Refusal as refusal:
            one = _problem(refusal)
            found.setdefault(one.step, one)
    return [found[step] for step in STEPS if step in found]


def _problem(refusal: Refusal) -> Problem:
    side, field = refusal.values.get("side"), str(refusal.values.get("field", "departments"))
    if side is not None:
        field = f"side-{side}"
    step = next(
        (
            step
            for step, names in STEPS.items()
            if field in names or field.partition("-")[0] in names
        ),
        "people",
    )
    return Problem(step, field, refusal)


def _check_name(given: Sketch) -> None:
    if not given.name.strip():
        raise RoundRefused("give the round a name of at most 120 characters", field="name")


def _empty_bin(session: Session) -> None:
    session.connection().execute(
        delete(RoundDraft).where(
            col(RoundDraft.removed_at) < now() - BIN, col(RoundDraft.round_id).is_(None)
        )
    )
