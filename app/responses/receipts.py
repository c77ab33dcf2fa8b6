"""What somebody may do with a receipt: see that the ballot is stored, replace it, withdraw it.

A receipt knows its round and its ballot; on this path there is no link, no invitation and no
person. Nothing here is written to the audit log: an entry would say when a ballot changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlmodel import Session

from app.campaigns import invitations, rounds
from app.campaigns.invitations import CODE_LENGTH, BallotPaper
from app.campaigns.models import RoundCell, RoundDepartment
from app.campaigns.rounds import Phase, UnknownRound
from app.kit.database import Database, is_unavailable
from app.kit.seal import Keyring
from app.kit.tokens import READABLE
from app.kit.writer import Batch, NotSaved, Writer
from app.responses import recall
from app.responses.recall import Change
from app.responses.trays import RECEIPT_LENGTH, RoundGone

LENGTH = CODE_LENGTH + RECEIPT_LENGTH
GROUP = 4


class UnknownReceipt(Exception):
    """No ballot is stored under this receipt (any more)."""


class Counted(Exception):
    """The round's results are out: single ballots are destroyed, and their receipts with them."""


class Voided(Exception):
    """The round was voided: its ballots were destroyed uncounted."""


@dataclass(frozen=True)
class Receipt:
    """A code as it was typed: its round, and what its ballot is found by."""

    round_id: str
    secret: str

    @property
    def code(self) -> str:
        """In groups that are easy to copy by hand."""
        whole = self.round_id + self.secret
        return "-".join(whole[start : start + GROUP] for start in range(0, len(whole), GROUP))


@dataclass(frozen=True)
class Stored:
    """A ballot that is stored: the paper it was given on, and whether it can still be changed."""

    receipt: Receipt
    box_id: str
    paper: BallotPaper
    changeable: bool


@dataclass(frozen=True)
class Replacement:
    """The answers that take the place of earlier ones."""

    codes: bytes
    comments: Mapping[str, str] = field(default_factory=dict)


class Receipts:
    """Finds ballots by their receipts, and changes them through the process's writer."""

    def __init__(self, database: Database, writer: Writer, keyring: Keyring) -> None:
        self._database = database
        self._writer = writer
        self._keyring = keyring
        # One function object, so that the writer sees one kind of batch.
        self._batch: Batch[Change, bool] = self._change

    def find(self, receipt: Receipt) -> Stored:
        """The ballot as it is stored; raises UnknownReceipt, Counted, Voided, NotSaved."""
        with self._reading() as session:
            try:
                return _stored(session, self._keyring, receipt)
            except RoundGone:
                raise _end(session, receipt.round_id) from None

    def retried(self, token: str, submission_key: str) -> Receipt | None:
        """The receipt of a link that was used with this very submission key; else None."""
        link = invitations.link_of(token)
        with self._reading() as session:
            try:
                secret = recall.retried(session.connection(), self._keyring, link, submission_key)
            except RoundGone:
                return None
        return Receipt(link[0], secret) if secret else None

    async def replace(self, stored: Stored, by: Replacement) -> None:
        """Put these answers in the place of the earlier; raises UnknownReceipt, RoundClosed."""
        await self._run(_change(stored, by.codes, by.comments))

    async def withdraw(self, stored: Stored) -> None:
        """Take the ballot and its comments out; raises UnknownReceipt, RoundClosed, NotSaved."""
        await self._run(_change(stored))

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        """A reading session; NotSaved where the database is out, as for what is written."""
        try:
            with self._database.reading() as session:
                yield session
        except Exception as error:
            if is_unavailable(error):
                raise NotSaved("the database did not answer") from error
            raise

    async def _run(self, change: Change) -> None:
        if not await self._writer.run(self._batch, change):
            raise UnknownReceipt

    def _change(self, connection: Connection, changes: Sequence[Change]) -> list[bool | Exception]:
        refused = invitations.refusals(connection, [one.round_id for one in changes])
        outcomes: dict[int, bool | Exception] = {}
        # In the order in which trays are locked everywhere.
        order = sorted(range(len(changes)), key=lambda n: (changes[n].round_id, changes[n].box_id))
        for index in order:
            one = changes[index]
            outcomes[index] = refused.get(one.round_id) or recall.change(
                connection, self._keyring, one
            )
        return [outcomes[index] for index in range(len(changes))]


def read(typed: str) -> Receipt:
    """The code as typed or pasted, however it was grouped; raises UnknownReceipt."""
    code = "".join(character for character in typed.lower() if character.isalnum())
    if len(code) != LENGTH or not set(code) <= set(READABLE):
        raise UnknownReceipt
    return Receipt(code[:CODE_LENGTH], code[CODE_LENGTH:])


def _stored(session: Session, keyring: Keyring, receipt: Receipt) -> Stored:
    try:
        row = rounds.get(session, receipt.round_id)
    except UnknownRound:
        raise UnknownReceipt from None
    found = recall.find(session.connection(), keyring, row.id, receipt.secret)
    if found is None:
        raise UnknownReceipt
    cell = session.get(RoundCell, (row.id, found.department_id))
    department_id = cell.department_id if cell else found.department_id
    place = session.get_one(RoundDepartment, (row.id, department_id))
    paper = BallotPaper(row.id, place.id, place.side, "", row.closes_at, found.department_id)
    stands = rounds.phase(session, row, released=False)
    return Stored(receipt, found.box_id, paper, changeable=stands is Phase.OPEN)


def _end(session: Session, round_id: str) -> Exception:
    row = rounds.get(session, round_id)
    stands = rounds.phase(session, row, released=True)
    return Voided() if stands is Phase.VOID else Counted()


def _change(
    stored: Stored, codes: bytes | None = None, comments: Mapping[str, str] | None = None
) -> Change:
    receipt = stored.receipt
    return Change(receipt.round_id, stored.box_id, receipt.secret, codes, comments or {})
