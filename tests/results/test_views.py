"""How departments see each other, from ballots whose answers are known."""

import pytest

from app.kit.language import Language
from app.results.matrix import matrices
from app.surveys import library
from app.surveys.answering import read
from app.surveys.coding import Layout
from app.surveys.pairing import paired
from app.surveys.paper import paper
from tests.results.company import Company

NAMES = {"sales": "Sales", "plant": "Plant", "legal": "Legal"}
ASKS = {"sales": ("plant", "legal"), "plant": ("sales",), "legal": ("sales",)}
SURVEY = paired(library.template("department_collaboration"), NAMES, ASKS)


def ballot(side: str, code: int) -> bytes:
    """Everything answered by the same code, agreeing or not."""
    questions = paper(SURVEY, side)
    pairs = [(one.field, str(min(code, one.offer.codes - 1))) for one in questions]
    return Layout.of(SURVEY).pack(read(questions, pairs))


def released(legal: int = 8) -> dict:
    company = Company(SURVEY, sides={name: key for key, name in NAMES.items()})
    company.add("Sales", 10, [ballot("sales", 2 + n % 3) for n in range(9)])
    company.add("Plant", 10, [ballot("plant", n % 3) for n in range(9)])
    company.add("Legal", legal, [ballot("legal", n % 4) for n in range(legal)])
    return company.release()


@pytest.fixture(scope="module")
def release() -> dict:
    return released()


def view(release: dict, one: str, about: str, theme: str | None = "quality") -> dict:
    (found,) = [
        row
        for row in release["views"]
        if (row["from"], row["about"], row["theme"]) == (one, about, theme)
    ]
    return found


def test_each_direction_has_the_mean_of_its_own_answers(release: dict) -> None:
    # Codes 2, 3, 4 of 0 to 4 are 75 on average, codes 0, 1, 2 are 25.
    assert (view(release, "Sales", "Plant")["index"], view(release, "Plant", "Sales")["index"]) == (
        75,
        25,
    )
    assert view(release, "Sales", "Plant")["n"] == 9
    # Of the conflict theme one statement is turned round.
    assert view(release, "Sales", "Plant", "conflict")["index"] == 50
    assert view(release, "Sales", "Plant", None)["index"] == pytest.approx(
        (10 * 75 + 25) / 11, abs=1e-4
    )


def test_only_pairs_are_told_of(release: dict) -> None:
    told = {(row["from"], row["about"]) for row in release["views"]}
    assert told == {("Sales", "Plant"), ("Sales", "Legal"), ("Plant", "Sales"), ("Legal", "Sales")}


def test_where_the_two_views_of_a_pair_differ_it_is_said(release: dict) -> None:
    gaps = [row for row in release["gaps"] if row["kind"] == "reciprocity"]
    smoothly = next(
        row
        for row in gaps
        if row["item"] == "works_smoothly" and {row["from"], row["about"]} == {"Sales", "Plant"}
    )
    assert (smoothly["from"], smoothly["gap"], smoothly["verdict"]) == ("Sales", 50, "higher")
    assert not any({row["from"], row["about"]} == {"Plant", "Legal"} for row in gaps)


def test_a_department_that_is_hidden_says_nothing_of_others() -> None:
    release = released(legal=3)
    assert not any(row["from"] == "Legal" for row in release["views"])


def test_a_withheld_answer_keeps_back_the_mean_it_is_part_of() -> None:
    column = next(c for c in Layout.of(SURVEY).columns if c.key == "works_smoothly--plant")
    alike = [bytearray(ballot("sales", 2 + n % 3)) for n in range(9)]
    for one in alike:
        one[column.offset] = 3
    company = Company(SURVEY, sides={name: key for key, name in NAMES.items()})
    company.add("Sales", 10, list(map(bytes, alike)))
    company.add("Plant", 10, [ballot("plant", n % 3) for n in range(9)])
    company.add("Legal", 8, [ballot("legal", n % 4) for n in range(8)])
    release = company.release()
    assert view(release, "Sales", "Plant")["index"] is None
    assert view(release, "Sales", "Plant", None)["index"] is None
    assert view(release, "Sales", "Plant", "dependability")["index"] == 75


def test_who_was_not_asked_is_no_blank(release: dict) -> None:
    (plant,) = [group for group in release["groups"] if group["department"] == "Plant"]
    items = {one["key"]: one for one in plant["items"] if one["disclosed"]}
    assert items["works_smoothly--sales"]["blank"] == 0
    assert items.get("works_smoothly--legal", {}).get("blank") is None


def test_the_table_has_a_row_for_who_says_it(release: dict) -> None:
    whole, *themes = matrices(release["views"], SURVEY, Language("ms"))
    assert (whole.name, whole.about) == ("Semua tema", ("Sales", "Plant", "Legal"))
    assert [cell.kind for cell in whole.lines[1].cells] == ["seen", "self", "apart"]
    assert len(themes) == 4
