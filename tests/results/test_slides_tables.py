"""Slides of who sees whom how, and of people who have something in common: the figures of the files."""

import io
import random
from typing import Any

import pytest
from pptx import Presentation

from app.kit.language import Language
from app.results import report
from app.results.export import offer
from app.results.export.extract import Extract
from app.surveys import library
from app.surveys.answering import read
from app.surveys.coding import Layout
from app.surveys.pairing import paired
from app.surveys.paper import paper
from tests.results import files
from tests.results.company import Company, random_company, survey_of
from tests.results.test_export_formats import extract_of, made

LONG = "Pejabat Pengurusan Rantaian Bekalan dan Logistik Antarabangsa"
NAMES = {f"d{n}": name for n, name in enumerate([LONG, "=1+1", "Legal", "سلام"] + ["Plant"] * 5)}
NAMES |= {key: f"{name} {key}" for key, name in NAMES.items()}
FEW = dict(list(NAMES.items())[:4])


def asked_about_each_other(names: dict[str, str], each: int = 8) -> Extract:
    """These departments were all asked about each other; no one is classed."""
    others = {key: tuple(one for one in names if one != key) for key in names}
    survey = paired(library.template("department_collaboration"), names, others)
    chance, layout = random.Random(4), Layout.of(survey)
    company = Company(survey, sides={name: key for key, name in names.items()})
    for key, name in names.items():
        asked = paper(survey, key)
        cast = [
            layout.pack(
                read(asked, [(one.field, str(chance.randrange(one.offer.codes))) for one in asked])
            )
            for _ in range(each)
        ]
        company.add(name, each + 1, cast)
    return extract_of(company.release(), survey)


@pytest.fixture(scope="module")
def collaboration() -> Extract:
    return asked_about_each_other(NAMES)


@pytest.fixture(scope="module")
def slides(collaboration: Extract) -> bytes:
    return made(collaboration, "scores", "pptx")


def views(content: bytes) -> dict[tuple[str, str, str], str]:
    """What each cell of the matrices says, by theme, who says it and about whom."""
    return {
        (title.partition(": ")[2], row.cells[0].text, head.text): row.cells[at].text
        for title, table in files.tables(content)
        if title.startswith("How departments")
        for row in list(table.rows)[1:]
        for at, head in enumerate(table.rows[0].cells)
        if at
    }


def test_slides_show_each_view_of_the_file() -> None:
    few = asked_about_each_other(FEW)
    shown = views(made(few, "scores", "pptx"))
    themes = {one.key: one.name.in_("en") for one in few.survey.themes}
    rows = rows_of_views(few)
    assert len(rows) == 4 * 3 * (1 + len(themes))
    for row in rows:
        told = shown.pop((themes.get(row["theme"], "All themes"), row["from"], row["about"]))
        assert told == said_of(row)
    assert {name for (_, name, about), said in shown.items() if name == about and said == "–"} == {
        *FEW.values()
    }


def test_slides_show_the_whole_of_more_departments(collaboration: Extract, slides: bytes) -> None:
    shown = views(slides)
    rows = [row for row in rows_of_views(collaboration) if not row["theme"]]
    assert len(rows) == 9 * 8
    told = {key[1:]: said for key, said in shown.items() if key[1] != key[2]}
    assert told == {(row["from"], row["about"]): said_of(row) for row in rows}
    assert {theme for theme, _, _ in shown} == {"All themes"}


def test_many_departments_do_not_make_many_slides() -> None:
    """Of fourteen only the ends of each list, which are those of the file."""
    many = asked_about_each_other({f"d{n}": f"Department {n:02}" for n in range(14)}, 5)
    content = made(many, "scores", "pptx")
    assert len(Presentation(io.BytesIO(content)).slides) < 20
    rows = [row for row in rows_of_views(many) if row["index"] and not row["theme"]]
    ends = dict(files.tables(content))
    for title, most in (("The least favourable views", min), ("The most favourable views", max)):
        first = ends[title].rows[1].cells
        said = {
            f"{row['from']} → {row['about']}": said_of(row)
            for row in rows
            if row["index"] == most((one["index"] for one in rows), key=float)
        }
        assert said[first[0].text] == first[1].text
    smooth = next(
        series
        for names, series in files.charts(content)
        if len(names) == 12 and "Strongly agree" in series
    )
    assert all(sum(values) == 100 for values in zip(*smooth.values(), strict=True))
    assert any("12 highest and lowest of 14" in text for text in files.slide_texts(content))


