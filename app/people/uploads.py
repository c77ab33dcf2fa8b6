"""An uploaded people file between its preview and the confirmation: nobody is imported meanwhile."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col, delete, select

from app.kit.clock import now
from app.kit.tokens import random_token

# Long enough to ask a colleague about a row, short enough that a forgotten file is no archive.
KEPT = timedelta(days=1)
# Where a confirmed file stands; one whose people changed meanwhile waits to be looked at again.
UNDER_WAY, OUTDATED = "under way", "outdated"


class Upload(SQLModel, table=True):
    """One file as it was sent; only the account that sent it reads it again."""

    __tablename__ = "people_upload"

    id: str = Field(default_factory=random_token, primary_key=True)
    account_id: str = Field(index=True)
    name: str
    content: bytes
    full: bool
    # Where the confirmed import stands: empty until it is confirmed.
    state: str = ""
    progress: int = 0
    created_at: datetime = Field(default_factory=now)


def keep(session: Session, account_id: str, name: str, content: bytes, *, full: bool) -> Upload:
    """Keep a file until it is confirmed; it replaces the one this account sent before."""
    session.exec(delete(Upload).where(col(Upload.account_id) == account_id))
    sweep(session)
    upload = Upload(account_id=account_id, name=name, content=content, full=full)
    session.add(upload)
    session.flush()
    return upload


def find(session: Session, upload_id: str, account_id: str) -> Upload | None:
    """The file to look at; None where it is somebody else's, was confirmed or is too old."""
    return session.exec(
        select(Upload).where(
            Upload.id == upload_id,
            Upload.account_id == account_id,
            col(Upload.created_at) > now() - KEPT,
        )
    ).one_or_none()


def take(session: Session, upload_id: str, account_id: str) -> Upload | None:
    """The file to import, which is gone once the transaction commits."""
    upload = find(session, upload_id, account_id)
    if upload is None:
        return None
    session.delete(upload)
    session.flush()
    return upload


def begin(session: Session, upload_id: str) -> None:
    """Its import is under way."""
    _set(session, upload_id, state=UNDER_WAY, progress=0)


def progress(session: Session, upload_id: str, percent: int) -> None:
    """How far it is."""
    _set(session, upload_id, progress=percent)


def outdate(session: Session, upload_id: str) -> None:
    """It was not imported: what it would do is no longer what was confirmed."""
    _set(session, upload_id, state=OUTDATED, progress=0)


def _set(session: Session, upload_id: str, **values: object) -> None:
    session.connection().execute(update(Upload).where(col(Upload.id) == upload_id).values(**values))


def sweep(session: Session) -> None:
    """Forget files that nobody confirmed."""
    session.exec(delete(Upload).where(col(Upload.created_at) <= now() - KEPT))
