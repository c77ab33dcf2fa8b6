"""Every command: its help, its one JSON document, its exit code, and one clear sentence."""

import csv
import io
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import typer

from app.cli.main import REFUSALS, SENTENCES, app
from tests.cli.command import COMMAND, PEOPLE, Installation
from tests.conftest import SECRET

UNKNOWN = "zzzzzz"
MENDING = ("--place", "title", "--language", "en", "--text", "Title")


def commands(group=None, words=()):
    """Every command there is, as the words that call it."""
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


EVERY = dict(commands())


class TestHelp:
    @pytest.mark.parametrize("words", EVERY, ids=" ".join)
    def test_every_command_shows_an_example_of_itself(self, words):
        assert f"Example: selaras {' '.join(words)}" in EVERY[words].help

    def test_help_is_printed_and_is_no_failure(self, empty):
        result = empty.run("round", "open", "--help")
        assert result.code == 0
        assert "Example: selaras round open team_pulse" in result.out

    def test_a_group_alone_shows_its_commands_and_is_wrong_use(self, empty):
        result = empty.run("round")
        assert result.code == 2
        assert "extend" in result.err
        assert not result.out

    def test_the_commands_of_the_contract_are_there(self):
        assert set(EVERY) >= {
            *(("serve",), ("worker",), ("migrate",), ("demo",), ("doctor",)),
            *(("results",), ("export",), ("people", "import")),
            *(("privacy", name) for name in ("export", "erase", "sheet")),
            *(("account", name) for name in ("add", "list", "disable")),
            *(("survey", name) for name in ("list", "show", "check")),
            *(
                ("round", name)
                for name in ("open", "list", "status", "extend", "close", "release", "void")
            ),
        }


@pytest.mark.parametrize("module", ["app.cli.main", "app.main"])
def test_starting_does_not_wait_for_the_numerical_libraries(module):
    """They take longer to load than all the rest, and only a release or an analysis needs them."""
    words = f"import sys, {module}; print(sorted({{'numpy', 'scipy'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"


