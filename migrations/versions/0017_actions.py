"""What teams have decided to do, and which rounds everybody may read a summary of."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
MOMENT = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    op.create_table(
        "action",
        sa.Column("id", TEXT(), nullable=False),
        sa.Column("department_id", TEXT(), nullable=False),
        sa.Column("round_id", TEXT(), nullable=True),
        sa.Column("theme", TEXT(), nullable=False),
        sa.Column("sign", TEXT(), nullable=False),
        sa.Column("practice", TEXT(), nullable=False),
        sa.Column("what", TEXT(), nullable=False),
        sa.Column("who", TEXT(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("notes", TEXT(), nullable=False),
        sa.Column("done_at", MOMENT(), nullable=True),
        sa.Column("created_at", MOMENT(), nullable=False),
        sa.Column("created_by", TEXT(), nullable=False),
        sa.Column("deleted_at", MOMENT(), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"], ["survey_round.id"], name=op.f("fk_action_round_id_survey_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
    )
    op.create_index(op.f("ix_action_department_id"), "action", ["department_id"])
    op.create_table(
        "public_summary",
        sa.Column("round_id", TEXT(), nullable=False),
        sa.Column("token", TEXT(), nullable=False),
        sa.Column("at", MOMENT(), nullable=False),
        sa.Column("by", TEXT(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["release.round_id"], name=op.f("fk_public_summary_round_id_release")
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_public_summary")),
        sa.UniqueConstraint("token", name=op.f("uq_public_summary_token")),
    )


def downgrade() -> None:
    op.drop_table("public_summary")
    op.drop_index(op.f("ix_action_department_id"), "action")
    op.drop_table("action")
