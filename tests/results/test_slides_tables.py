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
EVERYONE = {key: tuple(one for one in NAMES if one != key) for key in NAMES}
SURVEY = paired(library.template("department_collaboration"), NAMES, EVERYONE)


def ballot(side: str, chance: random.Random) -> bytes:
    asked = [(one.field, str(chance.randrange(one.offer.codes))) for one in paper(SURVEY, side)]
    return Layout.of(SURVEY).pack(read(paper(SURVEY, side), asked))


@pytest.fixture(scope="module")
def collaboration() -> Extract:
    """Nine departments that were all asked about each other; no one is classed."""
    chance = random.Random(4)
    company = Company(SURVEY, sides={name: key for key, name in NAMES.items()})
    for key, name in NAMES.items():
        company.add(name, 9, [ballot(key, chance) for _ in range(8)])
    return extract_of(company.release(), SURVEY)


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


def test_slides_show_each_view_of_the_file(collaboration: Extract, slides: bytes) -> None:
    shown = views(slides)
    themes = {one.key: one.name.in_("en") for one in SURVEY.themes}
    zipped = files.parts(made(collaboration, "bundle", "zip", "analysis"))
    rows = files.csv_rows(zipped["views.csv"])
    assert len(rows) > 9 * 8
    for row in rows:
        told = shown.pop((themes.get(row["theme"], "All themes"), row["from"], row["about"]))
        if row["disclosed"] == "true":
            whole = Language("en").number(float(row["index"]))
            assert told == f"{whole}\n{row['n']} answers"
        else:
            assert told == "too few answers, or protected"
    assert {name for (_, name, about), said in shown.items() if name == about and said == "–"} == {
        *NAMES.values()
    }


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
    chosen = [table for title, table in files.tables(slides) if title.startswith("How often")]
    assert len(chosen) == len(NAMES)
    assert all(sum(int(row.cells[1].text) for row in [*one.rows][1:]) == 64 for one in chosen)


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
