"""Ballots can be withdrawn."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    withdrawn = sa.Column("withdrawn", sa.Integer(), nullable=False, server_default="0")
    op.add_column("ballot_box", withdrawn)


def downgrade() -> None:
    op.drop_column("ballot_box", "withdrawn")
