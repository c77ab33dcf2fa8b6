"""The single crossing point: a link is redeemed and a ballot cast in one transaction.

On this side of it there is a link and what it entitles to; on the other a ballot that belongs to
a leaf department and to nobody. Nothing that connects the two is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam
from sqlmodel import Session, col

from app.campaigns import invitations, joining, opening, reminders, rounds, slips
from app.campaigns.invitations import BallotPaper
from app.campaigns.models import SurveyRound
from app.campaigns.rounds import RoundPlan
from app.campaigns.slips import Slip
from app.kit import jobs
from app.kit.clock import now
from app.kit.seal import Keyring
from app.kit.writer import Batch, Writer
from app.responses import ballot_box, kept
from app.responses.boxes import Boxes
from app.responses.models import Spent
from app.responses.receipts import Receipt
from app.surveys.coding import Layout
from app.surveys.paper import open_columns

# Rewriting the database's files after ballots were destroyed; the job's key is its kind.
SWEEP = "sweep"
ROWS_TABLE = kept.TABLE
# So many links are looked up by one statement.
AT_ONCE = 1000
# Whose files those are: the ballots' own, those the links' fingerprints were in, and the queue's,
# whose reminders say who had not answered.
EMPTIED = (*ballot_box.TABLES, "invitation", "anonymous_link", "job")


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody sent: the link it came by, the coded answers, the comments by item."""

    token: str
    codes: bytes
    comments: Mapping[str, str]
    submission_key: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A link as it stands: the paper it shows, and whether it has been used."""

    ballot: BallotPaper
    answered: bool


class Submissions:
    """Stores submissions through the process's writer."""

    def __init__(self, writer: Writer, keyring: Keyring) -> None:
        self._writer = writer
        self._keyring = keyring
        self._boxes = Boxes()
        # One function object, so that the writer sees one kind of batch.
        self._batch: Batch[Submission, Receipt | None] = self._store

    async def submit(self, submission: Submission) -> Receipt | None:
        """Store once, durably; the receipt, or None where the link had been used before.

        Raises UnknownLink, NotOpenYet, RoundClosed, or NotSaved where the database could not
        take it.
        """
        return await self._writer.run(self._batch, submission)

    def _store(
        self, connection: Connection, submissions: Sequence[Submission]
    ) -> list[Receipt | Exception | None]:
        links = [invitations.link_of(one.token) for one in submissions]
        papers = invitations.redeem(connection, links)
        accepted = [
            (index, _ballot(paper, links[index][1], submissions[index]))
            for index, paper in enumerate(papers)
            if isinstance(paper, BallotPaper)
        ]
        ballots = [ballot for _, ballot in accepted]
        stored = ballot_box.cast(connection, self._keyring, ballots, self._boxes)
        outcomes = {
            index: Receipt(ballot.round_id, secret) if secret else None
            for (index, ballot), secret in zip(accepted, stored, strict=True)
        }
        return [
            paper if isinstance(paper, Exception) else outcomes[index]
            for index, paper in enumerate(papers)
        ]


def launch(
    session: Session, keyring: Keyring, plan: RoundPlan, actor: str, smallest_group: int
) -> SurveyRound:
    """Open a round and make ready the boxes its ballots will go to. Raises RoundRefused."""
    row = opening.open_round(session, keyring, plan, actor, smallest_group)
    session.flush()
    ballot_box.open_round(
        session.connection(),
        keyring,
        row.id,
        plan.audience.boxes(),
        Layout.of(plan.survey).size,
        open_columns(plan.survey),
    )
    return row


def join(session: Session, keyring: Keyring, round_id: str, actor: str) -> int:
    """Invite who came to the departments of a round after its launch. Raises RoundRefused."""
    return joining.join(session, keyring, round_id, answered(session, round_id), actor)


