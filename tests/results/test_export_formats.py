"""Every format, opened by a reader of its own: the numbers of the release, and text as it was."""

import dataclasses
import io
import json
import random
import tracemalloc
import zipfile
from dataclasses import replace
from typing import Any

import frictionless
import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from app.kit.csv import defused
from app.kit.language import Language
from app.kit.text import storable, visible
from app.results.export import csv_file, extract, offer
from app.results.export.extract import Extract
from app.results.export.slides import deck
from app.results.export.table import Column, Table
from app.surveys.definition import Survey
from app.surveys.text import Text
from tests.results import files
from tests.results.company import COMMENTS, Company, random_company, survey_of

HOSTILE = {
    "formula": "=1+1",
    "command": "+cmd|' /C calc'!A0",
    "minus": "-2+3",
    "at": "@SUM(A1)",
    "tab": "\t=1",
    "return": "\r=1",
    "quotes": '"; ""x',
    "separators": "a,b;c\td",
    "lines": "two\nlines\r\nand three",
    "right to left": "سلام עולם \u202eabc",
    "emoji": "😀 👩\u200d💻",
    "NUL": "NUL\0here",
    "half a pair": "half \ud83d pair",
    "escape": "_x0041_ _x000D_",
    "markup": "<b>&amp;</b> ]]>",
    "template": "{{ 7*7 }} {other} %(n)s",
    "link": "http://evil.example/",
}


def extract_of(release: dict[str, Any], survey: Survey, **given: Any) -> Extract:
    for place, comment in enumerate(release["comments"], start=1):
        comment |= {"place": place, "hidden": False}
    values = {"language": Language("en"), "organisation": "Syarikat Contoh", **given}
    return Extract(release, survey, **values)


def made(extract: Extract, what: str, format_: str, profile: str = "excel") -> bytes:
    return b"".join(offer.make(extract, offer.wanted(what, format_, profile)).pieces)


@pytest.fixture(scope="module")
def company() -> Extract:
    release = random_company(random.Random(3), survey_of(), 2).release()
    return extract_of(release, survey_of())


def numbers(rows: list[dict[str, Any]], *, parse: bool) -> dict[tuple[str, str, str], Any]:
    """The figures of each department and measure."""
    names = ("n", "promoters", "passives", "detractors", "score", "score_exact", "score_low")

    def value(cell: Any) -> Any:
        return float(cell) if parse and cell not in ("", None) else cell or None if parse else cell

    return {
        (row["department"] or "", row["measure_kind"], row["measure"]): [
            value(row[n]) for n in names
        ]
        for row in rows
    }


def test_workbook_and_zip_hold_the_figures_of_the_csv_file(company: Extract) -> None:
    figures = numbers(files.csv_rows(made(company, "scores", "csv")), parse=True)
    assert len(figures) > 50
    sheets = files.sheets(made(company, "scores", "xlsx"))
    assert numbers(files.sheet_rows(sheets["scores"]), parse=False) == figures
    zipped = files.parts(made(company, "bundle", "zip"))
    assert numbers(files.csv_rows(zipped["scores.csv"]), parse=True) == figures
    assert json.loads(zipped["release.json"]) == files.json_of(made(company, "scores", "json"))
    assert files.json_of(made(company, "scores", "json")) == company.release


def test_every_part_of_a_release_is_somebodys_to_read(company: Extract) -> None:
    known = {*extract.OF_ALL, *extract.OF_THE_WHOLE, *extract.BY_DEPARTMENT, *extract.BY_SIDE}
    assert set(company.release) <= known
    assert extract.cut(company.release, lambda _: True, None) == company.release
    nothing = extract.cut(company.release, lambda _: False, frozenset())
    assert not any(
        nothing[name]
        for name in (*extract.OF_THE_WHOLE, *extract.BY_DEPARTMENT, *extract.BY_SIDE)
        if name in nothing
    )


def test_how_many_gave_each_answer_adds_up_to_the_printed_classes(company: Extract) -> None:
    rows = files.sheet_rows(files.sheets(made(company, "scores", "xlsx"))["items"])
    for group in company.groups:
        for item in group.get("items", ()):
            mine = [
                row
                for row in rows
                if (row["department"] or "", row["item"]) == (group["department"], item["key"])
            ]
            if not item["disclosed"]:
                assert [(row["answer"], row["people"], row["disclosed"]) for row in mine] == [
                    (None, None, False)
                ]
                continue
            people = [row["people"] for row in mine if row["answer"] not in {"na", "blank"}]
            assert people == item["counts"]
            assert sum(people) == item["n"]


