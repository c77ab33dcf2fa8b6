"""What is stored of answers: sealed trays and blocks, and which links are spent. Never a row each.

No table here has a time, an order or a person. On SQLite none has the hidden row number either,
which would be the order of arrival.
"""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

WITHOUT_ROWID = {"sqlite_with_rowid": False}


class BallotKey(SQLModel, table=True):
    """A round's key, wrapped by the server's key; gone once the round is released."""

    __tablename__ = "ballot_key"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    server_key: str
    sealed: bytes


class Box(SQLModel, table=True):
    """Where the ballots of a leaf department, or of a random part of a large one, wait."""

    __tablename__ = "ballot_box"
    __table_args__ = (
        Index("ix_ballot_box_department", "round_id", "department_id", "number", unique=True),
        WITHOUT_ROWID,
    )

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    id: str = Field(primary_key=True)
    department_id: str
    # Which of its department's boxes it is, from 0, and how many there are: one is drawn by number.
    number: int = 0
    boxes: int = 1
    # Ballots taken out again by their receipts; the links that cast them stay spent.
    withdrawn: int = 0


class Tray(SQLModel, table=True):
    """A box's open sealed row; `stream` is empty for ballots, an item's key for its comments.

    A box's row of ballots also says how many it was given: to count the spent links for it would
    take the longer, the more have answered. Null where another version made the row.
    """

    __tablename__ = "ballot_tray"
    __table_args__ = (WITHOUT_ROWID,)

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    box_id: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    sealed: bytes
    given: int | None = None


class Block(SQLModel, table=True):
    """A full tray, sealed; its random id says nothing about when."""

    __tablename__ = "ballot_block"
    __table_args__ = (WITHOUT_ROWID,)

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    box_id: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    sealed: bytes


class Spent(SQLModel, table=True):
    """A link that has been used, and the box its ballot went to; no time."""

    __tablename__ = "spent"
    __table_args__ = (WITHOUT_ROWID,)

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    token_hash: bytes = Field(primary_key=True)
    box_id: str


class KeptBallots(SQLModel, table=True):
    """What a released round keeps for its files of rows: one sealed set, and a key of its own."""

    __tablename__ = "kept_ballots"
    __table_args__ = (WITHOUT_ROWID,)

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    server_key: str
    # The set's key, wrapped by the server's.
    wrapped: bytes
    sealed: bytes
