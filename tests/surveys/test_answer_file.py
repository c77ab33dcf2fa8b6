"""A file of answers from another tool: what its cells mean, and every cell that means nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit import csv
from app.results import analysis
from app.surveys import answer_file
from app.surveys.answer_file import AnswersRefused
from app.surveys.coding import Layout
from app.surveys.definition import Survey
from app.surveys.question_types.kind import BLANK, NOT_APPLICABLE
from tests.surveys.samples import calm, lunch

SURVEY = lunch()
KEYS = [column.key for column in Layout.of(SURVEY).columns]
GOOD = {
    "we_listen": "4",
    "they_listen": "",
    "likely": "10",
    "drink": "1",
    **{key: "" for key in KEYS if key not in {"we_listen", "they_listen", "likely", "drink"}},
}


def file_of(*rows: dict[str, str], survey: Survey = SURVEY, extra: str = "") -> bytes:
    """A file with a department and every column; each row is GOOD but for what it says."""
    names = ["department", *KEYS, *([extra] if extra else [])]
    full = [{"department": "Sales", **GOOD, **row} for row in rows]
    return "".join(
        csv.write(names, [[row.get(n, "") for n in names] for row in full], excel=False)
    ).encode()


def read(content: bytes, notation="zero", department="department"):
    return answer_file.read(csv.read(content), SURVEY, notation, department, analysis.unplaceable)


def codes(answers, row=0) -> dict[str, bytes]:
    layout = Layout.of(SURVEY)
    return dict(layout.unpack(answers.records[row * layout.size : (row + 1) * layout.size]))


def problems(content: bytes, notation="zero", department="department") -> list[str]:
    with pytest.raises(AnswersRefused) as refused:
        read(content, notation, department)
    return [str(one) for one in refused.value.problems]


@pytest.mark.parametrize(
    ("notation", "cell", "code"),
    [
        ("zero", "4", 4),
        ("zero", " 4 ", 4),
        ("zero", "4.0", 4),
        ("one", "5", 4),
        ("labels", "Strongly agree", 4),
        ("labels", "  sangat  SETUJU ", 4),
        ("zero", "", BLANK),
        ("zero", "-99", BLANK),
        ("zero", "NA", BLANK),
        ("zero", "-98", NOT_APPLICABLE),
        ("one", "na", NOT_APPLICABLE),
        ("labels", "Tidak berkenaan", NOT_APPLICABLE),
    ],
)
def test_a_cell_means_what_the_notation_says(notation, cell, code):
    rest = dict.fromkeys(KEYS, "")
    assert codes(read(file_of({**rest, "we_listen": cell}), notation))["we_listen"] == bytes([code])


@pytest.mark.parametrize(
    ("notation", "cell", "remedy"),
    [
        ("zero", "5", "a code from 0 to 4"),
        ("one", "0", "a code from 1 to 5"),
        ("zero", "2.5", "a code from 0 to 4"),
        ("zero", "Agree", "a code from 0 to 4"),
        ("zero", "-1", "a code from 0 to 4"),
        ("zero", "٣", "a code from 0 to 4"),
        ("zero", "n/a", "leave it empty"),
        ("labels", "Quite agree", "Strongly disagree / Disagree"),
        ("labels", "4", "no label"),
    ],
)
def test_another_cell_is_named_by_row_and_column(notation, cell, remedy):
    rest = dict.fromkeys(KEYS, "")
    [one] = problems(file_of({**rest}, {**rest, "we_listen": cell}), notation)
    assert one.startswith("row 3, column we_listen: ")
    assert remedy in one
    assert one.endswith(f'"{cell}"')


@pytest.mark.parametrize(
    ("place", "remedy"),
    [
        ("a/*", "has no name"),
        ("Sales/ /Inside", "has no name"),
        ("/".join("x" * 900), "more than 10 levels"),
        ("x" * 300, "longer than 120"),
        ("Sa\x1b[31mles", "control character"),
    ],
)
def test_a_text_that_cannot_be_a_department_is_named(place, remedy):
    [one] = problems(file_of({}, {"department": place}))
    assert one.startswith("row 3, column department: ")
    assert remedy in one


def test_every_wrong_cell_is_told_at_once_in_the_order_of_the_rows():
    content = file_of({"likely": "11"}, {"department": " "}, {"drink": "tea", "we_listen": "9"})
    assert [one.partition(":")[0] for one in problems(content)] == [
        "row 2, column likely",
        "row 3, column department",
        "row 4, column we_listen",
        "row 4, column drink",
    ]


def test_does_not_apply_is_refused_where_nobody_was_offered_it():
    [one] = problems(file_of({"likely": "na"}))
    assert 'nobody was offered "does not apply"' in one


def test_a_ragged_row_is_named_and_the_others_are_not_read_into_it():
    content = file_of({}, {}, {}).split(b"\r\n")
    content[2] += b",one too many"
    size = len(KEYS) + 1
    assert problems(b"\r\n".join(content)) == [
        f"row 3: it has {size + 1} cells and the header has {size}"
    ]


def test_a_missing_column_is_not_taken_for_unanswered():
    content = file_of({}).replace(b"we_listen", b"we_lissten", 1)
    [one] = problems(content)
    assert one.startswith("row 1, column we_listen: the file has no such column")
    assert "we_lissten" in one


def test_two_columns_of_one_name_are_refused():
    assert "two columns" in problems(file_of({}, extra="drink"))[0]


def test_a_column_that_is_no_item_is_left_out_and_told():
    assert read(file_of({"age": "41"}, extra="age")).ignored == ("age",)


def test_comments_keep_their_row_and_their_words():
    answers = read(file_of({}, {"wish": "=1+1\n\u200bok"}, extra="wish"))
    assert answers.comments == {"wish": ((1, "=1+1\n\u200bok"),)}


def test_several_options_and_ranks_are_written_with_semicolons():
    several, ranked = "dishes", "order"
    given = codes(read(file_of({several: "0;2", ranked: "1; 0"}, {ranked: "1"})))
    assert given[several] == bytes([1, 0, 1])
    assert given[ranked] == bytes([1, 0])
    for wrong in ("0;0", "0;;1", "9"):
        assert len(problems(file_of({several: wrong, ranked: wrong}))) == 2


def test_without_a_department_everybody_is_one_group():
    assert read(file_of({}, {}), department=None).departments == ("", "")
    assert "department" in read(file_of({}), department=None).ignored
    [one] = problems(file_of({}), department="Unit")
    assert one.startswith("row 1, column Unit: ")


@given(st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=1, max_size=30))
@calm
def test_codes_written_are_codes_read(rows):
    answers = read(file_of(*({"we_listen": str(a), "they_listen": str(b)} for a, b in rows)))
    found = [codes(answers, row) for row in range(len(rows))]
    assert [[one["we_listen"][0], one["they_listen"][0]] for one in found] == rows


@given(st.text(max_size=12))
@calm
def test_any_cell_is_an_answer_or_a_named_refusal(cell):
    content = file_of({"we_listen": cell.replace("\0", "")})
    if cell.strip() in {"", "-99", "NA", "-98", "na"} or re.fullmatch(
        r"0{0,2}[0-4](\.0+)?", cell.strip()
    ):
        assert codes(read(content))["we_listen"][0] in {*range(5), BLANK, NOT_APPLICABLE}
    else:
        assert problems(content)[0].startswith("row 2, column we_listen: ")
