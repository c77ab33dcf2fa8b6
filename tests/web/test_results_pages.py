"""What a manager reads beyond the score, where each figure opens, and what stays the others'."""

import json
from collections.abc import Iterator

import pytest

from app.results import mirrors, release, report
from app.results.models import Release
from app.surveys import library
from tests import cast
from tests.journeys.browser import FORM, Browser, Page, encoded
from tests.site import Round, Site, running_site, shared_database

OWN = (
    "goals_shared",
    "figures_shared",
    "goals_conflict",
    "leads_lost",
    "message_same",
    "lead_terms_shared",
    "leads_worthwhile",
    "handover_complete",
    "plans_together",
    "feedback_used",
    "data_same",
    "knowledge_shared",
    "promises_kept",
    "conflict_settled",
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("results")
    with (
        shared_database(request, request.param, folder) as url,
        running_site(url, folder) as site,
    ):
        yield site


@pytest.fixture(scope="module")
def round_(site: Site) -> Round:
    """Sales answers high and Marketing low, of themselves and of each other."""
    opened = site.with_people().opened("Commercial")
    sides = {cast.SALES: "43421", cast.MARKETING: "01023"}
    of = {one.email: codes for where, codes in sides.items() for one in cast.members(where)}
    for place, (email, link) in enumerate(opened.links.items()):
        codes = of.get(email, "21323")
        pairs = [("submission", "k" * 28)]
        pairs += [(f"answer-{key}", codes[(place + (n == 7)) % 5]) for n, key in enumerate(OWN)]
        if email in of:
            pairs.append(("answer-promises_kept_other", codes[::-1][place % 5]))
        reply = site.browser().client.post(
            link, content=encoded(pairs), headers={"Content-Type": FORM}
        )
        assert reply.status_code == 303, reply.text
    opened.close()
    with site.database.writing() as session:
        release.release(session, site.runtime.keyring, site.settings.zone, opened.id, "test")
    return opened


def stored(site: Site, round_: Round) -> dict:
    with site.database.reading() as session:
        return dict(json.loads(session.get_one(Release, round_.id).document))


@pytest.fixture(scope="module")
def manager(site: Site, round_: Round) -> Browser:
    return site.signed_in(cast.BADRUL, "manager", [cast.SALES])


@pytest.fixture(scope="module")
def hr(site: Site, round_: Round) -> Browser:
    return site.signed_in(cast.AMINAH)


def test_difference_agreement_and_gaps_stand_in_words(round_: Round, manager: Browser) -> None:
    page = manager.open(f"/rounds/{round_.id}").text
    assert "Clearly higher than everybody else: +" in page
    assert " with each other." in page
    assert "Sales answers clearly more favourably than Marketing" in page


def test_every_figure_opens_with_its_own_counts(
    site: Site, round_: Round, manager: Browser
) -> None:
    group = next(one for one in stored(site, round_)["groups"] if one["department"] == cast.SALES)
    page = manager.open(f"/rounds/{round_.id}").tree
    formulas = [one.text for one in page.all("code")]
    for part in (group, *(one for one in group["themes"] if one["disclosed"])):
        start = f"100 × ({part['promoters']} − {part['detractors']}) / {part['n']} = "
        assert any(one.startswith(start) for one in formulas), start
    assert f"100 × {group['answered']} / {group['invited']}" in " ".join(formulas)


def test_a_manager_sees_no_counts_of_the_other_side(
    site: Site, round_: Round, manager: Browser, hr: Browser
) -> None:
    """The gap tells the other side's mean; its answers are for its own manager."""
    hr = hr.open(f"/rounds/{round_.id}/gaps").text
    mine = "".join(manager.open(f"/rounds/{round_.id}{view}").text for view in ("", "/gaps"))
    groups = {one["department"]: one for one in stored(site, round_)["groups"]}
    item = next(one for one in groups[cast.MARKETING]["items"] if one["key"] == "goals_shared")
    total = sum(code * count for code, count in enumerate(item["counts"]))
    theirs = f"100 × {total} / (4 × {item['n']})"
    assert theirs in hr
    assert theirs not in mine


def test_a_manager_of_neither_side_reads_no_gap(
    site: Site, round_: Round, manager: Browser
) -> None:
    page = site.signed_in(cast.FARID, "manager", ["Commercial"]).open(f"/rounds/{round_.id}")
    assert "How the sides see it" in page.text
    elsewhere = site.signed_in("x@contoh.example.com", "manager", [cast.PLANT])
    elsewhere.open(f"/rounds/{round_.id}", 404)


def test_the_method_card_is_read_and_kept(site: Site, round_: Round, manager: Browser) -> None:
    page = manager.open(f"/rounds/{round_.id}/method").text
    assert "A mean above 62.5 makes a promoter" in page
    assert "Those sums are not published" in page
    reply = manager.client.get(f"/rounds/{round_.id}/method.json")
    assert reply.headers["content-disposition"] == (
        f'attachment; filename="selaras_{round_.id}_method.json"'
    )
    assert reply.json() == stored(site, round_)["method"]


def test_there_is_no_card_before_there_are_results(site: Site, hr: Browser) -> None:
    opened = site.with_people().opened("Commercial")
    assert hr.client.get(f"/rounds/{opened.id}/method").status_code == 404
    assert hr.client.get(f"/rounds/{opened.id}/method.json").status_code == 404


# The first screen, and the views beside it


def first_screen(page: Page) -> str:
    return page.tree.one("section", **{"class": "glance"}).text


def test_five_facts_stand_first_and_in_this_order(round_: Round, manager: Browser) -> None:
    told = first_screen(manager.open(f"/rounds/{round_.id}"))
    order = [
        "Sales leans",
        "alignment score",
        " answered (",
        "no earlier round",
        "Strongest",
        "Weakest",
        "Next:",
    ]
    places = [told.index(one) for one in order]
    assert places == sorted(places)
    assert told.count("all: ") >= 2, "the company's figure stands beside"


def test_the_pickers_lead_to_the_same_view_elsewhere(
    round_: Round, manager: Browser, hr: Browser
) -> None:
    page = hr.open(f"/rounds/{round_.id}/trend")
    form, _ = page.form_with("Show")
    assert set(form.options["department"]) >= {"", "Commercial", cast.SALES}
    there = hr.open(f"{form.action}?view=trend&department={cast.SALES}&round={round_.id}")
    assert there.path == f"/rounds/{round_.id}/trend"
    assert there.heading == "Sales over time"
    mine, _ = manager.open(f"/rounds/{round_.id}").form_with("Show")
    assert set(mine.options["department"]) == {"", "Commercial", cast.SALES}
    hr.open(f"{form.action}?round=zzzzzz", status=404)
    manager.open(f"{form.action}?department={cast.MARKETING}", status=404)


def test_a_department_that_a_round_has_not_is_told_where_it_has(
    site: Site, round_: Round, hr: Browser
) -> None:
    other = site.opened("Commercial", "Operations")
    other.close()
    with site.database.writing() as session:
        release.release(session, site.runtime.keyring, site.settings.zone, other.id, "test")
    page = hr.open(f"/rounds/{other.id}/go?department={cast.PLANT}&round={round_.id}")
    assert page.path == f"/rounds/{other.id}/trend"
    assert "not part of this round" in page.text


def test_the_heat_map_has_the_figures_of_the_release(
    site: Site, round_: Round, hr: Browser
) -> None:
    page = hr.open(f"/rounds/{round_.id}/heatmap?interval=on")
    names = [cell.text for cell in page.tree.one("table").all("th", scope="col")]
    for group in map(report.named, stored(site, round_)["groups"]):
        name = group["name"] if group["department"] else "Everyone asked"
        row = page.row("Other departments" if name == "Other departments" else name)
        if not group["disclosed"]:
            assert row[1:] == ["too few answers, or protected"]
            continue
        assert row[1] == f"{group['answered']} of {group['invited']}"
        assert row[2].startswith(f"{report.signed(group['score_exact'])} ")
        for theme in group["themes"]:
            if theme["disclosed"] and not theme["band"]:
                cell = row[names.index(THEMES[theme["key"]])]
                assert cell.startswith(f"{report.signed(theme['score_exact'])} ")


THEMES = {
    theme.key: theme.name.in_("en")
    for theme in library.template("sales_marketing_alignment").themes
}


def test_the_heat_map_is_sorted_by_a_link_and_who_is_hidden_stays_behind(
    round_: Round, hr: Browser
) -> None:
    page = hr.open(f"/rounds/{round_.id}/heatmap")
    paths = [one.one("a")["href"] for one in page.tree.one("table").all("th", scope="row")]
    assert paths == sorted(paths), "in the order of the organisation until it is sorted"
    [head] = [one for one in page.tree.all("th", scope="col") if one.text == "Score"]
    for way in (-1, 1):
        page = hr.open(head.one("a")["href"])
        [head] = [one for one in page.tree.all("th", scope="col") if one["aria-sort"]]
        assert head["aria-sort"] == ("descending" if way < 0 else "ascending")
        cells = [row[2] if len(row) > 2 else "" for row in page.rows[2:]]
        scores = [int(cell.replace("−", "-")) for cell in cells if cell[-1:].isdigit()]
        assert scores == sorted(scores, reverse=way < 0)
        assert not any(cells[len(scores) :]), "without a figure, without a place"


def test_the_gap_matrix_says_who_misjudges_whom(
    site: Site, round_: Round, manager: Browser
) -> None:
    content = stored(site, round_)
    [row] = [
        one
        for one in content["gaps"]
        if one["kind"] == "perception" and one["from"] == "Marketing" and one["item"] == OTHER
    ]
    page = manager.open(f"/rounds/{round_.id}/gaps")
    assert "Marketing looks at Sales" in page.text
    cells = [one for one in page.rows if one and "keeps its promises" in one[0]]
    signed = report.signed(row["gap"])
    assert any(f"clear gap {signed} (" in cell for one in cells for cell in one), cells
    assert any(f"noise {row['noise']:.1f}" in cell for one in cells for cell in one)
    drawn = {float(one["data-own"]) for one in page.tree.all("circle") if one["data-own"]}
    groups = {one["department"]: one for one in content["groups"]}
    own = next(one for one in groups[cast.SALES]["items"] if one["key"] == "promises_kept")
    assert own["index"] in drawn
    assert "Sales rates Marketing" in page.text, "and whether it is mutual"


OTHER = "promises_kept_other"


def test_two_departments_are_set_beside_each_other_by_who_may_see_both(
    site: Site, round_: Round, manager: Browser, hr: Browser
) -> None:
    pair = f"/rounds/{round_.id}/gaps?one={cast.SALES}&other={cast.MARKETING}"
    page = hr.open(pair)
    both = [row for row in stored(site, round_)["gaps"] if row["kind"] == "means" and row["item"]]
    tables = [one for one in page.tree.all("table") if "own views" in one.all("caption")[0].text]
    assert len(tables) == 2
    told = {row.all("th")[0].text: row.all("td")[0].text for row in tables[1].all("tr")[1:]}
    assert len(told) == len(both)
    assert sorted(told.values()) == sorted(report.signed(row["gap"]) for row in both)
    assert "Two departments beside each other" not in manager.open(pair).text


def test_a_manager_of_neither_side_reads_no_gap_of_the_matrix(
    site: Site, round_: Round, manager: Browser
) -> None:
    page = site.signed_in(cast.FARID, "manager", ["Commercial"]).open(f"/rounds/{round_.id}/gaps")
    assert "Marketing looks at Sales" in page.text, "the head of both sides"
    content = stored(site, round_)
    assert mirrors.readable(content["gaps"], frozenset()) == []
    assert mirrors.readable(content["gaps"], frozenset({"sales"})) == content["gaps"]


def test_one_question_is_set_beside_the_whole(site: Site, round_: Round, manager: Browser) -> None:
    page = manager.open(f"/rounds/{round_.id}/items/goals_shared")
    groups = {one["department"]: one for one in stored(site, round_)["groups"]}
    for path in (cast.SALES, ""):
        item = next(one for one in groups[path]["items"] if one["key"] == "goals_shared")
        table = [
            [int(row[1]) for row in page.rows if row[0] == label]
            for label in ("Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree")
        ]
        assert item["counts"] in [list(counts) for counts in zip(*table, strict=True)]
    assert page.row(cast.SALES)[1] == str(groups[cast.SALES]["n"])
    assert not [row for row in page.rows if row and row[0] == cast.MARKETING]


def test_the_notes_for_the_team_name_its_best_and_its_weakest_theme(
    site: Site, round_: Round, manager: Browser
) -> None:
    page = manager.open(f"/rounds/{round_.id}/conversation").text
    group = next(one for one in stored(site, round_)["groups"] if one["department"] == cast.SALES)
    themes = [one for one in group["themes"] if one["disclosed"] and not one["band"]]
    themes.sort(key=lambda one: -one["score_exact"])
    assert f"{THEMES[themes[0]['key']]} is what works best here." in page
    assert f"{THEMES[themes[-1]['key']]} is what works least." in page


def test_for_paper_everything_is_open(round_: Round, manager: Browser) -> None:
    page = manager.open(f"/rounds/{round_.id}")
    paper = manager.open(f"/rounds/{round_.id}{page.links['Print']}")
    assert page.tree.all("details")
    assert all("open" in one.attributes for one in paper.tree.all("details"))
    assert paper.tree.all("script")


def test_hr_notes_beside_a_round_what_was_different(
    round_: Round, manager: Browser, hr: Browser
) -> None:
    page = hr.open(f"/rounds/{round_.id}/trend")
    hr.press(page, "Save the note", fill={"note": "New <b>CRM</b>."})
    assert "A round: New <b>CRM</b>." in manager.open(f"/rounds/{round_.id}/trend").text
    assert "Save the note" not in manager.open(f"/rounds/{round_.id}/trend").text
    too_long = [*page.form_with("Save the note")[0].pairs, ("note", "x" * 301)]
    hr.send(f"/rounds/{round_.id}/note", [one for one in too_long if one[1]], status=422)


def test_the_first_screen_is_light(round_: Round, manager: Browser) -> None:
    """At most 40 kB as sent, in at most 4 requests."""
    page = manager.open(f"/rounds/{round_.id}")
    files = [one["href"] for one in page.tree.all("link", rel="stylesheet")]
    files += [one["src"] for one in page.tree.all("script", "img")]
    sent = 0
    for address in [f"/rounds/{round_.id}", *files]:
        with manager.client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as reply:
            sent += sum(len(one) for one in reply.iter_raw())
    assert 1 + len(files) <= 4
    assert sent <= 40_000
