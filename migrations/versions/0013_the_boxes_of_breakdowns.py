"""The boxes of a round's breakdowns, frozen with its tree."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LAUNCHED = "EXISTS (SELECT 1 FROM round_policy WHERE round_policy.round_id = NEW.round_id)"
RULES = (
    ("planted_round_cell", "INSERT", LAUNCHED),
    ("frozen_round_cell", "UPDATE", "1 = 1"),
    ("kept_round_cell", "DELETE", "1 = 1"),
)
SAID = "round_cell: frozen when the round was launched"


def upgrade() -> None:
    op.create_table(
        "round_cell",
        *(_text(name) for name in ("round_id", "id", "department_id", "cell_values")),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("reachable", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["survey_round.id"], name=op.f("fk_round_cell_round_id_survey_round")
        ),
        sa.PrimaryKeyConstraint("round_id", "id", name=op.f("pk_round_cell")),
    )
    for table in ("invitation", "anonymous_link"):
        op.add_column(
            table, sa.Column("cell_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True)
        )
    for name, act, condition in RULES:
        _refuse(name, act, condition)


def downgrade() -> None:
    for name, _, _ in RULES:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP FUNCTION {name}() CASCADE")
    for table in ("invitation", "anonymous_link"):
        op.drop_column(table, "cell_id")
    op.drop_table("round_cell")


def _refuse(name: str, act: str, condition: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON round_cell FOR EACH ROW WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
        )
        return
    row = "OLD" if act == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {condition} THEN RAISE EXCEPTION '{SAID}'"
        f" USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {act} ON round_cell FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
    if act == "DELETE":
        # Emptying a table asks no trigger of its rows.
        op.execute(
            f"CREATE TRIGGER {name}_whole BEFORE TRUNCATE ON round_cell"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False)
