"""One number, wherever it is read: page, CSV, workbook, slides, JSON and the report on paper."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.kit.language import Language
from app.results import report
from tests import cast
from tests.results import files
from tests.web.exporting import Story, told


@pytest.fixture(scope="module")
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    with told(request, tmp_path_factory.mktemp("exports")) as one:
        yield one


def test_one_number_is_the_same_in_every_file(story: Story) -> None:
    """Three numbers: a department's score, the promoters of all, and a theme's score."""
    page = story.hr.open(f"/rounds/{story.round.id}")
    rows = {
        cells[0].text: [one.text for one in cells[1:]]
        for row in page.tree.all("tr")
        if len(cells := row.all("th", "td")) == 9
    }
    release_ = files.json_of(story.file(story.hr, "scores.json"))
    groups = {one["department"]: one for one in release_["groups"]}
    theme = groups[""]["themes"][0]
    wanted = (
        groups[cast.SALES]["score"],
        groups[""]["promoters"],
        theme["score"],
    )
    assert wanted == (
        signed(rows[cast.SALES][0]),
        int(rows["Everyone asked"][3]),
        wanted[2],
    )
    csv_rows = files.csv_rows(story.file(story.hr, "scores.csv"))
    sheet = files.sheet_rows(files.sheets(story.file(story.hr, "scores.xlsx"))["scores"])
    for some in (csv_rows, sheet):
        found = {(one["department"] or "", one["measure"]): one for one in some}
        assert wanted == (
            int(found[cast.SALES, "overall"]["score"]),
            int(found["", "overall"]["promoters"]),
            int(found["", theme["key"]]["score"]),
        )
    drawn = list(files.charts(story.file(story.hr, "scores.pptx")))
    scores = next(
        dict(zip(names, one["Score"], strict=True)) for names, one in drawn if "Score" in one
    )
    themes = next(
        one["Everyone asked"] for names, one in drawn if len(one) == 1 and "Everyone asked" in one
    )
    stance = next(one for names, one in drawn if names == ["Everyone asked"])
    assert scores[cast.SALES] == wanted[0]
    assert wanted[2] in themes
    assert stance["Promoters"][0] == groups[""]["promoters_pct"]
    printed = files.pdf_text(story.file(story.hr, "scores.pdf"))
    (line,) = re.findall(r"^\s*Everyone asked +([−+]?\d+) .*$", printed, re.MULTILINE)[-1:]
    assert signed(line) == groups[""]["score"]
    assert re.search(rf"Everyone asked .* {wanted[1]} ", printed)


def test_every_row_of_the_page_is_a_row_of_the_file(story: Story) -> None:
    page = story.hr.open(f"/rounds/{story.round.id}")
    rows = {
        row["department"]: row
        for row in files.csv_rows(story.file(story.hr, "scores.csv"))
        if row["measure"] == "overall"
    }
    shown = 0
    for row in page.tree.all("tr"):
        cells = [one.text for one in row.all("th", "td")]
        path = "" if cells[0] == "Everyone asked" else cells[0]
        if len(cells) != 9 or path not in rows:
            continue
        shown += 1
        figures = [
            rows[path][name]
            for name in ("promoters", "passives", "detractors", "answered", "invited")
        ]
        assert cells[4:] == figures
        assert signed(cells[1]) == int(rows[path]["score"])
    assert shown > 4


def test_the_report_has_every_figure_of_the_page(story: Story) -> None:
    """Each department's row, each theme of all, and of each question how many chose what."""
    release_ = files.json_of(story.file(story.hr, "scores.json"))
    printed = files.pdf_text(story.file(story.hr, "scores.pdf"))
    assert "Pusingan" in printed.split("answered")[0], "of which round it is"
    rows = re.findall(ROW, printed, re.MULTILINE)
    shown = [one for one in release_["groups"] if one["disclosed"] and not one["band"]]
    assert sorted(rows) == sorted(row_of(one) for one in shown)
    assert len(rows) > 4
    whole = release_["groups"][0]
    scores = {one["score"] for one in whole["themes"]}
    assert len(scores) > 3
    for theme in whole["themes"]:
        likely = report.likely(theme, Language("en"))
        said = rf" {re.escape(report.signed(theme['score_exact']))} +{re.escape(likely)}"
        assert re.search(said, printed)
    answers = re.split(r"Score [−+]?\d+ from (\d+) answers", printed)
    rated = [one for one in whole["items"] if one["disclosed"] and one["score"] is not None]
    assert [int(n) for n in answers[1::2]] == [one["n"] for one in rated]
    for item, said in zip(rated, answers[2::2], strict=True):
        people = re.findall(r"^ *\S.*? {3,}(\d+) +\d+$", said, re.MULTILINE)
        assert list(map(int, people[: len(item["counts"])])) == item["counts"]


# Score, low, high, the three classes, answered and asked; the name may take a line more.
ROW = r"^ *\S.*? {2,}([−+]?\d+) +([−+]?\d+) +([−+]?\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$"


def row_of(group: dict[str, Any]) -> tuple[str, ...]:
    signed_ = (report.signed(group[name]) for name in ("score_exact", "score_low", "score_high"))
    counted = ("promoters", "passives", "detractors", "answered", "invited")
    return (*signed_, *(str(group[name]) for name in counted))


def signed(text: str) -> int:
    return int(text.replace("−", "-").replace("+", ""))


@files.needs_office
def test_libreoffice_opens_workbook_and_slides(story: Story, tmp_path: Any) -> None:
    sheets, slides = (story.file(story.hr, f"scores.{kind}") for kind in ("xlsx", "pptx"))
    written = files.converted(tmp_path, "pdf", sheets_xlsx=sheets, slides_pptx=slides)
    release_ = files.json_of(story.file(story.hr, "scores.json"))
    whole = release_["groups"][0]
    read = files.pdf_text(written["sheets.pdf"])
    assert re.search(rf"Everyone asked.* {whole['promoters']} .*{whole['answered']} ", read)
    assert "=Comment" in read
    shown = files.pdf_text(written["slides.pdf"])
    assert f"{whole['promoters_pct']} %" in shown
    assert "Pusingan" in shown