class TestRefusing:
    @pytest.mark.parametrize(
        "words",
        [
            ("nothing",),
            ("round", "nothing"),
            ("round", "open"),
            ("round", "status"),
            ("results", "k7m2px", "--nonsense"),
            ("serve", "--port", "many"),
            ("serve", "--port", "70000"),
            ("export", "k7m2px"),
        ],
        ids=" ".join,
    )
    def test_wrong_use_is_2_and_says_what_is_wrong(self, empty, words):
        result = empty.inside(*words, "--json")
        assert result.code == 2
        assert result.refusal["code"] == "wrong_use"
        assert result.refusal["message"].endswith("See --help.")
        assert result.err == f"selaras: {result.refusal['message']}\n"
        assert not (empty.folder / "data").exists()

    def test_without_json_nothing_is_on_standard_output(self, empty):
        result = empty.run("round", "nothing")
        assert (result.code, result.out) == (2, "")

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            (("results", UNKNOWN), "unknown_round"),
            (("round", "status", UNKNOWN), "unknown_round"),
            (("round", "close", UNKNOWN), "unknown_round"),
            (("round", "release", UNKNOWN), "unknown_round"),
            (("round", "extend", UNKNOWN, "2030-01-01"), "unknown_round"),
            (("round", "void", UNKNOWN, "--yes"), "unknown_round"),
            (("round", "void", UNKNOWN), "failed"),
            (("round", "raise", UNKNOWN, "9"), "unknown_round"),
            (("round", "add-people", UNKNOWN), "unknown_round"),
            (("privacy", "sheet", UNKNOWN), "unknown_round"),
            (("privacy", "sheet", UNKNOWN, "--language", "fr"), "failed"),
            (("privacy", "export", "nobody@contoh.example"), "unknown_person"),
            (("privacy", "erase", "nobody@contoh.example", "--yes"), "unknown_person"),
            (("privacy", "erase", "p001@contoh.example"), "failed"),
            (("round", "mend", UNKNOWN, *MENDING, "--yes"), "unknown_round"),
            (("round", "mend", UNKNOWN, *MENDING), "failed"),
            (("survey", "show", "team_pulse_of_old"), "unknown_survey"),
            (("survey", "check", "missing.toml"), "failed"),
            (("people", "import", "missing.csv"), "failed"),
            (("account", "disable", "nobody@contoh.example"), "account_refused"),
            (("account", "add", "no address", "--role", "hr"), "account_refused"),
            (("account", "add", "new@contoh.example", "--role", "king"), "account_refused"),
            (("account", "add", "new@contoh.example", "--role", "manager"), "account_refused"),
        ],
        ids=" ".join,
    )
    def test_what_cannot_be_done_is_1_and_one_sentence(self, demo, words, code):
        result = demo.inside(*words, "--json")
        assert result.code == 1
        assert result.refusal["code"] == code
        assert len(result.refusal["message"]) > 15
        assert result.err == f"selaras: {result.refusal['message']}\n"

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (("--department", "Moon"), "no department Moon"),
            (("--breakdown", "colour"), "no breakdown by colour; choose location / level / tenure"),
            (("--mode", "secret"), "no mode secret; choose confidential / anonymous"),
            (("--merge", "Finance"), "at least two departments"),
            (("--merge", "Finance+Moon"), "no department Moon"),
            (("--merge", "Finance+Commercial/Sales"), "only neighbours"),
            (("--min-group", "3"), "at least 4"),
            (("--closes", "tomorrow"), "tomorrow is no date"),
            (("--closes", "2001-01-31"), "after the opening"),
            (("--opens", "2031-01-31", "--closes", "2031-01-30"), "after the opening"),
            (("--side", "sales"), "KEY=PATH"),
            (("--side", "north=Finance"), "no side north"),
            (("--department", "Legal"), "nothing could be shown"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
    )
    def test_a_round_that_cannot_be_opened_says_why(self, demo, options, said):
        result = demo.inside("round", "open", "team_pulse", "--name", "X", *options, "--json")
        assert result.code == 1
        assert said in result.refusal["message"]

    def test_wrong_settings_are_named(self, empty):
        result = empty.run(
            "round", "list", "--json", SELARAS_TIMEZONE="Moon", SELARAS_MIN_GROUP="2"
        )
        assert result.code == 1
        assert result.refusal["code"] == "bad_settings"
        assert "SELARAS_TIMEZONE" in result.refusal["message"]
        assert "SELARAS_MIN_GROUP" in result.refusal["message"]

    @pytest.mark.parametrize("words", [("round", "list"), ("account", "list"), ("migrate",)])
    def test_a_database_that_does_not_answer_is_one_sentence(self, empty, words):
        url = "postgresql://nobody:hunter2@127.0.0.1:9/none"
        result = empty.run(*words, "--json", SELARAS_DATABASE_URL=url, SELARAS_SECRET_KEY=SECRET)
        assert (result.code, result.refusal["code"]) == (1, "no_database")
        assert "hunter2" not in result.out + result.err

    def test_a_data_directory_that_cannot_be_made_is_one_sentence(self, empty):
        (empty.folder / "file").write_text("")
        below = str(empty.folder / "file" / "data")
        result = empty.run("round", "list", "--json", SELARAS_DATA_DIR=below)
        assert (result.code, result.refusal["code"]) == (1, "no_file")

    def test_a_database_of_a_newer_version_is_left_alone(self, empty):
        assert empty.run("migrate").code == 0
        import sqlite3

        with sqlite3.connect(empty.folder / "data" / "selaras.db") as connection:
            connection.execute("UPDATE alembic_version SET version_num = 'ffff'")
        result = empty.run("round", "list", "--json")
        assert (result.code, result.refusal["code"]) == (1, "newer_schema")

    def test_every_refusal_has_one_code(self):
        assert all(code.isidentifier() for code in REFUSALS.values())
        assert SENTENCES.keys() <= REFUSALS.keys()


