"""What a manager reads beyond the score, where each figure opens, and what stays the others'."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.results import release
from app.results.models import Release
from tests import cast
from tests.journeys.browser import FORM, Browser, encoded
from tests.site import Round, Site, running_site

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


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    with running_site(database_url, tmp_path) as site:
        yield site


@pytest.fixture
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


def manager(site: Site) -> Browser:
    return site.signed_in(cast.BADRUL, "manager", [cast.SALES])


def test_difference_agreement_and_gaps_stand_in_words(site: Site, round_: Round) -> None:
    page = manager(site).open(f"/rounds/{round_.id}").text
    assert "Clearly higher than everybody else: +" in page
    assert " with each other." in page
    assert "Sales answers clearly more favourably than Marketing" in page


def test_every_figure_opens_with_its_own_counts(site: Site, round_: Round) -> None:
    group = next(one for one in stored(site, round_)["groups"] if one["department"] == cast.SALES)
    page = manager(site).open(f"/rounds/{round_.id}").tree
    formulas = [one.text for one in page.all("code")]
    for part in (group, *(one for one in group["themes"] if one["disclosed"])):
        start = f"100 × ({part['promoters']} − {part['detractors']}) / {part['n']} = "
        assert any(one.startswith(start) for one in formulas), start
    assert f"100 × {group['answered']} / {group['invited']}" in " ".join(formulas)


def test_a_manager_sees_no_counts_of_the_other_side(site: Site, round_: Round) -> None:
    """The gap tells the other side's mean; its answers are for its own manager."""
    hr = site.signed_in(cast.AMINAH).open(f"/rounds/{round_.id}").text
    mine = manager(site).open(f"/rounds/{round_.id}").text
    groups = {one["department"]: one for one in stored(site, round_)["groups"]}
    item = next(one for one in groups[cast.MARKETING]["items"] if one["key"] == "goals_shared")
    total = sum(code * count for code, count in enumerate(item["counts"]))
    theirs = f"100 × {total} / (4 × {item['n']})"
    assert theirs in hr
    assert theirs not in mine


def test_a_manager_of_neither_side_reads_no_gap(site: Site, round_: Round) -> None:
    page = site.signed_in(cast.FARID, "manager", ["Commercial"]).open(f"/rounds/{round_.id}")
    assert "How the sides see it" in page.text
    elsewhere = site.signed_in("x@contoh.example.com", "manager", [cast.PLANT])
    elsewhere.open(f"/rounds/{round_.id}", 404)


def test_the_method_card_is_read_and_kept(site: Site, round_: Round) -> None:
    reader = manager(site)
    page = reader.open(f"/rounds/{round_.id}/method").text
    assert "A mean above 62.5 makes a promoter" in page
    assert "Those sums are not published" in page
    reply = reader.client.get(f"/rounds/{round_.id}/method.json")
    assert reply.headers["content-disposition"] == (
        f'attachment; filename="selaras_{round_.id}_method.json"'
    )
    assert reply.json() == stored(site, round_)["method"]


def test_there_is_no_card_before_there_are_results(site: Site) -> None:
    opened = site.with_people().opened("Commercial")
    hr = site.signed_in(cast.AMINAH)
    assert hr.client.get(f"/rounds/{opened.id}/method").status_code == 404
    assert hr.client.get(f"/rounds/{opened.id}/method.json").status_code == 404
