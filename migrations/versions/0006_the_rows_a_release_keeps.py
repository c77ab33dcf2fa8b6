"""What a released round keeps for files of rows, where its policy allows them."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_ballots",
        sa.Column("round_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("server_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["survey_round.id"], name=op.f("fk_kept_ballots_round_id_survey_round")
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_kept_ballots")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("kept_ballots")