class TestPeople:
    def test_an_import_says_what_it_did_and_a_dry_run_does_nothing(self, empty):
        path = empty.people(Sales=6, Legal=3)
        path.write_text(
            path.read_text() + "0001,Again,p1@contoh.example,Sales\r\n99,X,bad,Sales\r\n"
        )
        expected = {"new": 9, "changed": 0, "same": 0, "moved": 0, "deactivated": 0}
        for words in (("--dry-run",), ("--dry-run",), ()):
            told = empty.json("people", "import", "people.csv", *words)
            errors = told.pop("errors")
            assert told == expected
        assert {frozenset(one) for one in errors} == {
            frozenset({"row", "column", "value", "message"})
        }
        assert 12 in {one["row"] for one in errors}
        assert empty.json("people", "import", "people.csv")["same"] == 9

    def test_without_json_errors_are_on_standard_error(self, empty):
        (empty.folder / "people.csv").write_text(
            PEOPLE + "1,A,a@contoh.example,Sales\r\n,B,,Sales\r\n"
        )
        result = empty.run("people", "import", "people.csv")
        assert result.code == 0
        assert result.out.startswith("1 new, 0 changed")
        assert result.err.startswith("row 3, employee_id")

    @pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"name\r\nA\r\n"])
    def test_a_file_that_is_no_people_file_is_refused(self, empty, content):
        (empty.folder / "people.csv").write_bytes(content)
        result = empty.run("people", "import", "people.csv", "--json")
        assert (result.code, result.refusal["code"]) == (1, "import_refused")

    def test_deactivating_many_needs_their_exact_number(self, empty):
        empty.people(Sales=10)
        empty.told("people", "import", "people.csv")
        empty.people(Sales=5)
        refused = empty.run("people", "import", "people.csv", "--full", "--json")
        assert (refused.code, refused.refusal["code"]) == (1, "too_many_deactivated")
        told = empty.json("people", "import", "people.csv", "--full", "--deactivate", "5")
        assert (told["deactivated"], told["same"]) == (5, 5)


class TestSurveys:
    def test_the_list_names_each_survey(self, empty):
        listed = {one["key"]: one for one in empty.json("survey", "list")}
        assert "sales_marketing_alignment" in listed
        assert set(listed["team_pulse"]) == {
            *("key", "version", "title", "items", "minutes", "languages")
        }
        assert "team_pulse" in empty.run("survey", "list").out

    def test_one_is_shown_in_full(self, empty):
        assert empty.json("survey", "show", "team_pulse")["key"] == "team_pulse"
        shown = empty.run("survey", "show", "team_pulse").out
        assert "(ms)" in shown
        assert "energy" in shown

    def test_a_good_template_passes_and_a_bad_one_is_told_by_line(self, empty):
        template = Path(__file__).parents[2] / "survey_templates" / "team_pulse.toml"
        good = empty.json("survey", "check", str(template))
        assert (good["ok"], good["problems"]) == (True, [])
        text = template.read_text().replace("points = 5", "points = 50")
        (empty.folder / "bad.toml").write_text(text)
        bad = empty.run("survey", "check", "bad.toml", "--json")
        assert bad.code == 1
        assert not bad.document["ok"]
        line = text[: text.index("points = 50")].count("\n") + 1
        assert line in {one["line"] for one in bad.document["problems"]}
        plain = empty.run("survey", "check", "bad.toml")
        assert plain.code == 1
        assert f"bad.toml:{line}" in plain.err.replace(", line ", ":")


