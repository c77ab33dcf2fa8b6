"""`selaras key`: the server's key, which is in no database and in no backup."""

from dataclasses import dataclass
from typing import Annotated

import typer
from sqlmodel import Session

from app.audit import log
from app.cli.output import ACTOR, AsJson, Failed, line, opened, say, show, table
from app.kit import key_file
from app.kit.runtime import Runtime
from app.kit.seal import Keyring, key_id
from app.responses import key_care

app = typer.Typer(
    no_args_is_help=True,
    help="The server's key, which is in no backup, and the keys of programs. "
    "Example: selaras key list",
)


@dataclass(frozen=True)
class Listed:
    """A key by its id: whether new rounds use it, is here, and which rounds need it."""

    key: str
    current: bool
    here: bool
    rounds: tuple[str, ...]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show the keys by their ids, and the rounds that need them; never the keys themselves.

    Example: selaras key list
    """
    with opened() as runtime, runtime.database.reading() as session:
        listed = _listed(session, runtime.keyring)
    if as_json:
        show([{**vars(one), "rounds": list(one.rounds)} for one in listed])
        return
    table(
        ["key", "state", "needed by"],
        [[one.key, _state(one), " ".join(one.rounds) or "no round"] for one in listed],
    )


@app.command()
def rotate(as_json: AsJson = False) -> None:
    """Make a new server key; the old ones stay usable for the rounds that need them.

    Example: selaras key rotate
    """
    with opened() as runtime:
        if runtime.settings.secret_key:
            _hand_over(runtime, as_json=as_json)
            return
        # Nothing is sealed with a new key while an old one is missing.
        with runtime.database.reading() as session:
            key_care.require(session, runtime.keyring)
        key_file.add(runtime.settings.key_path)
        keyring = Keyring(runtime.settings.server_secrets())
        with runtime.database.writing() as session:
            log.record(session, ACTOR, "server_key.rotated", keyring.current)
            rewrapped = key_care.rewrap(session, keyring, ACTOR)
    if as_json:
        show({"key": keyring.current, "rewrapped": rewrapped})
    say(f"The new key is {keyring.current}; {rewrapped} open rounds are sealed with it.")
    say(f"Copy {runtime.settings.key_path} to where you keep it, apart from the backups.")
    say("Restart the service, so that new rounds use it.")


@app.command()
def rewrap(as_json: AsJson = False) -> None:
    """Seal the open rounds anew with the newest key, once every process has it.

    Example: selaras key rewrap
    """
    with opened() as runtime, runtime.database.writing() as session:
        rewrapped = key_care.rewrap(session, runtime.keyring, ACTOR)
        current = runtime.keyring.current
    if as_json:
        show({"key": current, "rewrapped": rewrapped})
    say(f"{rewrapped} open rounds were sealed anew with {current}.")


@app.command()
def forget(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Id of the key, of `key list`.")],
    as_json: AsJson = False,
) -> None:
    """Delete an old key that no round needs any more.

    Example: selaras key forget 0123456789abcdef
    """
    with opened() as runtime:
        if runtime.settings.secret_key:
            raise Failed("the keys are in SELARAS_SECRET_KEY: take the old one out there")
        with runtime.database.writing() as session:
            _refuse_needed(_listed(session, runtime.keyring), key)
            log.record(session, ACTOR, "server_key.forgotten", key)
            secret = next(one for one in runtime.settings.server_secrets() if key_id(one) == key)
            key_file.drop(runtime.settings.key_path, secret)
    if as_json:
        show({"forgotten": key})
    say(f"{key} is forgotten. What only it could open, in old backups, stays closed for good.")


def _hand_over(runtime: Runtime, *, as_json: bool) -> None:
    """Where a setting holds the key, only whoever sets it can change it."""
    value = ",".join([key_file.new_secret(), *runtime.settings.server_secrets()])
    if as_json:
        show({"secret_key": value})
    else:
        line(value)
    say("Set SELARAS_SECRET_KEY to this for every process (the new key first), restart them all,")
    say("and then run `selaras key rewrap`. Keep it apart from the backups.")


def _listed(session: Session, keyring: Keyring) -> list[Listed]:
    needed = {one.key: one.rounds for one in key_care.needed(session)}
    here = list(keyring.ids)
    return [
        Listed(key, key == keyring.current, key in here, needed.get(key, ()))
        for key in [*here, *sorted(needed.keys() - set(here))]
    ]


def _refuse_needed(listed: list[Listed], key: str) -> None:
    one = next((one for one in listed if one.key == key), None)
    if one is None or not one.here:
        raise Failed(f"there is no key {key} here; `selaras key list` shows all")
    if one.current:
        raise Failed(f"{key} is the current key: make a new one first with `selaras key rotate`")
    if one.rounds:
        raise Failed(f"{key} is still needed by {', '.join(one.rounds)}, until they are over")


def _state(one: Listed) -> str:
    if not one.here:
        return "MISSING"
    return "current" if one.current else "old"
