"""Indicators and their monthly values."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
MOMENT = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    op.create_table(
        "indicator",
        sa.Column("id", TEXT(), nullable=False),
        sa.Column("key", TEXT(), nullable=False),
        sa.Column("name_en", TEXT(), nullable=False),
        sa.Column("name_ms", TEXT(), nullable=False),
        sa.Column("unit", TEXT(), nullable=False),
        sa.Column("better", TEXT(), nullable=False),
        sa.Column("target", sa.Float(), nullable=True),
        sa.Column("service_level", sa.Float(), nullable=True),
        sa.Column("sign", TEXT(), nullable=False),
        sa.Column("source", TEXT(), nullable=False),
        sa.Column("created_at", MOMENT(), nullable=False),
        sa.Column("deleted_at", MOMENT(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("key", name=op.f("uq_indicator_key")),
    )
    op.create_table(
        "indicator_value",
        sa.Column("indicator_id", TEXT(), nullable=False),
        sa.Column("department_id", TEXT(), nullable=False),
        sa.Column("period", TEXT(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("at", MOMENT(), nullable=False),
        sa.Column("by", TEXT(), nullable=False),
        sa.Column("deleted_at", MOMENT(), nullable=True),
        sa.ForeignKeyConstraint(
            ["indicator_id"],
            ["indicator.id"],
            name=op.f("fk_indicator_value_indicator_id_indicator"),
        ),
        sa.PrimaryKeyConstraint(
            "indicator_id", "department_id", "period", name=op.f("pk_indicator_value")
        ),
    )


def downgrade() -> None:
    op.drop_table("indicator_value")
    op.drop_table("indicator")