class TestRounds:
    STATUS = frozenset({"state", "invited", "queued", "sent", "failed", "answered"})

    def test_the_demo_has_three_released_rounds_and_an_open_one(self, demo, rounds):
        states = {one["name"]: one["state"] for one in demo.json("round", "list")}
        assert states == {
            "Alignment I": "released",
            "Alignment II": "released",
            "Alignment III": "released",
            "Alignment IV": "open",
        }
        told = demo.json("round", "status", rounds["Alignment III"])
        assert told.keys() >= self.STATUS
        assert told["state"] == "released"
        assert 100 < told["answered"] <= told["invited"]
        assert "state: open" in demo.run("round", "status", rounds["Alignment IV"]).out

    def test_the_demo_tells_a_story(self, demo, rounds):
        first, second, third = (
            demo.json("results", rounds[f"Alignment {number}"]) for number in ("I", "II", "III")
        )
        assert first["round"]["closed_on"] < second["round"]["closed_on"]
        weak = [one for one in second["diagnosis"] if one["sign"] == "leads_dropped"]
        assert {one["state"] for one in weak if one["department"] == "Commercial"} == {"present"}
        moved = {(one["department"], one["theme"]): one for one in third["theme_changes"]}
        assert moved["Commercial", "lead_handover"]["verdict"] == "higher"
        assert any(one["verdict"] == "higher" for one in third["gaps"])
        figures = {one["key"]: one["values"] for one in demo.json("indicator", "list")}
        assert figures["lead_conversion"] == 12
        assert figures["lead_quality"] == 24, "of the company, and of Sales"

    def test_what_is_released_is_not_closed_extended_or_voided(self, demo, rounds):
        one = rounds["Alignment III"]
        for words in (("close", one), ("extend", one, "2030-01-01"), ("void", one, "--yes")):
            result = demo.run("round", *words, "--json")
            assert (result.code, result.refusal["code"]) == (1, "round_refused")
        assert demo.json("round", "release", one)["state"] == "released"

    def test_an_open_round_has_no_results(self, demo, rounds):
        result = demo.run("results", rounds["Alignment IV"], "--json")
        assert (result.code, result.refusal["code"]) == (1, "not_released")
        released = demo.run("round", "release", rounds["Alignment IV"], "--json")
        assert (released.code, released.refusal["code"]) == (1, "round_refused")

    def test_from_preview_to_release(self, empty):
        empty.people(**{"Sales/Inside": 8, "Sales/Field": 9, "Legal": 3})
        empty.told("people", "import", "people.csv")
        words = ("round", "open", "team_pulse", "--name", "May", "--department", "Sales")
        options = ("--min-group", "6", "--closes", "2030-01-31T18:00", "--auto-release")
        preview = empty.json(*words, *options, "--preview")
        assert (preview["round"], preview["invited"]) == (None, 17)
        assert {one["department"] for one in preview["preview"]} == {
            *("", "Sales", "Sales/Inside", "Sales/Field")
        }
        assert (preview["proposed"], preview["combined"]) == ([], True)
        assert empty.told("round", "list") == []
        opened = empty.json(*words, *options)
        assert (opened["invited"], opened["preview"]) == (17, preview["preview"])
        one = opened["round"]
        (listed,) = empty.told("round", "list")
        # Eighteen hours in Kuala Lumpur.
        assert (listed["round"], listed["closes"]) == (one, "2030-01-31T10:00:00+00:00")
        extended = empty.told("round", "extend", one, "2030-02-01")
        assert extended["closes"] == "2030-01-31T16:00:00+00:00"
        earlier = empty.run("round", "extend", one, "2029-01-01", "--json")
        assert (earlier.code, earlier.refusal["code"]) == (1, "round_refused")
        assert empty.json("round", "close", one, "--hold")["state"] == "ready"
        assert empty.told("round", "extend", one, "2030-03-01")["state"] == "open"
        closed = empty.json("round", "close", one)
        assert (closed["state"], closed["answered"]) == ("released", 0)
        groups = empty.told("results", one)["groups"]
        assert [group["disclosed"] for group in groups] == [False] * len(groups)

    def test_a_round_that_opens_later_may_be_voided(self, empty):
        empty.people(Sales=9)
        empty.told("people", "import", "people.csv")
        opened = empty.told(
            *("round", "open", "team_pulse", "--name", "Later"),
            *("--opens", "2030-01-01", "--closes", "2030-01-31"),
        )
        assert empty.json("round", "status", opened["round"])["state"] == "scheduled"
        assert empty.json("round", "void", opened["round"], "--yes")["state"] == "void"