def renew_slips(
    session: Session, keyring: Keyring, round_id: str, path: str, actor: str, *, mailed: bool
) -> list[Slip]:
    """Slips in place of what a department has not used. Raises RoundRefused."""
    return slips.renew(session, keyring, round_id, path, actor, ballot_box.spent, mailed=mailed)


def void(session: Session, round_id: str, actor: str) -> None:
    """Give a round up and destroy what was answered, uncounted. Raises RoundRefused."""
    rounds.void(session, round_id, actor)
    discard(session, round_id)


def discard(session: Session, round_id: str) -> None:
    """Destroy a round's ballots, comments, links and key."""
    ballot_box.destroy(session.connection(), round_id)
    invitations.forget_links(session, round_id)
    reminders.forget(session, round_id)
    # Also where the process dies right after the commit, the files are rewritten.
    jobs.enqueue(session, SWEEP, round_id, SWEEP, now())


def forget_rows(session: Session, round_id: str) -> bool:
    """Destroy what a released round kept for files of rows; whether there was anything."""
    return kept.destroy(session.connection(), round_id)


def look_up(connection: Connection, tokens: Sequence[str]) -> list[Opening | Exception]:
    """How each link stands, or why it leads to no form; changes nothing."""
    links = [invitations.link_of(token) for token in tokens]
    return [
        one if isinstance(one, Exception) else Opening(one[0], one[1].spent is not None)
        for one in invitations.found(connection, links, _LINKS)
    ]


def server_keys(session: Session) -> dict[str, str]:
    """The server key that wraps the key of each round that is not over."""
    return ballot_box.server_keys(session.connection())


def rewrap(session: Session, keyring: Keyring) -> list[str]:
    """Wrap those keys by the current server key; the rounds for which it was another."""
    connection = session.connection()
    return ballot_box.rewrap(connection, keyring) + kept.rewrap(connection, keyring)


def kept_keys(session: Session) -> dict[str, str]:
    """The server key that each released round needs for its files of rows."""
    return kept.server_keys(session.connection())


def used(session: Session, token: str) -> bool:
    """Whether this link has been used to answer."""
    return token in used_of(session, [token])


def used_of(session: Session, tokens: Sequence[str]) -> set[str]:
    """Which of these links have been used to answer."""
    links = {token: invitations.link_of(token) for token in tokens}
    spent = ballot_box.spent(session.connection(), list(links.values()))
    return {token for token, link in links.items() if link in spent}


def unanswered(session: Session, round_id: str) -> list[str]:
    """The invitations of a confidential round whose links have not been used."""
    found: list[str] = []
    links = list(invitations.links(session, round_id).items())
    for start in range(0, len(links), AT_ONCE):
        some = links[start : start + AT_ONCE]
        spent = ballot_box.spent(session.connection(), [link for _, link in some])
        found += [invitation_id for invitation_id, link in some if link not in spent]
    return found


def answered(session: Session, round_id: str) -> dict[str, int]:
    """How many ballots each leaf department has cast; the people stay unknown."""
    departments = {one.id: one.department_id for one in rounds.cells_of(session, round_id)}
    counted: dict[str, int] = {}
    for box, n in ballot_box.answered(session.connection(), round_id).items():
        department = departments.get(box, box)
        counted[department] = counted.get(department, 0) + n
    return counted


def _ballot(paper: BallotPaper, token_hash: bytes, submission: Submission) -> ballot_box.Ballot:
    return ballot_box.Ballot(
        round_id=paper.round_id,
        department_id=paper.box,
        token_hash=token_hash,
        codes=submission.codes,
        comments=submission.comments,
        submission_key=submission.submission_key,
    )


# Each link, and whether it has been used; built once, as the others of the hot path.
_LINKS = invitations.LINKS.add_columns(col(Spent.token_hash).label("spent")).outerjoin(
    Spent,
    (col(Spent.round_id) == bindparam("code")) & (col(Spent.token_hash) == invitations.TOKEN_HASH),
)
