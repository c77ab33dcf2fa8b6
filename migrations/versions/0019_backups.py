"""Sending held after a restore, and the oldest version that may still run."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    words = sqlmodel.sql.sqltypes.AutoString
    moment = sqlmodel.sql.sqltypes.UTCDateTime
    op.create_table(
        "sending_hold",
        sa.Column("since", moment(), nullable=False),
        sa.Column("reason", words(), nullable=False),
        sa.Column("ended_at", moment(), nullable=True),
        sa.Column("ended_by", words(), nullable=True),
        sa.PrimaryKeyConstraint("since", name=op.f("pk_sending_hold")),
    )
    floor = op.create_table(
        "schema_floor",
        sa.Column("oldest", words(), nullable=False),
        sa.PrimaryKeyConstraint("oldest", name=op.f("pk_schema_floor")),
    )
    op.bulk_insert(floor, [{"oldest": revision}])


def downgrade() -> None:
    op.drop_table("schema_floor")
    op.drop_table("sending_hold")
