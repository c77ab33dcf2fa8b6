"""Who is told of events, and where."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.kit.clock import now
from app.kit.tokens import random_token


class Webhook(SQLModel, table=True):
    """An address that is told of some events; address and secrets are sealed by the server's key.

    What was or will be sent there are jobs whose part is its id.
    """

    __tablename__ = "webhook"

    id: str = Field(default_factory=random_token, primary_key=True)
    name: str
    kind: str
    # The host alone: the rest of a chat's address is a secret.
    host: str
    events: str
    server_key: str
    sealed_address: bytes
    sealed_secret: bytes
    # The secret before the last change still signs too, so that receivers can follow in peace.
    sealed_old_secret: bytes | None = None
    old_secret_until: datetime | None = None
    created_at: datetime = Field(default_factory=now)
    created_by: str
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    # Why it was switched off, where nobody did it by hand.
    note: str = ""