def test_the_workbook_is_made_for_reading(company: Extract) -> None:
    sheets = files.sheets(made(company, "scores", "xlsx"))
    assert list(sheets) == [
        *("About", "Overview", "scores", "items", "gaps", "comparisons", "comments", "codebook")
    ]
    for name, sheet in sheets.items():
        if name != "About":
            assert sheet.freeze_panes == "B2"
        if name not in {"About", "Overview"}:
            assert sheet.auto_filter.ref.startswith("A1:")
    scores = sheets["scores"]
    header = [cell.value for cell in scores[1]]
    first = dict(zip(header, scores[2], strict=True))
    assert (first["score"].number_format, first["score_low"].number_format) == (
        "+0;-0;0",
        "+0.0;-0.0;0.0",
    )
    assert first["disclosed"].value is True
    told = {row[0].value: row[1].value for row in sheets["About"].iter_rows() if row[1].value}
    assert told["Fingerprint of the privacy promise"] == company.release["policy"]["hash"]
    assert told["Left out"].startswith(f"{company.protected} group")


@pytest.mark.parametrize("profile", offer.PROFILES)
def test_the_zip_is_a_data_package_that_its_own_description_fits(
    company: Extract, profile: str, tmp_path: Any
) -> None:
    zipfile.ZipFile(io.BytesIO(made(company, "bundle", "zip", profile))).extractall(tmp_path)
    report = frictionless.Package(str(tmp_path / "datapackage.json")).validate()
    assert report.valid, report.flatten(["type", "note"])
    described = json.loads((tmp_path / "datapackage.json").read_text())
    assert {one["path"] for one in described["resources"]} == {
        path.name for path in tmp_path.glob("*.csv")
    }
    # And it fits nothing else: a word among the numbers is found.
    scores = tmp_path / "scores.csv"
    scores.write_bytes(scores.read_bytes().replace(b"overall,overall,", b"overall,overall,many", 1))
    assert not frictionless.Package(str(tmp_path / "datapackage.json")).validate().valid


def test_the_codebook_names_every_column_and_every_answer(company: Extract) -> None:
    zipped = files.parts(made(company, "bundle", "zip", "analysis"))
    book = files.csv_rows(zipped["codebook.csv"])
    named = {(row["table"], row["column"]) for row in book}
    for name, content in zipped.items():
        if name.endswith(".csv"):
            header = content.split(b"\r\n", 1)[0].decode().split(",")
            assert {(name.removesuffix(".csv"), column) for column in header} <= named
    assert all(row["text_en"] and row["text_ms"] for row in book)
    labels = {
        row["value"]: row["text_en"] for row in book if row["column"] == "a1" and row["value"]
    }
    assert labels == {str(code): f"Point {code}" for code in range(5)}


def test_slides_show_the_figures_of_the_csv_file(company: Extract) -> None:
    rows = files.csv_rows(made(company, "scores", "csv", "analysis"))
    overall = {row["department"]: row for row in rows if row["measure_kind"] == "overall"}
    themes = {
        row["measure"]: row
        for row in rows
        if row["measure_kind"] == "theme" and not row["department"]
    }
    drawn = list(files.charts(made(company, "scores", "pptx")))
    (stance,) = [series for names, series in drawn if names == ["Everyone asked"]]
    assert stance == {
        "Promoters": [float(overall[""]["promoters_pct"])],
        "Passives": [float(overall[""]["passives_pct"])],
        "Detractors": [float(overall[""]["detractors_pct"])],
    }
    scored = [values for names, values in drawn if "Two items" in names]
    assert sorted(scored[0]["Everyone asked"]) == sorted(
        float(row["score"]) for row in themes.values()
    )
    departments = {
        name: score
        for names, series in drawn
        if "Score" in series
        for name, score in zip(names, series["Score"], strict=True)
    }
    shown = {path: float(row["score"]) for path, row in overall.items() if row["score"] and path}
    assert shown
    assert {name: score for name, score in departments.items() if name in shown} == {
        path: score for path, score in shown.items() if not path.endswith("*")
    }


