"""Drafts of rounds, and asking a second person to launch one."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    words = sqlmodel.sql.sqltypes.AutoString
    moment = sqlmodel.sql.sqltypes.UTCDateTime
    op.add_column(
        "organisation",
        sa.Column("four_eyes", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "round_draft",
        sa.Column("id", words(), nullable=False),
        sa.Column("document", words(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("at", moment(), nullable=False),
        sa.Column("by", words(), nullable=False),
        sa.Column("removed_at", moment(), nullable=True),
        sa.Column("round_id", words(), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"], ["survey_round.id"], name=op.f("fk_round_draft_round_id_survey_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_draft")),
        sa.UniqueConstraint("round_id", name=op.f("uq_round_draft_round_id")),
    )
    op.create_table(
        "launch_request",
        sa.Column("draft_id", words(), nullable=False),
        sa.Column("fingerprint", words(), nullable=False),
        sa.Column("at", moment(), nullable=False),
        sa.Column("by", words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["round_draft.id"], name=op.f("fk_launch_request_draft_id_round_draft")
        ),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_launch_request")),
    )


def downgrade() -> None:
    op.drop_table("launch_request")
    op.drop_table("round_draft")
    op.drop_column("organisation", "four_eyes")
