"""Which accounts somebody may make and hand links for: nobody lets themselves in to results."""

from app.access.accounts import AccountRefused, Role
from app.access.models import Account
from app.access.sign_in import Viewer

# Accounts without results; who looks after the installation makes these and no others.
PLAIN = (Role.IT, Role.AUDITOR)


def makes(viewer: Viewer) -> tuple[Role, ...]:
    """The roles somebody may give."""
    return tuple(Role) if viewer.role is Role.HR else PLAIN


def may_hand_over(viewer: Viewer, account: Account) -> bool:
    """Whether somebody may see a link with which one signs in as this account."""
    return Role(account.role) in makes(viewer)


def require(viewer: Viewer, account: Account | None) -> None:
    """Refuse to change an account that reads results to whoever may not make one."""
    if account is not None and not may_hand_over(viewer, account):
        raise AccountRefused("role: only HR changes an account that reads results")
