"""`selaras analyse`, typed by somebody who has a file and no installation."""

import csv
import json
from pathlib import Path

import pytest

from tests.cli.command import Installation, Result

REFERENCE = Path(__file__).parents[1] / "reference"
DEPARTMENTS = ("Commercial/Sales", "Commercial/Marketing", "Ops")
TEMPLATE = """\
key = "cohesion"
version = 1
languages = ["en", "ms"]
title.en = "Cohesion"
title.ms = "Kesepaduan"
minutes = 1
[scales.agree]
points = 5
max_detractor = 1
min_promoter = 3
labels.en = ["Never", "Seldom", "At times", "Often", "Always"]
labels.ms = ["Tidak pernah", "Jarang", "Kadang-kadang", "Kerap", "Sentiasa"]
""" + "".join(
    f"""
[[items]]
key = "{key}"
type = "scale"
scale = "agree"
text.en = "Statement {key}."
text.ms = "Pernyataan {key}."
"""
    for key in ("one", "two")
)


def written(place: Installation, name: str, rows: list[list[str]]) -> str:
    with (place.folder / name).open("w", newline="") as file:
        csv.writer(file).writerows([["department", "one", "two"], *rows])
    (place.folder / "cohesion.toml").write_text(TEMPLATE)
    return name


def analyse(place: Installation, name: str, *words: str) -> Result:
    return place.inside("analyse", name, "--survey", "cohesion.toml", *words)


def rows(*cells: str) -> list[list[str]]:
    return [[DEPARTMENTS[n % 3], *[cells[n % len(cells)]] * 2] for n in range(24)]


def test_it_needs_no_database_and_makes_none(empty: Installation) -> None:
    name = written(empty, "answers.csv", rows("0", "2", "4", "3"))
    result = empty.run("analyse", name, "--survey", "cohesion.toml")
    assert result.code == 0
    assert "Commercial/Sales" in result.out
    assert {path.name for path in empty.folder.iterdir()} == {"answers.csv", "cohesion.toml"}


def test_codes_from_one_and_labels_in_malay_are_the_same_release(empty: Installation) -> None:
    ways = {
        "zero": ["0", "2", "4", "3"],
        "one": ["1", "3", "5", "4"],
        "labels": ["Tidak pernah", "kadang-kadang", "Sentiasa", "Often"],
    }
    name = "answers.csv"
    found = []
    for way, cells in ways.items():
        written(empty, name, rows(*cells))
        found.append(json.loads(analyse(empty, name, "--codes", way, "--json").out))
    assert found[0] == found[1] == found[2]
    assert found[0]["groups"][0]["promoters"] == 12


@pytest.mark.parametrize(
    ("bad", "words", "said"),
    [
        (
            ["Ops", "9", "1"],
            (),
            'row 26, column one: write a code from 0 to 4, or leave it empty: "9"',
        ),
        (["Ops", "1"], (), "row 26: it has 2 cells and the header has 3"),
        (["", "1", "1"], (), "row 26, column department: everybody needs a department"),
        (["Ops", "maybe", "Often"], ("--codes", "labels"), "column one: no label of this item"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_scored(
    empty: Installation, bad: list[str], words: tuple[str, ...], said: str
) -> None:
    cells = ("Never", "Often") if words else ("0", "3")
    name = written(empty, "answers.csv", [*rows(*cells), bad])
    result = analyse(empty, name, *words, "--json")
    assert result.code == 1
    assert said in result.err
    error = result.document["error"]
    assert error["code"] == "answers_refused"
    assert [one["row"] for one in error["problems"]] == [26]


def test_many_wrong_cells_are_counted_and_the_first_are_shown(empty: Installation) -> None:
    name = written(empty, "answers.csv", [["Ops", "7", "8"] for _ in range(40)])
    result = analyse(empty, name, "--json")
    assert len(result.document["error"]["problems"]) == 80
    assert len(result.err.splitlines()) == 52
    assert "79 more" in result.err


def test_letters_that_are_not_utf_8_are_named_and_not_guessed(empty: Installation) -> None:
    name = written(empty, "answers.csv", rows("1", "3"))
    content = (empty.folder / name).read_bytes().replace(b"Ops", "Opération".encode("cp1252"), 1)
    (empty.folder / name).write_bytes(content)
    result = analyse(empty, name)
    assert result.code == 1
    assert "row 4, column department: it is not UTF-8" in result.err


def test_what_would_steer_a_terminal_is_not_printed(empty: Installation) -> None:
    name = written(empty, "answers.csv", rows("1", "3"))
    text = (empty.folder / name).read_text().replace("Ops,1", "Ops,\x1b[2J1")
    (empty.folder / name).write_text(text)
    result = analyse(empty, name)
    assert result.code == 1
    assert "\x1b" not in result.err


def test_people_who_left_everything_blank_have_answered_all_the_same(empty: Installation) -> None:
    written(empty, "answers.csv", [])
    cells = ["3,2", "1,0", "4,4", "2,3", "0,1", "NA,NA", ",", ","]
    (empty.folder / "answers.csv").write_text("one,two\n" + "\n".join(cells) + "\n")
    release = analyse(empty, "answers.csv", "--no-disclosure-control", "--json").document
    whole = release["groups"][0]
    assert (whole["answered"], whole["n"], whole["unclassified"]) == (8, 5, 3)


def test_an_item_is_no_department(empty: Installation) -> None:
    name = written(empty, "answers.csv", rows("1", "3"))
    assert "an item of the survey" in analyse(empty, name, "--department", "one").err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"department,one,two\r\n", "no answers"),
        (b"department,one,two\r\nOps,\x811,1\r\n", "no text"),
        (b"department,one,two\r\nOps,\x001,1\r\n", "NUL"),
    ],
)
def test_a_file_that_is_no_table_is_one_sentence(
    empty: Installation, content: bytes, said: str
) -> None:
    name = written(empty, "answers.csv", [])
    (empty.folder / name).write_bytes(content)
    result = analyse(empty, name)
    assert (result.code, len(result.err.splitlines())) == (1, 1)
    assert said in result.err


