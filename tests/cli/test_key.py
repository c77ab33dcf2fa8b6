"""`selaras key` and what doctor says of the key, as IT meets them."""

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Installation

NEW = "a-newer-server-key-that-is-long-enough"


def free_port() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


@pytest.fixture
def serving(empty: Installation) -> tuple[Installation, str, Path]:
    """An installation with a round that is open."""
    empty.told("people", "import", str(empty.people(Sales=9)))
    opening = ("round", "open", "team_pulse", "--name", "May")
    round_id = str(empty.told(*opening)["round"])
    return empty, round_id, empty.folder / "data" / "secret.key"


def said_of_the_key(made: Installation, **settings: str) -> Any:
    document = made.inside("doctor", "--json", **settings).document
    [finding] = [one for one in document["findings"] if one["what"] == "server key"]
    return finding


def test_a_key_is_rotated_used_and_the_old_one_kept_until_its_round_is_over(
    serving: tuple[Installation, str, Path],
) -> None:
    made, round_id, path = serving
    [old] = made.told("key", "list")
    done = made.told("key", "rotate")
    assert done["rewrapped"] == 1
    new, kept = made.told("key", "list")
    assert (new["key"], new["current"]) == (done["key"], True)
    assert (kept["key"], kept["rounds"]) == (old["key"], [round_id])
    secrets = path.read_text().split()
    assert len(secrets) == 2
    printed = made.inside("key", "list").out
    assert not any(one in printed for one in secrets)
    assert made.inside("key", "forget", old["key"]).code == 1
    assert made.inside("key", "forget", new["key"]).code == 1
    assert made.inside("key", "forget", "0" * 16).code == 1
    made.told("round", "void", round_id, "--yes")
    made.told("key", "forget", old["key"])
    assert [one["key"] for one in made.told("key", "list")] == [new["key"]]
    assert path.read_text().split() == secrets[:1]


def test_where_a_setting_holds_the_key_the_command_only_makes_one(
    serving: tuple[Installation, str, Path],
) -> None:
    made, _, path = serving
    old = path.read_text().strip()
    result = made.inside("key", "rotate", "--json", SELARAS_SECRET_KEY=old)
    value = result.document["secret_key"]
    assert value.endswith(f",{old}")
    assert "selaras key rewrap" in result.err
    assert said_of_the_key(made, SELARAS_SECRET_KEY=value)["says"].endswith("selaras key rewrap")
    assert (
        made.inside("key", "rewrap", "--json", SELARAS_SECRET_KEY=value).document["rewrapped"] == 1
    )
    assert "rewrap" not in said_of_the_key(made, SELARAS_SECRET_KEY=value)["says"]


def test_doctor_knows_the_right_key_from_a_wrong_one(
    serving: tuple[Installation, str, Path],
) -> None:
    made, round_id, path = serving
    assert said_of_the_key(made)["ok"]
    wrong = said_of_the_key(made, SELARAS_SECRET_KEY=NEW)
    assert not wrong["ok"]
    assert round_id in wrong["says"]
    assert "put it back" in wrong["says"]
    away = path.rename(path.with_name("elsewhere"))
    assert not said_of_the_key(made)["ok"]
    assert not path.exists(), "looking makes no key that would seem to be the right one"
    away.rename(path)
    path.chmod(0o644)
    assert "chmod 600" in said_of_the_key(made)["says"]


def test_nothing_is_served_while_the_key_of_an_open_round_is_missing(
    serving: tuple[Installation, str, Path],
) -> None:
    """Else everybody who answers would be told to try again later, for ever."""
    made, round_id, _ = serving
    for words in (("serve", "--port", free_port()), ("worker",)):
        result = made.inside(*words, SELARAS_SECRET_KEY=NEW)
        assert result.code == 1
        assert f"of {round_id} is missing" in result.err
    rotated = made.inside("key", "rotate", SELARAS_SECRET_KEY="")
    assert rotated.code == 0
