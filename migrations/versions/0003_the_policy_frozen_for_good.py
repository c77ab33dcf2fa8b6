"""What is frozen at launch stays so, by triggers too; what may still change is rows of its own."""

import json
from typing import Any

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LAUNCHED = (
    *("id", "name", "survey_key", "survey_version", "survey_hash", "policy_hash", "language"),
    *("launch_key", "server_key", "created_at", "created_by"),
)
NODE = ("round_id", "id", "parent_id", "name", "path", "position", "side")
# Tables whose rows are written once: the frozen, and the acts that came after.
WRITTEN_ONCE = {
    "round_policy": ("round_id", "document"),
    "frozen_survey": ("hash", "document"),
    "round_minimum": ("round_id", "min_group", "at", "by"),
    "round_wording": ("round_id", "place", "language", "at", "by", "was", "words"),
    "round_addition": ("round_id", "department_id", "at", "by", "people"),
    "round_extension": ("round_id", "at", "by", "from_date", "to_date"),
    "round_void": ("round_id", "at", "by"),
    "round_purge": ("round_id", "what", "at"),
}
KEPT = ("survey_round", "round_department", *WRITTEN_ONCE)
OVER = (
    "EXISTS (SELECT 1 FROM release WHERE release.round_id = {0})"
    " OR EXISTS (SELECT 1 FROM round_void WHERE round_void.round_id = {0})"
)
# The first row is written at launch, before the policy; every further one is higher.
NOT_HIGHER = (
    "EXISTS (SELECT 1 FROM round_policy WHERE round_policy.round_id = NEW.round_id)"
    " AND NEW.min_group <= (SELECT COALESCE(MAX(other.min_group), NEW.min_group)"
    " FROM round_minimum AS other WHERE other.round_id = NEW.round_id)"
)


def upgrade() -> None:
    op.add_column(
        "survey_round", sa.Column("revision", sa.Integer(), nullable=False, server_default="0")
    )
    _table(
        "round_minimum",
        sa.Column("min_group", sa.Integer(), nullable=False, autoincrement=False),
        _text("by"),
        key=("round_id", "min_group"),
    )
    _table(
        "round_wording",
        *(_text(name) for name in ("place", "language", "by", "was", "words")),
        key=("round_id", "place", "language", "at"),
    )
    _table(
        "round_addition",
        _text("department_id"),
        _text("by"),
        sa.Column("people", sa.Integer(), nullable=False),
        key=("round_id", "department_id", "at"),
    )
    _table("round_purge", _text("what"), key=("round_id", "what"))
    _write_minimums()
    for name, table, act, condition in _rules():
        _refuse(name, table, act, condition)


def downgrade() -> None:
    for name, table, _, _ in _rules():
        _allow(name, table)
    for table in ("round_purge", "round_addition", "round_wording", "round_minimum"):
        op.drop_table(table)
    op.drop_column("survey_round", "revision")


def _write_minimums() -> None:
    """Give the rounds there are the row that is written at launch from now on."""
    connection = op.get_bind()
    minimum = sa.table(
        "round_minimum",
        *(sa.column(name) for name in ("round_id", "min_group", "by")),
        sa.column("at", sqlmodel.sql.sqltypes.UTCDateTime()),
    )
    launched = sa.table(
        "survey_round",
        *(sa.column(name) for name in ("id", "created_by")),
        sa.column("created_at", sqlmodel.sql.sqltypes.UTCDateTime()),
    )
    policy = sa.table("round_policy", sa.column("round_id"), sa.column("document"))
    joined = sa.select(launched, policy.c.document).join(policy, policy.c.round_id == launched.c.id)
    for row in connection.execute(joined).all():
        smallest = json.loads(row.document)["min_group"]
        values = {"round_id": row.id, "min_group": smallest, "at": row.created_at}
        connection.execute(sa.insert(minimum).values(**values, by=row.created_by))


def _rules() -> list[tuple[str, str, str, str]]:
    """Each trigger: its name, table, act, and the condition under which the act is refused."""
    over = OVER.format("NEW.round_id")
    rules = [
        ("frozen_survey_round", "survey_round", "UPDATE", _changed(LAUNCHED)),
        # The dates move while the round lives; a counter of its changes never goes back.
        (
            "over_survey_round",
            "survey_round",
            "UPDATE",
            (
                f"NEW.revision < OLD.revision OR ({_changed(('opens_at', 'closes_at', 'revision'))})"
                f" AND ({OVER.format('OLD.id')})"
            ),
        ),
        ("frozen_round_department", "round_department", "UPDATE", _changed(NODE)),
        # People may join a department, and nobody is taken out.
        (
            "joined_round_department",
            "round_department",
            "UPDATE",
            f"NEW.invited < OLD.invited OR NEW.reachable < OLD.reachable OR {over}",
        ),
        (
            "planted_round_department",
            "round_department",
            "INSERT",
            "EXISTS (SELECT 1 FROM round_policy WHERE round_policy.round_id = NEW.round_id)",
        ),
        ("raised_round_minimum", "round_minimum", "INSERT", f"{NOT_HIGHER} OR {over}"),
        ("over_round_wording", "round_wording", "INSERT", over),
        ("over_round_addition", "round_addition", "INSERT", over),
        ("over_invitation", "invitation", "INSERT", over),
    ]
    rules += [
        (f"frozen_{table}", table, "UPDATE", _changed(columns))
        for table, columns in WRITTEN_ONCE.items()
    ]
    return rules + [(f"kept_{table}", table, "DELETE", "1 = 1") for table in KEPT]


def _changed(columns: tuple[str, ...]) -> str:
    differs = "IS NOT" if op.get_bind().dialect.name == "sqlite" else "IS DISTINCT FROM"
    return " OR ".join(f'NEW."{column}" {differs} OLD."{column}"' for column in columns)


def _refuse(name: str, table: str, act: str, condition: str) -> None:
    said = f"{table}: frozen when the round was launched"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
        return
    row = "OLD" if act == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {condition} THEN RAISE EXCEPTION '{said}'"
        f" USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
    if act == "DELETE":
        # Emptying a table asks no trigger of its rows.
        op.execute(
            f"CREATE TRIGGER {name}_whole BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def _allow(name: str, table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {name}")
        return
    op.execute(f"DROP FUNCTION {name}() CASCADE")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False)


def _table(name: str, *columns: sa.Column[Any], key: tuple[str, ...]) -> None:
    op.create_table(
        name,
        _text("round_id"),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["round_id"], ["survey_round.id"], name=op.f(f"fk_{name}_round_id_survey_round")
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
    )
