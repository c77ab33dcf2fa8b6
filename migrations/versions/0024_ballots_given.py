"""How many ballots a box was given, beside its tray."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Left null where a round is under way: its spent links are counted as before.
    op.add_column("ballot_tray", sa.Column("given", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("ballot_tray", "given")
