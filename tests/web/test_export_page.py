"""The export page: a manager's own part of the files, pictures, and who took what."""

import io
import json
import re
from collections.abc import Iterator

import pytest
from PIL import Image

from app.audit import log
from app.results import report
from app.results.export import offer
from tests import cast
from tests.journeys.browser import parsed
from tests.results import files
from tests.web.exporting import EVERY, Story, readable, told


@pytest.fixture(scope="module")
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    with told(request, tmp_path_factory.mktemp("exports")) as one:
        yield one


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
    assert story.post(story.manager, file="scores.csv", profile="analysis").status_code == 200
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
        reply = story.reply(story.manager, name)
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
