"""`selaras serve`, `worker` and `migrate`."""

import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from app.access import first_run
from app.cli.output import AsJson, Failed, opened, say, show
from app.kit import logs, migration, settings
from app.kit.database import Database
from app.kit.runtime import Runtime
from app.kit.settings import Settings
from app.responses import key_care

if TYPE_CHECKING:
    import uvicorn

FillDemo = Callable[[Runtime], None]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


def install(app: typer.Typer, fill_demo: FillDemo) -> None:
    """Add the commands; `fill_demo` is what the first page offers to look around in."""
    app.command()(_serve_with(fill_demo))
    app.command()(worker)
    app.command()(migrate)


def _serve_with(fill_demo: FillDemo) -> Callable[..., None]:
    def serve(
        host: Host = "127.0.0.1",
        port: Port = 8000,
        no_worker: Annotated[
            bool, typer.Option("--no-worker", help="Leave mails and closings to `selaras worker`.")
        ] = False,
        drain: Annotated[
            float,
            typer.Option(
                min=0, max=300, help="Seconds to go on after SIGTERM, with /readyz at 503."
            ),
        ] = 0,
    ) -> None:
        """Serve the pages, and do the queued work in the same process.

        Example: selaras serve --port 8000
        """
        loaded = at_address(settings.load(), host, port)
        logs.set_up(loaded.log_format)
        with bound(host, port) as listening:
            if loaded.embedded:
                database = Database(loaded.database)
                migration.upgrade(database)
                database.close()
            run(
                Runtime.start(loaded),
                listening,
                work=not no_worker,
                fill_demo=fill_demo,
                drain=drain,
            )

    return serve


def worker() -> None:
    """Send, close and count until stopped; any number may run on PostgreSQL.

    Example: selaras worker
    """
    from app.main import make_site, make_worker

    with opened() as runtime:
        logs.set_up(runtime.settings.log_format)
        with runtime.database.reading() as session:
            key_care.require(session, runtime.keyring)
        working = make_worker(make_site(runtime))
        stopped = threading.Event()
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: stopped.set())
        working.start()
        say("The worker is running; stop it with Ctrl+C.")
        stopped.wait()
        working.stop()


def migrate(as_json: AsJson = False) -> None:
    """Bring the database to the newest schema.

    Example: selaras migrate
    """
    database = Database(settings.load().database)
    migration.upgrade(database)
    database.close()
    if as_json:
        show({"schema": migration.newest()})
    say(f"The database has schema {migration.newest()}.")


def at_address(loaded: Settings, host: str, port: int) -> Settings:
    """Where no base address is set, links lead to where this process listens."""
    if "base_url" in loaded.model_fields_set:
        return loaded
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    return loaded.model_copy(update={"base_url": f"http://{shown}:{port}"})


def bound(host: str, port: int) -> socket.socket:
    """The socket to serve on, taken before anything is begun; raises Failed."""
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        listening = socket.socket(*address[0][:3])
    except OSError as error:
        raise Failed(f"--host: {host} is no address of this machine ({error.strerror})") from error
    try:
        if os.name == "posix":
            # A port this service had a moment ago is free to it again.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address[0][4])
        # Only a socket that listens is refused to the next who asks.
        listening.listen()
    except OSError as error:
        listening.close()
        raise Failed(
            f"cannot listen on {host}, port {port} ({error.strerror}): "
            "choose another port with --port"
        ) from error
    return listening


def run(
    runtime: Runtime,
    listening: socket.socket,
    *,
    work: bool,
    fill_demo: FillDemo | None = None,
    drain: float = 0,
) -> None:
    """Serve until a signal; requests in hand are finished.

    For `drain` seconds more new ones are taken as well, while `/readyz` already sends them elsewhere.
    """
    import uvicorn

    from app.main import create_app, make_site
    from app.web.security import server_options

    host, port = listening.getsockname()[:2]
    origins = [f"http://{name}:{port}" for name in ("127.0.0.1", "localhost", host)]
    try:
        with runtime.database.reading() as session:
            key_care.require(session, runtime.keyring)
        site = make_site(runtime, fill_demo)
        app = create_app(site, origins=origins, work=work)
        options = server_options(runtime.settings)
        server = draining(uvicorn.Config(app, log_config=None, **options), site.stopping, drain)
        say(f"Selaras is at {runtime.settings.base_url}")
        _say_how_to_begin(runtime)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
    finally:
        runtime.close()
    if not server.started:
        raise Failed("the service could not be started: see the messages above")


def draining(
    config: "uvicorn.Config", stopping: threading.Event, seconds: float
) -> "uvicorn.Server":
    """A server that at the first signal says so, and goes on serving for so long."""
    import uvicorn

    class Draining(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            again = stopping.is_set()
            stopping.set()
            if seconds and not again:
                timer = threading.Timer(seconds, super().handle_exit, (sig, frame))
                timer.daemon = True
                timer.start()
            else:
                super().handle_exit(sig, frame)

    return Draining(config)


def _say_how_to_begin(runtime: Runtime) -> None:
    """Where nobody has an account yet: the link with which the first one is made."""
    with runtime.database.writing() as session:
        token = first_run.new_link(session) if first_run.is_needed(session) else ""
    if token:
        say("Nobody has an account yet. Open this link to make the first one, of HR:")
        say(f"  {runtime.settings.base_url}/set-up/{token}")
        say("It works once, within 24 hours; each start of the server prints another.")
