"""Files of a release as their readers see them: opened by the programs they are made for."""

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pptx import Presentation

OFFICE = shutil.which("soffice")
FORMULA = re.compile(rb"<f[ >]")

needs_office = pytest.mark.skipif(OFFICE is None, reason="there is no LibreOffice")

Rows = list[dict[str, Any]]


def csv_rows(content: bytes) -> list[dict[str, str]]:
    text = content.decode("utf-8").removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def sheets(content: bytes) -> dict[str, Any]:
    return {one.title: one for one in openpyxl.load_workbook(io.BytesIO(content)).worksheets}


def sheet_rows(sheet: Any) -> Rows:
    """The rows below the header, a dictionary each."""
    header, *rows = list(sheet.iter_rows(values_only=True))
    return [dict(zip(header, row, strict=True)) for row in rows]


def parts(content: bytes, pattern: str = "") -> dict[str, bytes]:
    """What is in a zip, which workbooks and slides are too."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist() if pattern in name}


def formulas(content: bytes) -> list[str]:
    """The sheets of a workbook, or of those inside slides, that hold a formula or a link."""
    found = []
    for name, part in parts(content).items():
        if name.endswith(".xlsx"):
            found += [f"{name}: {one}" for one in formulas(part)]
        elif "worksheets" in name and (FORMULA.search(part) or b"hyperlink" in part):
            found.append(name)
    return found


def slide_texts(content: bytes) -> list[str]:
    """Every text of every slide, and the names in its charts."""
    return list(_slide_texts(Presentation(io.BytesIO(content))))


def _slide_texts(deck: Any) -> Iterator[str]:
    for slide in deck.slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                yield from (paragraph.text for paragraph in shape.text_frame.paragraphs)
            if shape.has_table:
                yield from (cell.text for cell in shape.table.iter_cells())
            if shape.has_chart:
                for plot in shape.chart.plots:
                    yield from map(str, plot.categories)
                    yield from (series.name for series in plot.series)


def charts(content: bytes) -> Iterator[tuple[list[str], dict[str, list[float | None]]]]:
    """Of every chart its categories, and the values of each series."""
    for slide in Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            if shape.has_chart:
                for plot in shape.chart.plots:
                    yield (
                        list(map(str, plot.categories)),
                        {series.name: list(series.values) for series in plot.series},
                    )


def tables(content: bytes) -> Iterator[tuple[str, Any]]:
    """Of every table of the slides the title above it, and the table."""
    for slide in Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            if shape.has_table:
                yield slide.shapes.title.text_frame.text, shape.table


def converted(folder: Path, kind: str, **files: bytes) -> dict[str, bytes]:
    """The files as LibreOffice reads them, written by it in another format."""
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    names = [name.replace("_", ".") for name in files]
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = [str(OFFICE), profile, "--headless", "--convert-to", kind, *names]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    suffix = "." + kind.partition(":")[0]
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == suffix}


def pdf_text(content: bytes) -> str:
    """The words of a PDF, pages one after the other."""
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=content, check=True, capture_output=True
    )
    return done.stdout.decode()


def json_of(content: bytes) -> Any:
    return json.loads(content)
