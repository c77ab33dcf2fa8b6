"""Ballots can be withdrawn; links that belong to a department and to nobody."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    withdrawn = sa.Column("withdrawn", sa.Integer(), nullable=False, server_default="0")
    op.add_column("ballot_box", withdrawn)
    moment = sqlmodel.sql.sqltypes.UTCDateTime()
    op.add_column("survey_round", sa.Column("links_gone_at", moment, nullable=True))
    # Until now a round whose fingerprints are gone was one whose answers are.
    op.execute(
        "UPDATE survey_round SET links_gone_at = closes_at WHERE id NOT IN "
        "(SELECT round_id FROM invitation WHERE token_hash IS NOT NULL)"
    )
    op.create_table(
        "anonymous_link",
        sa.Column("round_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("department_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["survey_round.id"], name=op.f("fk_anonymous_link_round_id_survey_round")
        ),
        sa.PrimaryKeyConstraint("round_id", "token_hash", name=op.f("pk_anonymous_link")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_anonymous_link_department", "anonymous_link", ["round_id", "department_id"])


def downgrade() -> None:
    op.drop_table("anonymous_link")
    op.drop_column("survey_round", "links_gone_at")
    op.drop_column("ballot_box", "withdrawn")
