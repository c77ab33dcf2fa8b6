import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.kit import settings as module
from app.kit.settings import BadSettings, Settings, load

SECRET = "kunci-pelayan-yang-panjang-dan-rawak-42"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty environment and a folder without `.env`."""
    for name in [name for name in os.environ if name.startswith("SELARAS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_nothing_set_is_enough_to_begin():
    settings = load()
    assert settings.database == "sqlite:///data/selaras.db"
    assert settings.embedded
    assert settings.zone.key == "Asia/Kuala_Lumpur"
    assert settings.min_group == 5


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("BASE_URL", "survey.example.com", "http"),
        ("BASE_URL", "https://", "host"),
        ("BASE_URL", "ftp://x", "http"),
        ("BASE_URL", "https://x/?a=b", "alone"),
        ("BASE_URL", "https://x y", "alone"),
        ("TIMEZONE", "Mars/Base", "time zone"),
        ("TIMEZONE", "", "time zone"),
        ("TIMEZONE", "../etc/passwd", "time zone"),
        ("MAIL_FROM", "nobody", "one address"),
        ("MAIL_FROM", "a@b.c\nBcc: d@e.f", "one address"),
        ("MAIL_FROM", "a@b.c, d@e.f", "one address"),
        ("MAIL_URL", "http://relay", "smtp://"),
        ("MAIL_URL", "smtp://u:cret/cret@h", "%2F"),
        ("MAIL_URL", "smtp://", "host"),
        ("MAIL_PER_MINUTE", "0", "greater"),
        ("MAIL_PER_MINUTE", "many", "integer"),
        ("SECRET_KEY", "short", "32 random"),
        ("SECRET_KEY", "changeme" * 8, "placeholder"),
        ("SECRET_KEY", "change-me-to-something-long-and-random", "placeholder"),
        ("SECRET_KEY", "x" * 64, "random"),
        ("SECRET_KEY", ",", "32 random"),
        ("SECRET_KEY", f"{SECRET},short", "32 random"),
        ("DATABASE_URL", "mysql://x", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///", "name a file"),
        ("DATABASE_URL", "sqlite:///:memory:", "name a file"),
        ("DATABASE_URL", "postgresql://u:cret@h:cret/x", "name a file"),
        ("DATABASE_URL", "postgresql://u@h/x", "SELARAS_SECRET_KEY is required"),
        ("LANGUAGE", "id", "'en' or 'ms'"),
        ("MIN_GROUP", "3", "greater than or equal to 4"),
        ("TRUSTED_PROXIES", "proxy.internal", "IP addresses"),
    ],
)
def test_a_bad_value_is_refused_in_a_sentence_that_names_it(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(f"SELARAS_{name}", value)
    with pytest.raises(BadSettings) as refused:
        load()
    assert says in str(refused.value)
    assert "required" in says or str(refused.value).startswith(f"SELARAS_{name}: ")
    assert "cret/" not in str(refused.value)
    assert "cret@" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "https://survey.example.com/"),
        ("MAIL_FROM", "HR Contoh <hr@example.com>"),
        ("MAIL_URL", "smtps://a%40b:c@relay.example.com"),
        ("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8, ::1"),
        ("DATABASE_URL", "sqlite:////var/lib/selaras.db"),
        ("SECRET_KEY", f"{SECRET}, {SECRET}-yang-lama"),
    ],
)
def test_good_values_are_taken(name: str, value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(f"SELARAS_{name}", value)
    load()


def test_two_problems_are_told_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SELARAS_MIN_GROUP", "1")
    monkeypatch.setenv("SELARAS_LANGUAGE", "fr")
    with pytest.raises(BadSettings, match=r"SELARAS_LANGUAGE: .*; SELARAS_MIN_GROUP: "):
        load()


def test_a_value_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    monkeypatch.setenv("SELARAS_SECRET_KEY_FILE", str(tmp_path / "secret"))
    assert load().secret_key == SECRET


def test_the_environment_goes_before_the_file_and_the_file_before_dotenv(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / ".env").write_text("SELARAS_ORGANISATION=dotenv\nSELARAS_CONTACT=dotenv\n")
    (tmp_path / "name").write_text("file")
    assert load().organisation == "dotenv"
    monkeypatch.setenv("SELARAS_ORGANISATION_FILE", str(tmp_path / "name"))
    assert load().organisation == "file"
    monkeypatch.setenv("SELARAS_ORGANISATION", "environment")
    assert (load().organisation, load().contact) == ("environment", "dotenv")
    assert load(organisation="given").organisation == "given"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(
    content: bytes | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    path = tmp_path / "secret"
    if content:
        path.write_bytes(content)
    monkeypatch.setenv("SELARAS_SECRET_KEY_FILE", str(path))
    with pytest.raises(BadSettings, match=f"SELARAS_SECRET_KEY_FILE: {re.escape(str(path))}"):
        load()


def test_settings_do_not_change():
    with pytest.raises(ValidationError):
        load().min_group = 4  # type: ignore[misc]


def test_a_printed_setting_shows_no_secret():
    given: dict[str, Any] = {
        "secret_key": SECRET,
        "mail_url": "smtp://hr:rahsia@relay.example.com",
        "database_url": "postgresql://selaras:rahsia@db/selaras",
    }
    for shown in (repr(load(**given)), str(load(**given))):
        assert "rahsia" not in shown
        assert SECRET not in shown


def test_several_secrets_are_read_newest_first():
    assert load(secret_key=f"{SECRET}-2, {SECRET}").server_secrets() == (f"{SECRET}-2", SECRET)


def test_a_secret_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path):
    settings = load(data_dir=tmp_path / "new" / "data")
    (secret,) = settings.server_secrets()
    assert len(secret) >= 43
    assert settings.server_secrets() == (secret,)
    (kept,) = (tmp_path / "new" / "data").iterdir()
    assert kept.read_text() == secret
    assert kept.stat().st_mode & 0o077 == 0


def test_a_secret_is_made_where_the_file_system_has_no_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert load(data_dir=tmp_path).server_secrets() == load(data_dir=tmp_path).server_secrets()
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_the_secret_of_whoever_was_first_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real = os.link

    def beaten(source: Path, target: Path) -> None:
        target.write_text(SECRET)
        real(source, target)

    monkeypatch.setattr(os, "link", beaten)
    assert load(data_dir=tmp_path).server_secrets() == (SECRET,)
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_of_two_processes_starting_together_both_get_the_same_secret(tmp_path: Path):
    program = (
        "import sys; from pathlib import Path; from app.kit.key_file import read;"
        "print('ready', flush=True); sys.stdin.read();"
        "print([read(Path(sys.argv[1]) / str(i)) for i in range(200)])"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(module.__file__).parents[2],
            text=True,
        )
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin
        process.stdin.close()
        process.stdin = None
    first, second = (process.communicate(timeout=20)[0] for process in started)
    assert first == second
    assert "''" not in first
    assert len(list(tmp_path.iterdir())) == 200


def test_a_secret_file_cut_short_stops_the_start(tmp_path: Path):
    (tmp_path / "secret.key").write_text("")
    with pytest.raises(BadSettings, match="holds no secret"):
        load(data_dir=tmp_path).server_secrets()


def test_settings_made_by_hand_are_checked_too():
    with pytest.raises(ValidationError):
        Settings(_env_file=None, min_group=1)
