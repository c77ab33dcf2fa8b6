"""`selaras doctor`."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from app.access import accounts
from app.campaigns.letters import host_of
from app.cli.finding import Finding
from app.cli.output import AsJson, Failed, line, show
from app.cli.running import running_well
from app.kit import migration, settings
from app.kit.database import Database
from app.kit.mail import Mail, Result
from app.kit.relay import configured
from app.kit.seal import Keyring
from app.kit.settings import Settings
from app.kit.tokens import random_token
from app.people import directory
from app.responses import key_care, submission
from app.responses.key_care import KeysMissing


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    send_test: Annotated[str, typer.Option(metavar="ADDRESS", help="Send a test mail.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say what is set up, what is missing, and how to mend it.

    Example: selaras doctor --send-test you@example.com
    """
    loaded = settings.load()
    findings = looked_at(loaded)
    if send_test:
        findings.append(_test_mail(loaded, send_test))
    if as_json:
        show({"ok": all(one.ok for one in findings), "findings": [asdict(one) for one in findings]})
    else:
        report(findings)
    if not all(one.ok for one in findings):
        raise typer.Exit(1)


def looked_at(loaded: Settings) -> list[Finding]:
    """Everything that can be looked at without sending anything."""
    return [*_configuration(loaded), *_database(loaded)]


def report(findings: Sequence[Finding]) -> None:
    """Print them for people."""
    for one in findings:
        line(f"{'ok     ' if one.ok else 'MISSING'}  {one.what}: {one.says}")


def _configuration(loaded: Settings) -> Iterator[Finding]:
    secure = loaded.base_url.startswith("https://")
    local = "://127.0.0.1" in loaded.base_url or "://localhost" in loaded.base_url
    yield Finding(
        "address",
        secure or local,
        loaded.base_url
        if secure or local
        else f"{loaded.base_url} is not encrypted: put a proxy with https in front and set "
        "SELARAS_BASE_URL to its address",
    )
    yield Finding(
        "mail",
        bool(loaded.mail_url),
        "set up"
        if loaded.mail_url
        else "set SELARAS_MAIL_URL (smtp://host:587) and SELARAS_MAIL_FROM; until then no "
        "invitation can be sent",
    )
    yield Finding(
        "contact",
        bool(loaded.contact),
        loaded.contact or "set SELARAS_CONTACT: whom employees may ask, shown on every form",
    )


def _database(loaded: Settings) -> Iterator[Finding]:
    where = "SQLite in the data directory" if loaded.embedded else "PostgreSQL"
    database = Database(loaded.database)
    try:
        current = migration.is_current(database)
    except SQLAlchemyError:
        yield Finding("database", False, f"{where} does not answer: check SELARAS_DATABASE_URL")
        return
    if not current:
        yield Finding("database", False, f"{where} must be migrated: selaras migrate")
        return
    yield Finding("database", True, f"{where}, schema {migration.newest()}")
    yield _server_key(loaded, database)
    with database.reading() as session:
        hr = accounts.with_role(session, accounts.Role.HR)
        people = directory.people_count(session)
        running = running_well(session, loaded)
    database.close()
    yield from running
    yield Finding(
        "accounts",
        bool(hr),
        f"{len(hr)} for HR" if hr else "selaras account add you@example.com --role hr",
    )
    yield Finding(
        "people", people > 0, str(people) if people else "selaras people import people.csv"
    )


def _server_key(loaded: Settings, database: Database) -> Finding:
    """Whether the key is here that the rounds in the database were sealed with, and is safe."""
    path = loaded.key_path
    with database.reading() as session:
        if not loaded.secret_key and not path.exists():
            # Looking must not make one: it would seem to be the right one.
            needed = key_care.needed(session)
            says = str(KeysMissing(needed)) if needed else "made at the first start"
            return Finding("server key", not needed, says)
        keyring = Keyring(loaded.server_secrets())
        gone = key_care.missing(session, keyring)
        living = submission.server_keys(session)
    if gone:
        return Finding("server key", False, str(KeysMissing(gone)))
    if not loaded.secret_key and os.name == "posix" and path.stat().st_mode & 0o077:
        return Finding("server key", False, f"others may read {path}: chmod 600 {path}")
    behind = sum(1 for key in living.values() if key != keyring.current)
    says = f"{keyring.current}, opens the {len(living)} rounds that are not over"
    if behind:
        says += f"; {behind} are sealed with an older key: selaras key rewrap"
    return Finding("server key", True, says)


def _test_mail(loaded: Settings, address: str) -> Finding:
    if not loaded.mail_url:
        raise Failed("there is no mail to test: set SELARAS_MAIL_URL first")
    mail = Mail(
        to=address,
        subject="Selaras: test",
        text="This test mail left Selaras. Nothing needs to be done.",
        sender=loaded.mail_from,
        message_id=f"<{random_token()}@{host_of(loaded.base_url)}>",
    )
    relay = configured(loaded)
    assert relay is not None
    outcome = relay.send(mail)
    relay.rest()
    sent = outcome.result is Result.SENT
    return Finding("test mail", sent, f"sent to {address}" if sent else outcome.said)
