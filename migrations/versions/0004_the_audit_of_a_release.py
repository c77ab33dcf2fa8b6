"""The audit of a release."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "release_audit",
        sa.Column("round_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("document", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["release.round_id"], name=op.f("fk_release_audit_round_id_release")
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_release_audit")),
    )


def downgrade() -> None:
    op.drop_table("release_audit")
