"""Rounds, their frozen policy and tree, and who was invited. A state change is a row of its own."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from app.kit.clock import now


class SurveyRound(SQLModel, table=True):
    """One opening to closing; its id is the code every link of it begins with."""

    __tablename__ = "survey_round"

    id: str = Field(primary_key=True)
    name: str
    survey_key: str
    survey_version: int
    survey_hash: str = Field(foreign_key="frozen_survey.hash")
    policy_hash: str
    language: str
    # Made with the form it was planned on: sent twice, it is still one round.
    launch_key: str = Field(unique=True)
    # Which server key derived the links of this round.
    server_key: str
    auto_release: bool = False
    # Everybody asked is mailed the public summary at the release.
    tell_people: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    created_at: datetime = Field(default_factory=now)
    created_by: str
    opens_at: datetime
    closes_at: datetime
    # How often what the form shows has changed since launch: pages kept in memory go by it.
    revision: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    # When its answers and the fingerprints of its links were destroyed.
    links_gone_at: datetime | None = None


class RoundPolicy(SQLModel, table=True):
    """The frozen privacy policy, as the text its hash is taken of."""

    __tablename__ = "round_policy"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    document: str


class RoundDepartment(SQLModel, table=True):
    """One node of the tree as it was at opening; people may be placed in any node."""

    __tablename__ = "round_department"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    id: str = Field(primary_key=True)
    parent_id: str | None = None
    name: str
    path: str
    position: int
    side: str | None = None
    # People invited who are placed directly here, not below.
    invited: int = 0
    # Of these, who has an address of their own: the others cannot answer, so they hide nobody.
    reachable: int = 0


class RoundCell(SQLModel, table=True):
    """A box of a breakdown: people of one department who have the same values, ten or more."""

    __tablename__ = "round_cell"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    id: str = Field(primary_key=True)
    department_id: str
    # A JSON list, in the order of the policy's breakdowns.
    cell_values: str
    invited: int
    reachable: int


class Invitation(SQLModel, table=True):
    """One employee asked in one round. Only the link's fingerprint is stored, until release.

    In anonymous mode not even that: those are `AnonymousLink`s, which belong to nobody.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("round_id", "employee_id"),
        UniqueConstraint("round_id", "token_hash"),
        {"sqlite_with_rowid": False},
    )

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    id: str = Field(primary_key=True)
    employee_id: str = Field(foreign_key="employee.id")
    department_id: str
    language: str
    token_hash: bytes | None = None
    # Asked for no further mail of this round.
    stopped: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    # The box of a breakdown that the ballot goes to; without one it is the department's.
    cell_id: str | None = None


class AnonymousLink(SQLModel, table=True):
    """The fingerprint of a link somebody of a department was given; who that is, nobody keeps.

    On SQLite without the hidden row number: nothing here has an order.
    """

    __tablename__ = "anonymous_link"
    __table_args__ = (
        Index("ix_anonymous_link_department", "round_id", "department_id"),
        {"sqlite_with_rowid": False},
    )

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    token_hash: bytes = Field(primary_key=True)
    department_id: str
    cell_id: str | None = None


class RoundClosing(SQLModel, table=True):
    """Somebody closed the round before its date."""

    __tablename__ = "round_closing"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    at: datetime
    by: str


class RoundExtension(SQLModel, table=True):
    """The closing date was moved to a later one."""

    __tablename__ = "round_extension"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    at: datetime = Field(primary_key=True)
    by: str
    from_date: datetime
    to_date: datetime


class RoundVoid(SQLModel, table=True):
    """The round was voided: its answers were destroyed uncounted."""

    __tablename__ = "round_void"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    at: datetime
    by: str


class RoundMinimum(SQLModel, table=True):
    """The smallest group as launched, and each time it was raised; the policy stays as launched."""

    __tablename__ = "round_minimum"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    min_group: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime
    by: str


class RoundWording(SQLModel, table=True):
    """A slip in a text was mended after launch; both texts are kept."""

    __tablename__ = "round_wording"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    place: str = Field(primary_key=True)
    language: str = Field(primary_key=True)
    at: datetime = Field(primary_key=True)
    by: str
    was: str
    words: str


class RoundAddition(SQLModel, table=True):
    """People of the people file who were invited after launch, by department."""

    __tablename__ = "round_addition"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    department_id: str = Field(primary_key=True)
    at: datetime = Field(primary_key=True)
    by: str
    people: int


class RoundReminding(SQLModel, table=True):
    """Which reminders a round sends by itself, and at which hours its mails may go out."""

    __tablename__ = "round_reminding"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    half_way: bool
    last_day: bool
    earliest: str
    latest: str
    # Days of the week as digits, Monday being 1.
    weekdays: str
    zone: str


class RoundMessage(SQLModel, table=True):
    """What the invitation or the reminder of a round says in one language, as launched."""

    __tablename__ = "round_message"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    kind: str = Field(primary_key=True)
    language: str = Field(primary_key=True)
    subject: str
    body: str


class RoundPurge(SQLModel, table=True):
    """Something of the round was deleted because its time to be kept had ended."""

    __tablename__ = "round_purge"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    what: str = Field(primary_key=True)
    at: datetime


class MailSuppression(SQLModel, table=True):
    """An address no mail goes to, in lower case, and why."""

    __tablename__ = "mail_suppression"

    address: str = Field(primary_key=True)
    reason: str
    said: str | None = None
    at: datetime = Field(default_factory=now)


class Series(SQLModel, table=True):
    """Rounds of one survey that open by themselves, and what each of them is opened with."""

    __tablename__ = "series"

    id: str = Field(primary_key=True)
    name: str
    survey_key: str
    # JSON: a list of paths, and paths by the key of a side.
    departments: str = "[]"
    sides: str = "{}"
    mode: str
    min_group: int
    auto_release: bool = True
    language: str
    rhythm: str
    open_days: int
    first_on: date
    local_time: str
    zone: str
    late: str
    # Per cent of the people drawn each time, and for how many weeks nobody is drawn again.
    share: int = Field(default=100, sa_column_kwargs={"server_default": "100"})
    rest_weeks: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    next_due_at: datetime
    paused: bool = False
    created_at: datetime = Field(default_factory=now)
    created_by: str


class SeriesRun(SQLModel, table=True):
    """What became of one occurrence: the key is what keeps it from happening twice."""

    __tablename__ = "series_run"

    series_id: str = Field(primary_key=True, foreign_key="series.id")
    occurrence_at: datetime = Field(primary_key=True)
    at: datetime = Field(default_factory=now)
    outcome: str
    round_id: str | None = Field(default=None, foreign_key="survey_round.id")
    # Why no round could be opened.
    problem: str | None = None


class SeriesAsked(SQLModel, table=True):
    """When a series that draws a share of people asked one of them last."""

    __tablename__ = "series_asked"

    series_id: str = Field(primary_key=True, foreign_key="series.id")
    employee_id: str = Field(primary_key=True, index=True)
    asked_on: date
