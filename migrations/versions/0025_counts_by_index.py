"""Indexes that count where mails stand, and who has left, without reading every row."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

STANDING = ["part", "kind", "state", "key", "attempts", "doubts"]
LEFT = sa.text("deactivated_at IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_job_standing", "job", STANDING)
    op.create_index(
        "ix_employee_left", "employee", ["deactivated_at"], sqlite_where=LEFT, postgresql_where=LEFT
    )


def downgrade() -> None:
    op.drop_index("ix_employee_left", "employee")
    op.drop_index("ix_job_standing", "job")
