"""Sessions that can be listed, passwords with their second factor, deputies, and counted tries."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    words = sqlmodel.sql.sqltypes.AutoString
    moment = sqlmodel.sql.sqltypes.UTCDateTime
    # Whoever is signed in signs in once more: their sessions could not be told apart.
    op.execute("DELETE FROM staff_session")
    # The version before goes on signing people in, by link, and knows nothing of these.
    any_id = {
        "sqlite": "(lower(hex(randomblob(16))))",
        "postgresql": "replace(gen_random_uuid()::text, '-', '')",
    }[op.get_bind().dialect.name]
    with op.batch_alter_table("staff_session") as batch:
        batch.add_column(sa.Column("id", words(), server_default=sa.text(any_id), nullable=False))
        batch.add_column(sa.Column("how", words(), server_default="link", nullable=False))
        batch.add_column(sa.Column("browser", words(), server_default="", nullable=False))
        batch.create_unique_constraint(op.f("uq_staff_session_id"), ["id"])
    op.create_table(
        "account_password",
        sa.Column("account_id", words(), nullable=False),
        sa.Column("hash", words(), nullable=False),
        sa.Column("changed_at", moment(), nullable=False),
        sa.Column("server_key", words(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_password_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_password")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id_account")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_account_id"), "recovery_code", ["account_id"])
    op.create_table(
        "deputy",
        sa.Column("id", words(), nullable=False),
        sa.Column("manager_id", words(), nullable=False),
        sa.Column("deputy_id", words(), nullable=False),
        sa.Column("begins_at", moment(), nullable=False),
        sa.Column("ends_at", moment(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("created_by", words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["manager_id"], ["account.id"], name=op.f("fk_deputy_manager_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["deputy_id"], ["account.id"], name=op.f("fk_deputy_deputy_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputy")),
    )
    op.create_index(op.f("ix_deputy_manager_id"), "deputy", ["manager_id"])
    op.create_index(op.f("ix_deputy_deputy_id"), "deputy", ["deputy_id"])
    op.create_table(
        "tried",
        sa.Column("kind", words(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("level", sa.Float(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "mark", name=op.f("pk_tried")),
    )


def downgrade() -> None:
    for table in ("tried", "deputy", "recovery_code", "account_password"):
        op.drop_table(table)
    with op.batch_alter_table("staff_session") as batch:
        batch.drop_constraint(op.f("uq_staff_session_id"), type_="unique")
        for column in ("browser", "how", "id"):
            batch.drop_column(column)