class TestResults:
    def test_the_release_is_one_document_and_a_table(self, demo, rounds):
        release = demo.json("results", rounds["Alignment I"])
        assert release["round"]["id"] == rounds["Alignment I"]
        table = demo.run("results", rounds["Alignment I"])
        lines = table.out.splitlines()
        assert lines[0].startswith("department")
        assert lines[1 + len(release["groups"])] == "", "the groups, and then what else was found"
        assert any(one.startswith("  perception, ") for one in lines)
        hidden = [one for one in release["groups"] if not one["disclosed"]]
        assert table.out.count("protected") == len(hidden)
        assert all(set(one) == {"department", "disclosed", "reason"} for one in hidden)

    def test_the_file_holds_the_numbers_of_the_release(self, demo, rounds, tmp_path):
        one = rounds["Alignment III"]
        path = tmp_path / "scores.csv"
        result = demo.run("export", one, "--what", "scores", "-o", str(path))
        assert (result.code, result.out) == (0, "")
        assert path.read_bytes().startswith(b"\xef\xbb\xbfdepartment,")
        streamed = demo.run("export", one, "--for", "analysis", "-o", "-")
        assert streamed.out.startswith("department,name,level")
        assert streamed.err == ""
        rows = list(csv.DictReader(io.StringIO(streamed.out, newline="")))
        overall = {row["department"]: row for row in rows if row["measure_kind"] == "overall"}
        for group in demo.json("results", one)["groups"]:
            row = overall[group["department"]]
            assert row["score_exact"] == str(group.get("score_exact", ""))

    @pytest.mark.parametrize(
        "options", [("--what", "wide"), ("--format", "sav"), ("--for", "fun")], ids=" ".join
    )
    def test_files_that_are_not_offered_are_refused(self, demo, rounds, options):
        result = demo.run("export", rounds["Alignment III"], *options, "-o", "-")
        assert (result.code, result.out) == (1, "")
        assert result.err.count("\n") == 1

    def test_a_file_that_cannot_be_written_is_not_left_in_pieces(self, demo, rounds, tmp_path):
        result = demo.run("export", rounds["Alignment III"], "-o", str(tmp_path / "no" / "x.csv"))
        assert result.code == 1
        assert "cannot be written" in result.err
        assert list(tmp_path.iterdir()) == []


class TestIndicators:
    def test_a_file_is_looked_at_then_imported(self, empty):
        empty.people(Sales=5)
        empty.told("people", "import", "people.csv")
        rows = (
            "period,indicator,value,department\n2026-01,lead_conversion,12.5,Sales\n2026-13,x,1,\n"
        )
        (empty.folder / "figures.csv").write_text(rows)
        planned = empty.json("indicator", "import", "figures.csv", "--dry-run")
        assert empty.json("indicator", "list") == []
        told = empty.json("indicator", "import", "figures.csv")
        assert planned == told
        assert (told["new"], told["replaced"], told["added"]) == (1, 0, ["lead_conversion"])
        [error] = told["errors"]
        assert (error["row"], error["column"], error["value"]) == (3, "period", "2026-13")
        (empty.folder / "figures.csv").write_text(rows.replace("12.5", "13"))
        again = empty.run("indicator", "import", "figures.csv")
        assert again.out == "0 new, 1 replaced, 0 the same, 1 errors\n"
        assert "row 3, period: this is no month" in again.err
        assert empty.run("indicator", "import", "nowhere.csv").code == 1


class TestAccounts:
    def test_added_listed_and_disabled(self, empty):
        empty.people(Sales=5)
        empty.told("people", "import", "people.csv")
        hr = empty.json("account", "add", "Aminah@Contoh.example", "--role", "hr")
        assert set(hr) == {"email", "role", "link"}
        assert "/sign-in/" in hr["link"]
        empty.json(
            "account", "add", "b@contoh.example", "--role", "manager", "--department", "Sales"
        )
        listed = {one["email"]: one for one in empty.json("account", "list")}
        assert listed["b@contoh.example"]["departments"] == ["Sales"]
        assert empty.json("account", "disable", "b@contoh.example")["disabled"]
        state = {one["email"]: one["disabled"] for one in empty.json("account", "list")}
        assert state == {hr["email"]: False, "b@contoh.example": True}
        plain = empty.run("account", "add", "it@contoh.example", "--role", "it")
        assert plain.out.startswith("http://127.0.0.1:8000/sign-in/")


