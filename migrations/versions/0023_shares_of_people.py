"""Series that ask a share of people each time."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    words = sqlmodel.sql.sqltypes.AutoString
    op.add_column("series", sa.Column("share", sa.Integer(), server_default="100", nullable=False))
    op.add_column(
        "series", sa.Column("rest_weeks", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_table(
        "series_asked",
        sa.Column("series_id", words(), nullable=False),
        sa.Column("employee_id", words(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_asked_series_id_series")
        ),
        sa.PrimaryKeyConstraint("series_id", "employee_id", name=op.f("pk_series_asked")),
    )
    op.create_index(op.f("ix_series_asked_employee_id"), "series_asked", ["employee_id"])


def downgrade() -> None:
    op.drop_table("series_asked")
    op.drop_column("series", "rest_weeks")
    op.drop_column("series", "share")
