"""What the mails of a round say, frozen with it; and whether people are told of its release."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

COLUMNS = ("round_id", "kind", "language", "subject", "body")
SAID = "round_message: frozen when the round was launched"
LAUNCHED = "EXISTS (SELECT 1 FROM round_policy WHERE round_policy.round_id = NEW.round_id)"


def upgrade() -> None:
    op.add_column(
        "survey_round",
        sa.Column("tell_people", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "round_message",
        *(sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False) for name in COLUMNS),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["survey_round.id"],
            name=op.f("fk_round_message_round_id_survey_round"),
        ),
        sa.PrimaryKeyConstraint("round_id", "kind", "language", name=op.f("pk_round_message")),
    )
    for act, condition in (("INSERT", LAUNCHED), ("UPDATE", "1 = 1"), ("DELETE", "1 = 1")):
        _refuse(act, condition)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for act in ("insert", "update", "delete"):
            op.execute(f"DROP FUNCTION round_message_{act}() CASCADE")
    op.drop_table("round_message")
    op.drop_column("survey_round", "tell_people")


def _refuse(act: str, condition: str) -> None:
    name = f"round_message_{act.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON round_message FOR EACH ROW WHEN {condition}"
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
        f"CREATE TRIGGER {name} BEFORE {act} ON round_message"
        f" FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
    if act == "DELETE":
        op.execute(
            f"CREATE TRIGGER {name}_whole BEFORE TRUNCATE ON round_message"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