def test_other_columns_are_left_out_aloud_and_a_missing_one_is_refused(empty: Installation) -> None:
    written(empty, "answers.csv", [])
    lines = ["team,one,when", *(f"T{n % 2},{n % 5},2026" for n in range(20))]
    (empty.folder / "answers.csv").write_text("\n".join(lines))
    result = analyse(empty, "answers.csv", "--department", "team")
    assert "column two: the file has no such column" in result.err
    (empty.folder / "answers.csv").write_text(
        "\n".join([lines[0] + ",two", *(f"{line},3" for line in lines[1:])])
    )
    result = analyse(empty, "answers.csv", "--department", "team")
    assert result.code == 0
    assert "left out: when" in result.err
    assert "T0" in result.out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--codes", "three"), 2, "zero, one or labels"),
        (("--min-group", "2"), 1, "at least 4"),
        (("--department", "nowhere"), 1, "column nowhere"),
    ],
)
def test_options_say_what_they_take(empty: Installation, words, code: int, said: str) -> None:
    result = analyse(empty, written(empty, "answers.csv", rows("1", "3")), *words)
    assert result.code == code
    assert said in result.err


def test_an_unknown_survey_and_a_broken_template_are_named(empty: Installation) -> None:
    name = written(empty, "answers.csv", rows("1", "3"))
    assert "team_pulse" in empty.inside("analyse", name, "--survey", "team_puls").err
    (empty.folder / "cohesion.toml").write_text(TEMPLATE.replace('scale = "agree"', "", 1))
    assert "cohesion.toml" in analyse(empty, name).err
    assert "there is no such file" in empty.inside("analyse", name, "--survey", "no.toml").err


def test_published_agreement_and_alpha_come_out_of_the_command(empty: Installation) -> None:
    """Eleven answers to five items, one of them missing, whose indices an R package computed."""
    expected = json.loads((REFERENCE / "cohesion_expected.json").read_text())
    (empty.folder / "answers.csv").write_bytes((REFERENCE / "cohesion.csv").read_bytes())
    head, _, item = TEMPLATE.partition("\n[[items]]")
    items = [
        ("[[items]]" + item.split("[[items]]")[0]).replace("one", f"COH0{n}") for n in range(1, 6)
    ]
    (empty.folder / "cohesion.toml").write_text(head + "\n" + "".join(items).lower())
    (empty.folder / "answers.csv").write_text(
        (empty.folder / "answers.csv").read_text().replace("COH", "coh")
    )
    words = ("--codes", "one", "--department", "PLATOON", "--no-disclosure-control", "--json")
    release = analyse(empty, "answers.csv", *words).document
    platoons = {one["department"]: one["agreement"] for one in release["groups"]}
    for name, group in expected["by_PLATOON"].items():
        assert platoons[name]["r_wg_j"] == pytest.approx(group["rwgj_pairwise_items"], abs=1e-4)
    # Nobody of the second platoon left anything out.
    second = expected["by_PLATOON"]["2ND"]
    assert platoons["2ND"]["a_wg"] == pytest.approx(second["awg_listwise"], abs=1e-4)
    assert platoons["2ND"]["ad_m"] == pytest.approx(second["adm_listwise"], abs=1e-4)
    reliability = release["reliability"]
    assert reliability["n"] == expected["n_listwise"]
    assert reliability["alpha"] == pytest.approx(expected["alpha_listwise"], abs=1e-4)
    assert [one["item_rest"] for one in reliability["items"]] == pytest.approx(
        expected["item_rest_r_listwise"], abs=1e-4
    )