def rows_of_views(extract: Extract) -> list[dict[str, str]]:
    zipped = files.parts(made(extract, "bundle", "zip", "analysis"))
    return files.csv_rows(zipped["views.csv"])


def said_of(row: dict[str, str]) -> str:
    """What a cell says of a row of the file."""
    if row["disclosed"] != "true":
        return "too few answers, or protected"
    return f"{Language('en').number(float(row['index']))}\n{row['n']} answers"


def test_tables_stay_on_their_slides_however_long_the_names(slides: bytes) -> None:
    deck = Presentation(io.BytesIO(slides))
    shapes = [one for slide in deck.slides for one in slide.shapes if one.has_table]
    for one in shapes:
        assert one.top + sum(row.height for row in one.table.rows) <= 0.92 * deck.slide_height
        assert one.left + sum(column.width for column in one.table.columns) <= deck.slide_width


def test_no_slide_is_empty_where_nobody_is_classed(slides: bytes) -> None:
    assert "0 of 0" not in "".join(files.slide_texts(slides))
    for slide in Presentation(io.BytesIO(slides)).slides:
        assert slide.shapes.title.text_frame.text
        assert len(slide.shapes) > 1
    [chosen] = [table for title, table in files.tables(slides) if title.startswith("How often")]
    told = {
        row.cells[0].text: [int(one.text) for one in [*row.cells][1:]] for row in [*chosen.rows][1:]
    }
    assert set(told) == {*NAMES.values()}
    assert all(sum(people) == 2 * 64 for people in told.values()), "each answer, and all of them"


def test_slides_of_a_department_have_the_views_it_is_part_of(collaboration: Extract) -> None:
    said = views(made_of(collaboration, NAMES["d2"]))
    told = [key for key, cell in said.items() if "answers" in cell]
    assert len(told) >= 16
    assert all(NAMES["d2"] in key for key in told)


def test_slides_show_each_cell_of_a_breakdown() -> None:
    release = random_company(random.Random(3), survey_of(), 2).release()
    counted = [one for one in release["groups"] if one["disclosed"] and not one["band"]]
    places = ["Penang", "=1+1", "Johor", *(f"Branch {n}" for n in range(20))]
    cells: list[dict[str, Any]] = [
        {**counted[n % len(counted)], "value": place} for n, place in enumerate(places)
    ]
    cells.append({"value": "Ipoh", "disclosed": False, "reason": "protected"})
    banded = dict.fromkeys(("score", "promoters", "score_exact"))
    cells.append({**counted[0], **banded, "value": "Kuching", "band": "promoters"})
    release["breakdowns"] = [{"attribute": "location", "cells": cells}]
    extract = extract_of(release, survey_of())
    content = made(extract, "scores", "pptx")
    shown = {
        row.cells[0].text: [one.text for one in row.cells][1:]
        for title, table in files.tables(content)
        if title == "By place of work"
        for row in [*table.rows][1:]
    }
    zipped = files.parts(made(extract, "bundle", "zip", "analysis"))
    rows = files.csv_rows(zipped["breakdowns.csv"])
    assert set(shown) == {row["group"] for row in rows}
    for row in rows:
        if row["score"]:
            people = ("promoters", "passives", "detractors", "answered", "invited")
            assert shown[row["group"]][3:] == [row[name] for name in people]
            assert shown[row["group"]][0] == report.signed(float(row["score_exact"]))
    assert shown["Ipoh"][0] == "too few answers, or protected"
    assert shown["Kuching"][0] == "all or nearly all are promoters"
    drawn = {
        name: score
        for names, series in files.charts(content)
        if "Penang" in names or "Branch 19" in names
        for name, score in zip(names, series["Score"], strict=True)
    }
    assert (
        drawn.items() <= {row["group"]: float(row["score"]) for row in rows if row["score"]}.items()
    )
    assert {"Penang", "Branch 19"} <= set(drawn)
    department = next(one for one in counted if one["department"])
    about = made_of(extract, department["department"])
    assert "By place of work" not in dict(files.tables(about)), "of everyone asked only"


def made_of(extract: Extract, path: str) -> bytes:
    return b"".join(offer.make(extract, offer.wanted("scores", "pptx", "excel", path)).pieces)
