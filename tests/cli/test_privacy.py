"""`selaras privacy`, as IT runs it for somebody who asks."""

from sqlalchemy import create_engine, text

from app.kit.language import LANGUAGES
from tests.cli.command import Installation


def launched(made: Installation) -> str:
    made.told("people", "import", str(made.people(Sales=9)))
    opening = ("round", "open", "team_pulse", "--name", "May")
    return str(made.told(*opening)["round"])


def test_a_person_is_handed_over_and_then_erased(empty: Installation) -> None:
    round_id = launched(empty)
    [person] = empty.told("privacy", "export", "p3@contoh.example")["people"]
    assert (person["name"], person["invitations"][0]["round"]) == ("P 3", round_id)
    words = empty.inside("privacy", "export", "p3@contoh.example")
    assert "cannot be found by person" in words.out
    asked = empty.inside("privacy", "erase", "p3@contoh.example")
    assert asked.code == 1
    assert f"open rounds are deleted ({round_id})" in asked.err
    assert empty.told("privacy", "export", "p3@contoh.example"), "nothing was done"
    done = empty.told("privacy", "erase", "p3@contoh.example", "--yes")
    assert (done["blanked"], done["invitations"], done["files_rewritten"]) == (1, 1, True)
    gone = empty.inside("privacy", "export", "p3@contoh.example", "--json")
    assert gone.refusal["code"] == "unknown_person"
    assert b"p3@contoh.example" not in (empty.folder / "data/selaras.db").read_bytes()


def test_handing_over_and_erasing_are_in_the_log(empty: Installation) -> None:
    launched(empty)
    empty.told("privacy", "export", "p3@contoh.example")
    empty.told("privacy", "erase", "p3@contoh.example", "--yes")
    engine = create_engine(f"sqlite:///{empty.folder}/data/selaras.db")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT action, subject FROM audit_entry")).all()
    engine.dispose()
    acts = {row.action: row.subject for row in rows if row.action.startswith("person.")}
    assert acts.keys() == {"person.exported", "person.erased"}
    assert len(set(acts.values())) == 1, "one pseudonym"
    assert "p3" not in str(acts)


def test_the_sheet_has_both_languages_and_the_hash(empty: Installation) -> None:
    round_id = launched(empty)
    document = empty.told("privacy", "sheet", round_id)
    assert set(document["sheets"]) == set(LANGUAGES)
    words = empty.inside("privacy", "sheet", round_id, "--language", "ms").out
    assert document["hash"] in words
    assert "Hak anda" in words
    assert "Your rights" not in words


def test_an_open_round_is_changed_by_command(empty: Installation) -> None:
    round_id = launched(empty)
    raised = empty.told("round", "raise", round_id, "7")
    assert raised["min_group"] == 7
    lower = empty.inside("round", "raise", round_id, "6", "--json")
    assert (lower.code, lower.refusal["code"]) == (1, "round_refused")
    empty.told("people", "import", str(empty.people(Sales=10)))
    assert empty.told("round", "add-people", round_id, "--preview")["added"] == 0
    joined = empty.told("round", "add-people", round_id)
    assert (joined["added"], joined["departments"][0]["new"]) == (1, 1)
    assert empty.told("round", "status", round_id)["invited"] == 10
    title = ("--place", "title", "--language", "en", "--text", "Team pulse!")
    mended = empty.told("round", "mend", round_id, *title, "--yes")["mended"]
    assert (mended[0]["from"], mended[0]["to"]) == ("Team pulse", "Team pulse!")
