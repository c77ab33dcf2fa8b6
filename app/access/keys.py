"""Keys of programs: what each may do and see, until when, and when it was last used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, delete, select

from app.access import accounts
from app.access.accounts import AccountRefused, Role
from app.access.models import ApiKey, ApiKeyDepartment, ApiReply
from app.access.sign_in import Viewer
from app.audit import log
from app.kit.clock import now
from app.kit.language import Refusal
from app.kit.tokens import fingerprint, random_token
from app.people.tree import Tree

# Whoever finds one in a file or a log knows what it opens, and so does a scanner for secrets.
PREFIX = "selaras_"
LONGEST_NAME = 80
LONGEST_DAYS = 3650
USED_STEP = timedelta(minutes=1)
REPLIES_KEPT = timedelta(hours=24)


class UnknownKey(Refusal):
    """There is no such key, or it was revoked before."""


@dataclass(frozen=True)
class Created:
    """A new key; the token is shown now and stored nowhere."""

    key: ApiKey
    token: str


def create(
    session: Session,
    role: str,
    name: str,
    departments: Sequence[str],
    actor: str,
    days: int | None = None,
) -> Created:
    """Make a key of that role; raises AccountRefused naming the field."""
    if not name.strip() or len(name) > LONGEST_NAME:
        raise AccountRefused("name: give the key a name of at most %(most)s characters", most=80)
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise AccountRefused("days: choose a number from 1 to %(most)s", most=LONGEST_DAYS)
    scope = accounts.departments_of(session, role, departments)
    token = PREFIX + random_token() + random_token()
    key = ApiKey(
        name=name.strip(),
        role=role,
        key_hash=fingerprint(token),
        created_by=actor,
        expires_at=None if days is None else now() + timedelta(days=days),
    )
    session.add(key)
    session.flush()
    session.add_all(ApiKeyDepartment(key_id=key.id, department_id=one) for one in scope)
    log.record(session, actor, "api_key.created", key.id, role=role, departments=len(scope))
    return Created(key, token)


def revoke(session: Session, key_id: str, actor: str) -> ApiKey:
    """End a key at once; raises UnknownKey."""
    key = session.get(ApiKey, key_id)
    if key is None or key.revoked_at is not None:
        raise UnknownKey("there is no key %(key)s in use", key=key_id[:20])
    key.revoked_at = now()
    session.add(key)
    log.record(session, actor, "api_key.revoked", key.id)
    return key


def listed(session: Session) -> Sequence[ApiKey]:
    """Every key that was not revoked, the newest first."""
    return session.exec(
        select(ApiKey)
        .where(col(ApiKey.revoked_at).is_(None))
        .order_by(col(ApiKey.created_at).desc(), col(ApiKey.id))
    ).all()


def left_by(session: Session, account_id: str) -> int:
    """How many keys in use somebody has made: they go on without the account."""
    made = [one for one in listed(session) if one.created_by == account_id]
    return sum(one.expires_at is None or one.expires_at > now() for one in made)


def scopes(session: Session) -> dict[str, list[str]]:
    """The paths of the departments that each manager's key may see."""
    tree = Tree.read(session)
    found: dict[str, list[str]] = {}
    for row in session.exec(select(ApiKeyDepartment)):
        if row.department_id in tree:
            found.setdefault(row.key_id, []).append(tree[row.department_id].path_text)
    return {key: sorted(paths) for key, paths in found.items()}


def find(session: Session, token: str) -> ApiKey | None:
    """The key this token is of, where it may still be used."""
    key = session.exec(select(ApiKey).where(ApiKey.key_hash == fingerprint(token))).one_or_none()
    if key is None or key.revoked_at is not None:
        return None
    return None if key.expires_at is not None and key.expires_at <= now() else key


def viewer_of(session: Session, key: ApiKey) -> Viewer:
    """What a key may see, as of somebody who is signed in."""
    departments = session.exec(
        select(col(ApiKeyDepartment.department_id)).where(ApiKeyDepartment.key_id == key.id)
    )
    return Viewer(f"key:{key.id}", key.name, Role(key.role), frozenset(departments))


def is_stale(key: ApiKey) -> bool:
    """Whether the last use should be noted again."""
    return key.used_at is None or now() - key.used_at > USED_STEP


def used(session: Session, key_id: str) -> None:
    """Note that the key is in use."""
    key = session.get(ApiKey, key_id)
    if key is not None:
        key.used_at = now()
        session.add(key)


def described(key: ApiKey) -> dict[str, str | None]:
    """A key as it is listed."""
    moments = {name: getattr(key, name) for name in ("created_at", "expires_at", "used_at")}
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role,
        **{name: at.isoformat() if at else None for name, at in moments.items()},
    }


def sweep(session: Session) -> None:
    """Forget replies that nobody will ask for again."""
    session.exec(delete(ApiReply).where(col(ApiReply.at) < now() - REPLIES_KEPT))
