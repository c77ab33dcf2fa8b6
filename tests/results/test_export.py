"""The file of scores: the numbers of the release in the columns of the contract."""

import csv
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.csv import defused
from app.results.export import csv_file, tables
from app.results.report import named
from tests.results.company import Company, classed, example, random_company, survey_of
from tests.surveys.samples import calm

COLUMNS = (
    "department,name,level,measure_kind,measure,invited,answered,n,promoters,passives,detractors,"
    "promoters_pct,passives_pct,detractors_pct,score,score_exact,score_low,score_high,range_low,"
    "range_high,index,disclosed,reason,band"
)
SAID_OF_HIDDEN = {
    *("department", "name", "level", "measure_kind", "measure", "disclosed", "reason"),
}
HOSTILE = ["=1+1", "+cmd", "-2", "@SUM(A1)", " =1", '"; DROP', "a,b", "new\nline", "Jualan é", "'x"]


def written(release, *, excel: bool) -> str:
    return b"".join(csv_file.pieces(tables.scores(release), excel=excel)).decode()


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def measures(group):
    yield "overall", "overall", group
    for kind in ("theme", "item"):
        for part in group.get(f"{kind}s", ()):
            yield kind, part["key"], part


def test_the_columns_are_those_of_the_contract():
    text = written(example().release(), excel=False)
    assert text.splitlines()[0] == COLUMNS
    assert all(len(row) == 24 for row in csv.reader(io.StringIO(text, newline=""), strict=True))


def test_lines_end_as_rfc_4180_says_and_only_excel_gets_a_mark():
    release = example().release()
    excel, analysis = written(release, excel=True), written(release, excel=False)
    assert excel.startswith("\ufeffdepartment,")
    assert analysis.startswith("department,")
    for text in (excel, analysis):
        assert text.count("\n") == text.count("\r\n") == len(rows_of(text)) + 1
        assert text.endswith("\r\n")


@settings(calm, max_examples=30)
@given(st.integers(0, 10_000))
def test_read_back_it_gives_the_numbers_of_the_release(seed):
    release = random_company(random.Random(seed), survey_of(), 2).release()
    rows = iter(rows_of(written(release, excel=False)))
    for group in map(named, release["groups"]):
        for kind, measure, values in measures(group):
            row = next(rows)
            assert (row["measure_kind"], row["measure"]) == (kind, measure)
            assert row["department"] == group["department"]
            assert (row["name"], row["level"]) == (group["name"], str(group["level"]))
            assert row["disclosed"] == cell(values["disclosed"])
            for column in COLUMNS.split(",")[7:21]:
                assert row[column] == cell(values.get(column)), column
            for column in ("invited", "answered"):
                assert row[column] == (cell(group[column]) if values["disclosed"] else "")
    assert not list(rows)


def test_of_a_hidden_group_or_measure_it_says_nothing():
    rows = rows_of(written(example().release(), excel=False))
    hidden = [row for row in rows if row["disclosed"] == "false"]
    assert {row["department"] for row in hidden} >= {"Legal", "Ops"}
    for row in hidden:
        assert {name for name, value in row.items() if value} <= SAID_OF_HIDDEN
        assert row["reason"] == "protected"
        assert (
            row["name"] == row["department"].rpartition("/")[2] or row["measure_kind"] != "overall"
        )


def test_the_whole_organisation_has_an_empty_department_and_level_0():
    row = rows_of(written(example().release(), excel=False))[0]
    assert (row["department"], row["level"], row["measure"]) == ("", "0", "overall")
    assert (row["n"], row["disclosed"], row["reason"]) == ("32", "true", "")


@pytest.mark.parametrize("name", HOSTILE)
def test_the_name_of_a_department_cannot_run_in_a_spreadsheet(name):
    company = Company(survey_of())
    for path in (name, "Sales"):
        company.add(path, 9, [bytes([n % 5, n % 3, n % 4, n % 3]) for n in range(9)])
    release = company.release()
    excel = {row["department"] for row in rows_of(written(release, excel=True))}
    assert excel == {"", "Sales", defused(name)}
    assert {row["department"] for row in rows_of(written(release, excel=False))} == {
        "",
        "Sales",
        name,
    }


def test_numbers_stay_numbers_though_they_begin_with_a_minus():
    company = Company(survey_of())
    company.add("Sales", 9, classed(2, 1, 6))
    row = rows_of(written(company.release(), excel=True))[0]
    assert float(row["score"]) < 0
    assert float(row["score_exact"]) < 0
