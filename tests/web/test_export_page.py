"""The export page: one number in every file, a manager's own part of it, and who took what."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from PIL import Image

from app.audit import log
from app.results import release, report
from app.results.export import offer
from tests import cast
from tests.journeys.browser import FORM, Browser, encoded, parsed
from tests.results import files
from tests.site import Round, Site, leaning, running_site, shared_database, survey_form

NAME = '=cmd|"/../\r\n<b>Pusingan</b> سلام😀'.replace("\r\n", " ")
EVERY = (
    "scores.xlsx",
    "scores.pptx",
    "scores.pdf",
    "scores.csv",
    "comments.csv",
    "bundle.zip",
    "scores.json",
)
WORDS = "answer-works_well"


@dataclass(frozen=True)
class Story:
    """A released round, and who reads it."""

    site: Site
    round: Round
    hr: Browser
    manager: Browser

    def page(self, who: Browser) -> Any:
        return who.open(f"/rounds/{self.round.id}/export")

    def post(self, who: Browser, **fields: str) -> httpx.Response:
        form = next(one for one in self.page(who).forms if "/export" in one.action)
        body = [("csrf", form.value("csrf")), *fields.items()]
        headers = {"Content-Type": FORM, "Origin": who.base_url}
        return who.client.post(
            f"/rounds/{self.round.id}/export", content=encoded(body), headers=headers
        )

    def file(self, who: Browser, file: str, **fields: str) -> bytes:
        reply = self.post(who, file=file, profile="analysis", **fields)
        assert reply.status_code == 200, reply.text[:300]
        return reply.content


@pytest.fixture(scope="module")
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("exports")
    with shared_database(request, "sqlite", folder) as url, running_site(url, folder) as site:
        round_ = site.with_people().opened("Commercial", "Operations", name=NAME, min_comments=6)
        for place, link in enumerate(round_.links.values()):
            if place % 4:
                page = site.answer(link, leaning(place), write={WORDS: f"=Comment {place:02}"})
                if page.tree.all("div", id="second-look"):
                    site.browser().send(page.address, survey_form(page).pairs)
        round_.close()
        with site.database.writing() as session:
            keyring, zone = site.runtime.keyring, site.settings.zone
            release.release(session, keyring, zone, round_.id, "test")
        hr = site.signed_in(cast.AMINAH)
        manager = site.signed_in(cast.BADRUL, "manager", [cast.SALES])
        yield Story(site, round_, hr, manager)


def signed(text: str) -> int:
    return int(text.replace("−", "-").replace("+", ""))


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


def test_a_manager_takes_his_own_part_and_nothing_beyond(story: Story) -> None:
    page = story.manager.open(f"/rounds/{story.round.id}")
    his = {"", "Commercial", cast.SALES, *(f"{cast.SALES}/*",)}
    others = (cast.MARKETING, "Operations", cast.PLANT, cast.LOGISTICS)
    assert cast.SALES in page.text
    everything = files.json_of(story.file(story.hr, "scores.json"))
    elsewhere = [one["text"] for one in everything["comments"] if one["department"] in others]
    for name in EVERY:
        content = story.file(story.manager, name)
        told = readable(name, content)
        assert cast.SALES in told or "Sales" in told or name == "comments.csv"
        for other in (*others, *elsewhere):
            assert other not in told, (name, other)
    release_ = files.json_of(story.file(story.manager, "scores.json"))
    assert {one["department"] for one in release_["groups"]} <= his
    assert all("sales" in one["sides"] for one in release_["gaps"])
    assert len(release_["groups"]) < len(everything["groups"])


def test_a_manager_does_not_see_who_took_what_and_no_department_of_others(story: Story) -> None:
    page = story.page(story.manager)
    assert "Who exported what" not in page.text
    reply = story.post(story.manager, file="scores.pptx", department=cast.MARKETING)
    assert reply.status_code == 422


def test_hr_reads_who_took_what(story: Story) -> None:
    story.file(story.manager, "scores.csv")
    page = story.page(story.hr)
    assert cast.BADRUL in page.text
    assert "scores.csv" in page.text
    with story.site.database.reading() as session:
        newest = log.entries(session, story.round.id, 1, {"release.exported"})[0]
    assert json.loads(newest.detail) == {"what": "scores", "format": "csv", "profile": "analysis"}


def test_the_page_says_what_is_left_out_by_number_only(story: Story) -> None:
    page = story.page(story.hr)
    groups = files.json_of(story.file(story.hr, "scores.json"))["groups"]
    hidden = [one["department"] for one in groups if not one["disclosed"]]
    assert f"{len(groups) - len(hidden)} groups with their results" in page.text
    left = page.text.split("What is left out")[1].split("Columns")[0]
    if hidden:
        assert f"{len(hidden)} group" in left
    assert not any(one in left for one in hidden)
    assert "answers by row: the privacy promise of this round" in left


def test_names_of_files_are_ours_whatever_the_round_is_called(story: Story) -> None:
    for name in EVERY:
        reply = story.post(story.hr, file=name)
        disposition = reply.headers["content-disposition"]
        assert re.fullmatch(
            r'attachment; filename="selaras_[a-z0-9_]+_[0-9-]+_\w+\.\w+"', disposition
        )
        kind = name.partition(".")[2]
        assert reply.headers["content-type"].startswith(offer.MEDIA_TYPES[kind].partition(";")[0])


@pytest.mark.parametrize(
    "fields",
    [
        {"file": "wide.csv"},
        {"file": "scores.sav"},
        {"file": "../etc/passwd"},
        {"file": "scores.csv", "profile": "fun"},
        {"file": "scores.pptx", "department": "Nowhere"},
        {"file": "scores.xlsx", "language": "xx"},
    ],
    ids=str,
)
def test_what_is_not_offered_is_told_beside_its_field(story: Story, fields: dict[str, str]) -> None:
    reply = story.post(story.hr, **fields)
    assert reply.status_code == 422
    assert "Choose one of the options." in reply.text
    assert "There is a problem" in reply.text


def test_a_file_in_malay_is_in_malay(story: Story) -> None:
    told = readable("scores.pptx", story.file(story.hr, "scores.pptx", language="ms"))
    assert "Penyokong" in told
    assert "Promoters" not in told


def test_each_picture_of_the_pages_is_a_file(story: Story) -> None:
    page = story.page(story.hr)
    names = re.findall(r"/charts/([\w-]+)\.svg", page.html)
    assert {"score", "stances", "items", "distributions", "heatmap", "trend"} < set(names)
    assert [one for one in names if one.startswith("gaps-")]
    assert [one for one in names if one.startswith("item-")]
    for name in names:
        address = f"/rounds/{story.round.id}/charts/{name}"
        svg = story.hr.client.get(f"{address}.svg")
        assert svg.headers["content-type"].startswith("image/svg+xml")
        assert parsed(svg.text).all("title")[0].text
        if name.startswith("item-") and name != "item-goals_shared":
            continue
        png = story.hr.client.get(f"{address}.png", params={"theme": "dark"})
        picture = Image.open(io.BytesIO(png.content))
        assert picture.width >= 1600
        assert len(picture.convert("RGB").getcolors(1_000_000) or []) > 10, name


def test_the_picture_of_the_heat_map_has_the_figures_of_the_release(story: Story) -> None:
    address = f"/rounds/{story.round.id}/charts/heatmap.svg"
    groups = files.json_of(story.file(story.manager, "scores.json"))["groups"]
    scores = [
        report.signed(one["score"])
        for group in groups
        if group["disclosed"]
        for one in (group, *group["themes"])
        if one["disclosed"]
    ]
    drawn = parsed(story.manager.client.get(address).text).all("rect")
    assert sorted(one["data-score"] for one in drawn if one["data-score"]) == sorted(scores)


def test_pictures_of_what_is_not_his_do_not_exist(story: Story) -> None:
    address = f"/rounds/{story.round.id}/charts/stances.svg"
    assert story.manager.client.get(address, params={"department": cast.SALES}).status_code == 200
    for path in (cast.MARKETING, "Operations", "Nowhere"):
        assert story.manager.client.get(address, params={"department": path}).status_code == 404
    assert story.hr.client.get(address.replace("stances", "nothing")).status_code == 404


def test_an_extra_that_is_missing_is_said_and_nothing_breaks(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offer, "find_spec", lambda _: None)
    assert "selaras[pptx]" in story.page(story.hr).text
    for name in ("scores.pptx", "scores.pdf"):
        reply = story.post(story.hr, file=name)
        assert reply.status_code == 409
        assert "selaras[" in reply.text
    reply = story.hr.client.get(f"/rounds/{story.round.id}/charts/stances.png")
    assert reply.status_code == 409


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


def readable(name: str, content: bytes) -> str:
    """Every text a reader finds in a file, the sheets behind charts included."""
    kind = name.partition(".")[2]
    if kind == "pdf":
        return files.pdf_text(content)
    if kind in {"csv", "json"}:
        return content.decode()
    if kind == "pptx":
        behind = [readable("x.xlsx", one) for one in files.parts(content, ".xlsx").values()]
        return "\n".join([*files.slide_texts(content), *behind])
    if kind == "xlsx":
        cells = [
            row for one in files.sheets(content).values() for row in one.iter_rows(values_only=True)
        ]
        return "\n".join(str(cell) for row in cells for cell in row if cell is not None)
    return "\n".join(part.decode() for part in files.parts(content).values())
