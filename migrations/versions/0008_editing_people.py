"""Departments that are no longer there, imports that can be undone, and what columns were said to mean."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STRING = sqlmodel.sql.sqltypes.AutoString
TIME = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    op.add_column("department", sa.Column("retired_at", TIME(), nullable=True))
    op.add_column("people_upload", sa.Column("state", STRING(), nullable=False, server_default=""))
    op.add_column(
        "people_upload", sa.Column("progress", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "people_import",
        sa.Column("id", STRING(), nullable=False),
        sa.Column("at", TIME(), nullable=False),
        sa.Column("by", STRING(), nullable=False),
        sa.Column("name", STRING(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("new", "changed", "moved", "deactivated")
        ),
        sa.Column("units", STRING(), nullable=False),
        sa.Column("undone_at", TIME(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_import")),
    )
    op.create_index(op.f("ix_people_import_at"), "people_import", ["at"])
    op.create_table(
        "people_import_person",
        sa.Column("import_id", STRING(), nullable=False),
        sa.Column("person_id", STRING(), nullable=False),
        sa.Column("before", STRING(), nullable=False),
        sa.Column("after", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["people_import.id"],
            name=op.f("fk_people_import_person_import_id_people_import"),
        ),
        sa.PrimaryKeyConstraint("import_id", "person_id", name=op.f("pk_people_import_person")),
    )
    op.create_index(
        op.f("ix_people_import_person_person_id"), "people_import_person", ["person_id"]
    )
    op.create_table(
        "people_column",
        sa.Column("header", STRING(), nullable=False),
        sa.Column("field", STRING(), nullable=False),
        sa.PrimaryKeyConstraint("header", name=op.f("pk_people_column")),
    )


def downgrade() -> None:
    for table in ("people_column", "people_import_person", "people_import"):
        op.drop_table(table)
    op.drop_column("people_upload", "progress")
    op.drop_column("people_upload", "state")
    op.drop_column("department", "retired_at")
