"""Reminders of a round, and who asked for no further mail of it."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "invitation", sa.Column("stopped", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "round_reminding",
        _text("round_id"),
        sa.Column("half_way", sa.Boolean(), nullable=False),
        sa.Column("last_day", sa.Boolean(), nullable=False),
        *(_text(name) for name in ("earliest", "latest", "weekdays", "zone")),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["survey_round.id"],
            name=op.f("fk_round_reminding_round_id_survey_round"),
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_round_reminding")),
    )


def downgrade() -> None:
    op.drop_table("round_reminding")
    op.drop_column("invitation", "stopped")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False)
