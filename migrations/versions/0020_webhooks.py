"""Whom to tell of events: webhooks and chats."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
MOMENT = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", TEXT(), nullable=False),
        sa.Column("name", TEXT(), nullable=False),
        sa.Column("kind", TEXT(), nullable=False),
        sa.Column("host", TEXT(), nullable=False),
        sa.Column("events", TEXT(), nullable=False),
        sa.Column("server_key", TEXT(), nullable=False),
        sa.Column("sealed_address", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_old_secret", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret_until", MOMENT(), nullable=True),
        sa.Column("created_at", MOMENT(), nullable=False),
        sa.Column("created_by", TEXT(), nullable=False),
        sa.Column("failing_since", MOMENT(), nullable=True),
        sa.Column("disabled_at", MOMENT(), nullable=True),
        sa.Column("note", TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )


def downgrade() -> None:
    op.drop_table("webhook")
