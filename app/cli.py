"""The `selaras` command."""

import typer

from app.kit import migration, settings
from app.kit.database import Database

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.callback()
def selaras() -> None:
    """Self-hosted surveys that tell an organisation how well its departments pull together."""


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema. Example: selaras migrate."""
    database = Database(settings.load().database)
    migration.upgrade(database)
    database.close()


def main() -> None:
    """Where the installed command begins."""
    app()