def test_slides_name_every_kind_of_gap(company: Extract) -> None:
    told = {"theme": None, "item": "a1", "from": "Sales", "about": "Ops", "sides": ["sales", "ops"]}
    told |= {"gap": 30.0, "low": 20.0, "high": 40.0, "p": 0.001, "q": 0.001, "verdict": "higher"}
    kinds = {"means", "perception", "guess", "reciprocity"}
    gaps = [{**told, "kind": kind, "wasserstein": 30.0, "noise": 5.0} for kind in sorted(kinds)]
    extract = replace(company, release={**company.release, "gaps": gaps})
    [names] = [
        names for names, series in files.charts(made(extract, "scores", "pptx")) if "Gap" in series
    ]
    assert len(set(names)) == len(kinds)


def test_few_people_stay_people_on_slides() -> None:
    company = Company(survey_of())
    company.add("Sales", 12, [bytes([n % 5, n % 3, n % 4, n % 3]) for n in range(12)])
    drawn = list(files.charts(made(extract_of(company.release(), survey_of()), "scores", "pptx")))
    stance = next(series for names, series in drawn if names == ["Everyone asked"])
    assert sum(values[0] or 0 for values in stance.values()) == 12


def test_a_group_without_figures_has_no_slides(company: Extract) -> None:
    hidden = next(one["department"] for one in company.groups if not one["disclosed"])
    for path in (hidden, "Nowhere"):
        with pytest.raises(offer.NoFigures):
            offer.make(company, offer.wanted("scores", "pptx", "excel", path))


