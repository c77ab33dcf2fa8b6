"""Series of rounds that open by themselves, and what became of each occurrence."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    words = sqlmodel.sql.sqltypes.AutoString
    moment = sqlmodel.sql.sqltypes.UTCDateTime
    op.create_table(
        "series",
        sa.Column("id", words(), nullable=False),
        sa.Column("name", words(), nullable=False),
        sa.Column("survey_key", words(), nullable=False),
        sa.Column("departments", words(), nullable=False),
        sa.Column("sides", words(), nullable=False),
        sa.Column("mode", words(), nullable=False),
        sa.Column("min_group", sa.Integer(), nullable=False),
        sa.Column("auto_release", sa.Boolean(), nullable=False),
        sa.Column("language", words(), nullable=False),
        sa.Column("rhythm", words(), nullable=False),
        sa.Column("open_days", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("local_time", words(), nullable=False),
        sa.Column("zone", words(), nullable=False),
        sa.Column("late", words(), nullable=False),
        sa.Column("next_due_at", moment(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("created_by", words(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_table(
        "series_run",
        sa.Column("series_id", words(), nullable=False),
        sa.Column("occurrence_at", moment(), nullable=False),
        sa.Column("at", moment(), nullable=False),
        sa.Column("outcome", words(), nullable=False),
        sa.Column("round_id", words(), nullable=True),
        sa.Column("problem", words(), nullable=True),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_run_series_id_series")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["survey_round.id"], name=op.f("fk_series_run_round_id_survey_round")
        ),
        sa.PrimaryKeyConstraint("series_id", "occurrence_at", name=op.f("pk_series_run")),
    )


def downgrade() -> None:
    op.drop_table("series_run")
    op.drop_table("series")
