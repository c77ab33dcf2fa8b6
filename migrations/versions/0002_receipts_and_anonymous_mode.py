"""Ballots can be withdrawn, boxes are numbered, and links may belong to a department only."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, value in (("number", "0"), ("boxes", "1"), ("withdrawn", "0")):
        column = sa.Column(name, sa.Integer(), nullable=False, server_default=value)
        op.add_column("ballot_box", column)
    _number_boxes(op.get_bind())
    op.create_index(
        "ix_ballot_box_department",
        "ballot_box",
        ["round_id", "department_id", "number"],
        unique=True,
    )
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
    op.drop_index("ix_ballot_box_department", "ballot_box")
    for name in ("withdrawn", "boxes", "number"):
        op.drop_column("ballot_box", name)


def _number_boxes(connection: sa.Connection) -> None:
    """The boxes of each department of the rounds that are open now."""
    boxes = sa.table("ballot_box", *map(sa.column, ("round_id", "id", "department_id")))
    numbered = sa.table("ballot_box", *map(sa.column, ("round_id", "id", "number", "boxes")))
    found: dict[tuple[str, str], list[str]] = {}
    for row in connection.execute(sa.select(boxes)):
        found.setdefault((row.round_id, row.department_id), []).append(row.id)
    for (round_id, _), ids in found.items():
        for number, box_id in enumerate(ids):
            connection.execute(
                sa.update(numbered)
                .where(numbered.c.round_id == round_id, numbered.c.id == box_id)
                .values(number=number, boxes=len(ids))
            )
