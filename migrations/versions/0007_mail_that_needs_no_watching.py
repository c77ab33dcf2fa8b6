"""Since when a job is tried and how often in doubt, the pace of mail, and addresses not to mail to."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "job", sa.Column("tried_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True)
    )
    op.add_column("job", sa.Column("doubts", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "mail_pace",
        sa.Column("lane", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("next_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("booked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("paused_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("paused_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("pauses", sa.Integer(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.PrimaryKeyConstraint("lane", name=op.f("pk_mail_pace")),
    )
    op.create_table(
        "mail_suppression",
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("said", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_mail_suppression")),
    )


def downgrade() -> None:
    op.drop_table("mail_suppression")
    op.drop_table("mail_pace")
    op.drop_column("job", "doubts")
    op.drop_column("job", "tried_since")
