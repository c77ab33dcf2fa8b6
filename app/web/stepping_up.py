"""What needs a fresh sign-in: files with results, the log, accounts and passwords."""

from sqlmodel import Session

from app.access.sign_in import Viewer
from app.audit.demonstration import is_demo
from app.web.leading import SignInAgain


def require_fresh(session: Session, viewer: Viewer, back: str) -> None:
    """Have somebody sign in again who did so long ago; a made-up company needs no such care."""
    if not viewer.is_fresh and not is_demo(session):
        raise SignInAgain(back)