class TestInstallation:
    def test_the_doctor_says_what_is_missing_and_ends_with_1(self, empty):
        first = empty.run("doctor", "--json")
        assert first.code == 1
        assert first.document["ok"] is False
        missing = [one for one in first.document["findings"] if not one["ok"]]
        assert {"mail", "contact", "database"} <= {one["what"] for one in missing}
        assert empty.json("migrate")["schema"]
        empty.people(Sales=5)
        empty.told("people", "import", "people.csv")
        empty.told("account", "add", "a@contoh.example", "--role", "hr")
        given = {
            "SELARAS_MAIL_URL": f"file://{empty.folder / 'mail'}",
            "SELARAS_CONTACT": "hr@contoh.example",
        }
        well = empty.run("doctor", "--json", "--send-test", "a@contoh.example", **given)
        assert (well.code, well.document["ok"]) == (0, True)
        assert len(list((empty.folder / "mail").glob("*.eml"))) == 1
        assert empty.run("doctor").out.count("MISSING") == 2

    def test_the_demo_twice_and_gone(self, demo, tmp_path):
        again = demo.run("demo", "--no-serve")
        assert again.code == 0
        assert again.err.count("/sign-in/") == 3
        assert len(demo.json("round", "list")) == 4
        other = Installation(tmp_path)
        other.json("migrate")
        other.run("account", "add", "a@contoh.example", "--role", "hr")
        refused = other.run("demo", "--no-serve")
        assert (refused.code, refused.err.count("\n")) == (1, 1)
        assert "in use" in refused.err
        assert other.run("demo", "--remove").code == 1

    def test_removing_the_demo_leaves_an_empty_installation(self, demo, tmp_path):
        import shutil

        shutil.copytree(demo.folder / "data", tmp_path / "data")
        copy = Installation(tmp_path)
        assert copy.run("demo", "--remove").code == 0
        assert not list((tmp_path / "data").glob("selaras.db*"))
        assert not list((tmp_path / "data").glob("mail/*.eml"))

    @pytest.mark.parametrize("words", [("serve",), ("demo",)])
    def test_a_port_in_use_is_one_sentence(self, empty, words):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = empty.run(*words, "--port", str(port))
        assert result.code == 1
        assert result.err.count("\n") == 1
        assert f"port {port}" in result.err
        assert not (empty.folder / "data" / "selaras.db").exists()

    def test_an_address_of_another_machine_is_one_sentence(self, empty):
        result = empty.run("serve", "--host", "192.0.2.1", "--port", "8123")
        assert (result.code, result.err.count("\n")) == (1, 1)

    @pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
    def test_it_serves_until_it_is_told_to_stop(self, empty, stop):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        process = subprocess.Popen(
            [COMMAND, "serve", "--port", str(port)],
            env=empty.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            assert _answers(f"http://127.0.0.1:{port}/healthz") == 200
        finally:
            process.send_signal(stop)
            out, err = process.communicate(timeout=40)
        assert out == b""
        assert b"Traceback" not in err
        assert process.returncode in {0, -stop}


def _answers(url: str) -> int:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as reply:
                status: int = reply.status
                return status
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


class TestPostgresql:
    @pytest.fixture
    def installed(self, tmp_path, postgresql_server):
        import secrets

        name = f"cli_{secrets.token_hex(4)}"
        postgresql_server.execute(f"CREATE DATABASE {name}")
        url = postgresql_server.url(name)
        yield Installation(tmp_path, {"SELARAS_DATABASE_URL": url, "SELARAS_SECRET_KEY": SECRET})
        postgresql_server.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def test_before_and_after_the_migration(self, installed):
        for words in (("round", "list"), ("people", "import", str(installed.people(Sales=9)))):
            early = installed.run(*words, "--json")
            assert (early.code, early.refusal["code"]) == (1, "no_database")
        assert installed.json("migrate")["schema"]
        assert installed.json("people", "import", "people.csv")["new"] == 9
        opened = installed.json("round", "open", "team_pulse", "--name", "May")
        assert installed.json("round", "close", opened["round"])["state"] == "released"
        release = installed.json("results", opened["round"])
        assert json.dumps(release).count("protected") == 2

    def test_without_a_secret_nothing_is_begun(self, installed):
        result = installed.run("migrate", "--json", SELARAS_SECRET_KEY="")
        assert (result.code, result.refusal["code"]) == (1, "bad_settings")
