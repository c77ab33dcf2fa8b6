"""`selaras upgrade`: backup, migrate, doctor, and the line that leads back."""

import typer

from app.cli.backups import kept_before, reached
from app.cli.doctor import looked_at, report
from app.cli.output import AsJson, say, show
from app.kit import migration, settings


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(upgrade)


def upgrade(as_json: AsJson = False) -> None:
    """Back up, migrate to the newest schema, look whether all is well, and say how to go back.

    Example: selaras upgrade
    """
    loaded = settings.load()
    with reached(loaded) as database:
        with database.reading() as session:
            before = migration.current(session.connection())
        migration.refuse_unknown(before)
        kept = None if before is None else kept_before(database, loaded, "upgrade")
        if kept:
            say(f"Backed up to {kept}.")
        migration.upgrade(database)
    say(f"The database has schema {migration.newest()} (before: {before or 'none'}).")
    findings = looked_at(loaded)
    if as_json:
        show(
            {
                "from": before,
                "to": migration.newest(),
                "backup": kept and str(kept),
                "ok": all(one.ok for one in findings),
            }
        )
    else:
        report(findings)
    if kept:
        say("To go back, put the earlier version in place and run:")
        say(f"  selaras restore {kept} --yes")
