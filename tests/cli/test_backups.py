"""`selaras backup`, `restore` and `move`, while people answer, on both databases."""

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from app.kit import backup, migration
from app.kit.backup import BackupRefused
from app.kit.database import Database
from tests import cast
from tests.cast import MARKETING, SALES
from tests.cli.command import Installation
from tests.conftest import SECRET, make_settings
from tests.postgresql import Server
from tests.site import Site, running_site

THANKS = ("Thank you. Your answers are in.", "Terima kasih. Jawapan anda telah diterima.")
OTHER_KEY = "another-server-key-that-is-long-enough-too"


def test_a_restored_installation_has_what_was_backed_up_and_forgets_who_was_erased(
    database_url: str, tmp_path: Path
) -> None:
    with running_site(database_url, tmp_path) as site:
        hr = site.with_people().signed_in(cast.AMINAH)
        round_ = site.opened(SALES, MARKETING, survey="team_pulse")
        early, late = list(round_.links.values())[:4], list(round_.links.values())[4:8]
        for link in early:
            site.answer(link)
        file = tmp_path / "kept" / "selaras.backup"
        answering = threading.Thread(target=lambda: [site.answer(one) for one in late])
        answering.start()
        assert "restored once to prove it" in site.command("backup", str(file)).stderr
        answering.join()
        held = file.read_bytes()
        assert SECRET.encode() not in held
        assert not any(link.split("/")[-1].encode() in held for link in round_.links.values())

        somebody = list(round_.links)[5]
        site.command("privacy", "erase", somebody, "--yes")
        restored = site.command("restore", str(file), "--yes")
        assert "1 people or accounts erased since then were erased again" in restored.stderr
        assert site.count("employee", f"email = '{somebody}'") == 0
        answered = sum(site.answers(round_).values())
        assert len(early) <= answered <= len(early) + len(late)
        assert len(site.ballots(round_)) == answered
        assert site.count("spent") == answered
        assert hr.open("/people").path == "/sign-in", "nobody is signed in any more"
        for link in early:
            assert site.browser().open(link).heading in THANKS
        nothing_goes_out_until_it_is_confirmed(site)


def nothing_goes_out_until_it_is_confirmed(site: Site) -> None:
    site.work()
    before = len(site.sink.envelopes)
    doctor = site.command("doctor", check=False).stdout
    assert "held since" in doctor
    assert site.count("job", "kind = 'invite' AND state = 'waiting'") > 0
    site.command("restore", "--confirm")
    site.work()
    assert len(site.sink.envelopes) > before
    assert "Nothing was held" in site.command("restore", "--confirm").stderr


def test_a_restore_asks_for_the_key_of_open_rounds_and_changes_nothing_without(
    sqlite_url: str, tmp_path: Path
) -> None:
    with running_site(sqlite_url, tmp_path) as site:
        round_ = site.with_people().opened(SALES, survey="team_pulse")
        file = tmp_path / "selaras.backup"
        site.command("backup", str(file))
        site.answer(next(iter(round_.links.values())))
        site.settings = make_settings(sqlite_url, tmp_path, secret_key=OTHER_KEY)
        refused = site.command("restore", str(file), "--yes", "--json", check=False)
        assert refused.returncode == 1
        assert '"unknown_server_key"' in refused.stdout
        assert round_.id in refused.stderr
        assert sum(site.answers(round_).values()) == 1, "what was there is still there"
        site.command("restore", str(file), "--yes", "--without-key")
        assert sum(site.answers(round_).values()) == 0


@pytest.mark.parametrize("what", ["nothing", "text", "a database", "cut off"])
def test_what_is_no_backup_is_not_restored(what: str, sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    if what == "text":
        file.write_text("employee_id,name\n")
    elif what != "nothing":
        whole = Path(sqlite_url.removeprefix("sqlite:///")).read_bytes()
        file.write_bytes(whole if what == "a database" else whole[:100])
    with pytest.raises(BackupRefused, match=r"no such file|no backup of Selaras"):
        backup.read(file)


def test_a_backup_never_takes_the_place_of_anything_but_a_backup(
    sqlite_url: str, tmp_path: Path
) -> None:
    database = Path(sqlite_url.removeprefix("sqlite:///"))
    with running_site(sqlite_url, tmp_path) as site:
        refused = site.command("backup", str(database), check=False)
        assert "no backup of Selaras" in refused.stderr
        with sqlite3.connect(database) as still:
            assert still.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


def test_rows_do_not_lie_in_a_backup_as_they_came(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    with database.writing() as session:
        for key in "dcab":
            session.connection().execute(
                text(
                    "INSERT INTO job (part, kind, key, state, due_at, attempts, arguments) "
                    f"VALUES ('', 'a', '{key}', 'done', '2026-03-02 00:00:00.000000', 0, '{{}}')"
                )
            )
    backup.make(database, tmp_path / "selaras.backup")
    database.close()
    with sqlite3.connect(tmp_path / "selaras.backup") as file:
        rows = file.execute("SELECT key FROM job ORDER BY rowid").fetchall()
    assert [key for (key,) in rows] == ["a", "b", "c", "d"]


def test_from_sqlite_to_postgresql_with_one_command(
    sqlite_url: str, tmp_path: Path, postgresql_server: Server
) -> None:
    postgresql_server.execute("CREATE DATABASE moved")
    url = postgresql_server.url("moved")
    with running_site(sqlite_url, tmp_path) as site:
        round_ = site.with_people().opened(SALES, survey="team_pulse")
        first, second, *_ = round_.links.values()
        site.answer(first)
        assert "SELARAS_DATABASE_URL" in site.command("move", url).stderr
        again = site.command("move", url, check=False)
        assert "name an empty one" in again.stderr
        rows = {name: site.count(name) for name in ("employee", "invitation", "spent", "job")}
    with running_site(url, tmp_path) as site:
        assert {name: site.count(name) for name in rows} == rows
        assert site.answer(second).heading in THANKS
        assert site.browser().open(first).heading in THANKS
        site.command("round", "close", round_.id)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_upgrade_backs_up_first_and_the_printed_line_leads_back(
    kind: str, tmp_path: Path, postgresql_server: Server
) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    if kind == "postgresql":
        postgresql_server.execute("CREATE DATABASE upgraded")
        url = postgresql_server.url("upgraded")
    database = Database(url)
    migration.upgrade(database, "0018")
    with database.writing() as session:
        session.connection().execute(
            text("INSERT INTO department (id, name, folded_path) VALUES ('a', 'Jualan', 'jualan')")
        )
    database.close()
    here = Installation(tmp_path, {"SELARAS_DATABASE_URL": url, "SELARAS_SECRET_KEY": SECRET})
    done = here.run("upgrade")
    assert "before: 0018" in done.err
    line = done.err.strip().splitlines()[-1].split()
    file = Path(line[2])
    assert backup.read(file).schema == "0018"
    assert here.run(*line[1:]).code == 0
    database = Database(url)
    with database.reading() as session:
        found = session.connection().execute(text("SELECT name FROM department")).all()
    assert [one for (one,) in found] == ["Jualan"]
    assert migration.is_current(database)
    database.close()
