import contextlib
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.csv import BOM, Cell, NotCsv, defused, read, write


def written(header: list[str], rows: list[list[Cell]], *, excel: bool = True) -> str:
    return "".join(write(header, rows, excel=excel))


cell = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=20)
row = st.lists(cell, min_size=3, max_size=3).filter(lambda cells: any(c.strip() for c in cells))


@given(st.lists(row, max_size=8), st.booleans())
def test_what_is_written_is_read_back(rows: list[list[str]], excel: bool):
    table = read(written(["a", "b", "c"], rows, excel=excel).encode())
    assert table.header == ("a", "b", "c")
    expected = [[defused(c) for c in cells] if excel else cells for cells in rows]
    assert [list(cells) for _, cells in table.rows] == expected


@given(st.lists(row, min_size=1, max_size=8))
def test_no_text_reaches_a_spreadsheet_as_a_formula(rows: list[list[str]]):
    text = written(["a", "b", "c"], rows).removeprefix(BOM)
    for cells in csv.reader(io.StringIO(text, newline="")):
        for shown in cells:
            assert not shown.strip(" \u00a0\u3000\ufeff\u200b").startswith(
                tuple("=+-@\t\r\n＝＋－＠")
            )


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"]
)
@pytest.mark.parametrize("before", ["", " ", "   ", "\u00a0", "\u3000", "\ufeff"])
def test_a_text_that_could_run_gets_an_apostrophe(start: str, before: str):
    assert defused(f"{before}{start}1+1") == f"'{before}{start}1+1"


@pytest.mark.parametrize("harmless", ["", "Aminah", "a=b", "1", " a", "'=1", "5-3", "a@b.c"])
def test_harmless_text_stays_as_it_is(harmless: str):
    assert defused(harmless) == harmless


def test_a_name_of_a_column_is_defused_too():
    assert written(["=cmd()"], []) == f"{BOM}'=cmd()\r\n"


def test_numbers_stay_numbers_and_nothing_stays_empty():
    rows: list[list[Cell]] = [[-5, -1.5, None, "-5", 0]]
    assert written(["a", "b", "c", "d", "e"], rows) == f"{BOM}a,b,c,d,e\r\n-5,-1.5,,'-5,0\r\n"
    assert written(["a", "b", "c", "d", "e"], rows, excel=False).endswith("-5,-1.5,,-5,0\r\n")


def test_only_the_excel_profile_begins_with_a_bom():
    assert written(["a"], []).startswith(BOM)
    assert not written(["a"], [], excel=False).startswith(BOM)


def test_a_large_table_comes_in_pieces():
    asked = 0

    def rows():
        nonlocal asked
        for asked in range(10_000):
            yield [asked, "x" * 20]

    pieces = write(["n", "text"], rows(), excel=True)
    first = next(pieces)
    assert asked < 2000
    whole = first + "".join(pieces)
    assert len(read(whole.encode()).rows) == 10_000


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"), ("utf-16", "UTF-16")],
)
def test_a_file_is_read_as_people_save_it(delimiter: str, end: str, encoding: str, name: str):
    lines = [delimiter.join(["employee_id", " name "]), delimiter.join(["007", "José"]), ""]
    table = read(end.join(lines).encode(encoding))
    assert (table.encoding, table.delimiter) == (name, delimiter)
    assert table.header == ("employee_id", "name")
    assert table.rows == ((2, ("007", "José")),)


def test_a_delimiter_inside_the_name_of_a_column_does_not_count():
    assert read(b'"Name, first, last";id\nAli;7\n').header == ("Name, first, last", "id")


def test_a_row_has_the_number_a_spreadsheet_shows():
    content = b'id,note\n1,"two\nlines\r\nor three"\n\n2,after an empty row\n , \n3,end\n'
    assert [(number, cells[0]) for number, cells in read(content).rows] == [
        *((2, "1"), (4, "2"), (6, "3")),
    ]


def test_empty_rows_before_the_header_count_too():
    table = read(b"\n\nid\n1\n")
    assert table.header == ("id",)
    assert table.rows == ((4, ("1",)),)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n , \r\n", "empty"),
        (b"a,b\0\n", "NUL"),
        ("a,b".encode("utf-16-le"), "NUL"),
        (b"a,b\x81\n", "no text"),
        (b"\xff\xfea", "no text"),
        (b'a,b\n"x"y,z\n', "not a table"),
        (b'a,b\n"never closed\n', "not a table"),
        (b"a\n" + b"x" * 200_000, "not a table"),
    ],
)
def test_what_is_no_table_is_said(content: bytes, says: str):
    with pytest.raises(NotCsv, match=says):
        read(content)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_refused(content: bytes):
    with contextlib.suppress(NotCsv):
        read(content)