@pytest.mark.parametrize(
    ("what", "format_", "profile"),
    [
        *(("scores", one, "excel") for one in ("sav", "parquet", "doc", "zip")),
        *(("comments", "pptx", "excel"), ("nothing", "csv", "excel"), ("scores", "csv", "fun")),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(
    what: str, format_: str, profile: str
) -> None:
    with pytest.raises(offer.NotOffered, match=r"choose|csv"):
        offer.wanted(what, format_, profile)


def test_an_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offer, "find_spec", lambda _: None)
    with pytest.raises(offer.NotInstalled, match=r"selaras\[pptx\]"):
        offer.wanted("scores", "pptx", "excel")
    assert offer.wanted("scores", "xlsx", "excel")


# Hostile text in every field


def hostile(text: str) -> Extract:
    """A release in which this text is the name of everything that has one."""
    survey = renamed(survey_of(), Text.of(en=text))
    company = Company(survey_of())
    name = text.replace("/", "∕")
    for path in (name, "Sales"):
        company.add(path, 12, [bytes([n % 5, n % 3, n % 4, n % 3]) for n in range(12)], [text] * 12)
    release = company.release(min_comments=COMMENTS)
    release["round"]["name"] = text
    return extract_of(release, survey, organisation=text)


def renamed(survey: Survey, text: Text) -> Survey:
    def anew(things: Any, **fields: Any) -> tuple[Any, ...]:
        return tuple(dataclasses.replace(one, **fields) for one in things)

    return dataclasses.replace(
        survey,
        title=text,
        themes=anew(survey.themes, name=text),
        scales=tuple(
            dataclasses.replace(one, labels=(text,) * one.points) for one in survey.scales
        ),
        items=tuple(
            dataclasses.replace(one, text=text, options=anew(one.options, text=text))
            for one in survey.items
        ),
    )


def texts(rows: list[dict[str, Any]], column: str) -> set[Any]:
    return {row[column] for row in rows if row[column] not in {"", None}}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
class TestHostileText:
    def test_csv_for_programs_gives_it_unchanged_and_for_excel_defused(self, text: str) -> None:
        extract = hostile(text)
        told, name = storable(text), storable(text.replace("/", "∕"))
        for profile, written in (("analysis", str), ("excel", defused)):
            scores = files.csv_rows(made(extract, "scores", "csv", profile))
            assert texts(scores, "name") == {"All", "Sales", written(name)}
            comments = files.csv_rows(made(extract, "comments", "csv", profile))
            assert texts(comments, "text") == {written(told)}

    def test_a_workbook_holds_it_as_text(self, text: str) -> None:
        content = made(hostile(text), "scores", "xlsx")
        assert files.formulas(content) == []
        sheets = files.sheets(content)
        shown = as_cell(visible(text))
        assert read(sheets["About"]["B3"].value) == shown
        comments = files.sheet_rows(sheets["comments"])
        assert {read(one) for one in texts(comments, "text")} == {shown}
        book = texts(files.sheet_rows(sheets["codebook"]), "text_en")
        assert shown in {read(one) for one in book}
        for sheet in sheets.values():
            assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= set("snb")

    def test_json_gives_it_unchanged(self, text: str) -> None:
        content = files.json_of(made(hostile(text), "scores", "json"))
        assert content["round"]["name"] == storable(text)
        assert {one["text"] for one in content["comments"]} == {storable(text)}

    def test_the_zip_stays_a_data_package(self, text: str, tmp_path: Any) -> None:
        content = made(hostile(text), "bundle", "zip", "analysis")
        zipfile.ZipFile(io.BytesIO(content)).extractall(tmp_path)
        package = json.loads((tmp_path / "datapackage.json").read_bytes())
        assert package["title"] == storable(text)
        rows = files.csv_rows((tmp_path / "items.csv").read_bytes())
        assert storable(text) in texts(rows, "label")

    def test_slides_show_it_and_run_nothing(self, text: str) -> None:
        content = made(hostile(text), "scores", "pptx")
        assert files.formulas(content) == []
        assert not any(b"hlinkClick" in part for part in files.parts(content, "slides/").values())
        assert deck.short(text, 60) in {deck.short(one, 60) for one in files.slide_texts(content)}
        for book in files.parts(content, ".xlsx").values():
            sheet = openpyxl.load_workbook(io.BytesIO(book)).active
            assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= set("sn")


def as_cell(text: str) -> str:
    """A cell keeps its lines, however they ended."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read(cell: str) -> str:
    """A cell's text; openpyxl leaves the escapes of the format as they stand."""
    return unescape(cell)


# Size


def test_a_large_file_takes_no_more_memory_than_a_small_one() -> None:
    def peak(rows: int) -> int:
        lines = ([n, "Commercial/Sales", "goals_shared", n % 5] for n in range(rows))
        table = Table("long", tuple(map(Column, ("ballot", "department", "item", "answer"))), lines)
        tracemalloc.start()
        size = sum(map(len, csv_file.pieces(table, excel=True)))
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size > 30 * rows
        return top

    assert peak(100_000) < 2 * peak(5_000)


def test_breakdowns_and_views_are_in_workbook_and_zip_where_they_are_released(
    company: Extract,
) -> None:
    plain = files.sheets(made(company, "scores", "xlsx"))
    assert not {"views", "breakdowns"} & set(plain), "no empty sheet"
    shown = {**company.groups[0], "value": "Penang"}
    hidden = {"value": "Ipoh", "disclosed": False, "reason": "protected"}
    breakdowns = [{"attribute": "location", "cells": [shown, hidden]}]
    seen = {"from": "Sales", "about": "Ops", "sides": ["sales", "ops"], "theme": "two"}
    views = [{**seen, "n": 12, "index": 61.25, "disclosed": True, "reason": None}]
    both = {"views": views, "breakdowns": breakdowns}
    extract = replace(company, release={**company.release, **both})
    zipped = files.parts(made(extract, "bundle", "zip", "analysis"))
    book = files.sheets(made(extract, "scores", "xlsx"))
    for rows in (files.csv_rows(zipped["breakdowns.csv"]), files.sheet_rows(book["breakdowns"])):
        first, second = rows
        assert (first["group"], float(first["score"])) == ("Penang", float(shown["score"]))
        assert int(first["promoters"]) == shown["promoters"]
        assert second["group"] == "Ipoh"
        assert not any(second[name] for name in ("invited", "answered", "n", "score"))
    for rows in (files.csv_rows(zipped["views.csv"]), files.sheet_rows(book["views"])):
        [row] = rows
        assert (row["from"], row["about"], float(row["index"])) == ("Sales", "Ops", 61.25)
    described = json.loads(zipped["datapackage.json"])
    assert {"views", "breakdowns"} < {one["name"] for one in described["resources"]}
