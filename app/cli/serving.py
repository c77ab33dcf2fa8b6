"""`selaras serve`, `worker` and `migrate`."""

import signal
import threading
from typing import Annotated

import typer
import uvicorn

from app.cli.output import opened, say
from app.kit import migration, settings
from app.kit.database import Database
from app.kit.runtime import Runtime
from app.kit.settings import Settings
from app.main import create_app, make_site, make_worker
from app.web.security import server_options

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(serve)
    app.command()(worker)
    app.command()(migrate)


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Leave mails and closings to `selaras worker`.")
    ] = False,
) -> None:
    """Serve the pages, and do the queued work in the same process.

    Example: selaras serve --port 8000
    """
    loaded = at_address(settings.load(), host, port)
    if loaded.embedded:
        database = Database(loaded.database)
        migration.upgrade(database)
        database.close()
    run(Runtime.start(loaded), host, port, work=not no_worker)


def worker() -> None:
    """Send, close and count until stopped; any number may run on PostgreSQL.

    Example: selaras worker
    """
    with opened() as runtime:
        working = make_worker(make_site(runtime))
        stopped = threading.Event()
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: stopped.set())
        working.start()
        say("The worker is running; stop it with Ctrl+C.")
        stopped.wait()
        working.stop()


def migrate() -> None:
    """Bring the database to the newest schema.

    Example: selaras migrate
    """
    database = Database(settings.load().database)
    migration.upgrade(database)
    database.close()
    say(f"The database has schema {migration.newest()}.")


def at_address(loaded: Settings, host: str, port: int) -> Settings:
    """Where no base address is set, links lead to where this process listens."""
    if "base_url" in loaded.model_fields_set:
        return loaded
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    return loaded.model_copy(update={"base_url": f"http://{shown}:{port}"})


def run(runtime: Runtime, host: str, port: int, *, work: bool) -> None:
    """Serve until a signal; requests in hand are finished."""
    origins = [f"http://{name}:{port}" for name in ("127.0.0.1", "localhost", host)]
    app = create_app(make_site(runtime), origins=origins, work=work)
    say(f"Selaras is at {runtime.settings.base_url}")
    try:
        uvicorn.run(
            app, host=host, port=port, log_config=None, **server_options(runtime.settings)
        )
    finally:
        runtime.close()
