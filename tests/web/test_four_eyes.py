"""Two people launch a round: one asks, another looks at the same and approves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import cast
from tests.journeys.browser import Browser, Page
from tests.planning import planned
from tests.site import Site, plain, running_site, shared_database

ONE = "There is one account of HR"


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("eyes")
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def aminah(site: Site) -> Browser:
    hr = site.signed_in(cast.AMINAH)
    settings = hr.open("/settings")
    button = _switch(settings)
    alone = hr.send(button, _pairs(settings, "yes"), status=422)
    assert ONE in alone.text
    return hr


@pytest.fixture(scope="module")
def devi(site: Site, aminah: Browser) -> Browser:
    hr = site.signed_in(cast.DEVI)
    settings = hr.open("/settings")
    hr.send(_switch(settings), _pairs(settings, "yes"))
    assert site.count("audit_entry", "action = 'organisation.four_eyes'") == 1
    return hr


def _switch(settings: Page) -> str:
    return next(one.action for one in settings.forms if one.action.endswith("/four-eyes"))


def _pairs(settings: Page, wanted: str) -> list[tuple[str, str]]:
    form = next(one for one in settings.forms if one.action.endswith("/four-eyes"))
    return [*form.pairs, ("four_eyes", wanted)]


def asked(hr: Browser, name: str) -> Page:
    checked = planned(hr, "team_pulse", departments=[cast.SALES], name=name)
    assert "Launch the round" not in checked.text
    return hr.press(checked, "Ask a second person")


def test_another_person_launches_what_was_asked_for(
    site: Site, aminah: Browser, devi: Browser
) -> None:
    waiting = asked(aminah, "Dua orang")
    assert "It waits for a second person" in waiting.text
    assert "Approve and launch" not in waiting.text, "who asked may not approve"
    site.work()
    [mail] = [one for one in site.mails(cast.DEVI) if "Dua orang" in one["subject"]]
    assert waiting.path in plain(mail)
    assert not [one for one in site.mails(cast.AMINAH) if "Dua orang" in one["subject"]]
    page = devi.open(waiting.path)
    assert cast.AMINAH in page.text
    launched = devi.press(page, "Approve and launch")
    assert launched.heading == "Dua orang"
    assert devi.press(page, "Approve and launch").path == launched.path, "once"
    assert site.count("survey_round", "name = 'Dua orang'") == 1
    for act in ("asked", "approved"):
        named = "approval_asked" if act == "asked" else "approved"
        assert site.count("audit_entry", f"action = 'round.{named}'") >= 1
    assert aminah.open(waiting.path).path == launched.path, "the mail's link leads on"


def test_who_asked_cannot_approve_by_hand_either(
    site: Site, aminah: Browser, devi: Browser
) -> None:
    waiting = asked(aminah, "Sendiri")
    form, _ = devi.open(waiting.path).form_with("Approve and launch")
    mine, _ = waiting.form_with("Take the request back")
    seen = [("seen", form.value("seen")), ("csrf", mine.value("csrf"))]
    refused = aminah.send(form.action, seen, status=409)
    assert "another person must approve it" in refused.text
    csrf, edition = ("csrf", mine.value("csrf")), ("edition", "1")
    alone = aminah.send(form.action.replace("/approve", "/launch"), [csrf, edition], status=409)
    assert "two people launch a round here" in alone.text
    assert not site.count("survey_round", "name = 'Sendiri'")


def test_a_change_after_the_request_needs_a_new_one(
    site: Site, aminah: Browser, devi: Browser
) -> None:
    waiting = asked(aminah, "Berubah")
    page = devi.open(waiting.path)
    privacy = aminah.open(waiting.links["Privacy"])
    changed = aminah.press(privacy, "Save and check", fill={"min_group": "7"})
    assert "Ask a second person" in changed.text
    refused = devi.press(page, "Approve and launch", status=409)
    assert "ask anew" in refused.text
    assert site.count("audit_entry", "action = 'round.approval_withdrawn'") >= 1
    again = aminah.press(changed, "Ask a second person")
    stale = devi.press(page, "Approve and launch", status=409)
    assert "not any more what was asked for" in stale.text
    approved = devi.press(devi.open(again.path), "Approve and launch")
    assert "7" in approved.form_with("Raise")[0].element.text


def test_new_people_after_the_request_need_a_new_one(
    site: Site, aminah: Browser, devi: Browser, tmp_path: Path
) -> None:
    waiting = asked(aminah, "Orang baharu")
    page = devi.open(waiting.path)
    file = tmp_path / "more.csv"
    file.write_text(f"employee_id,email,department\nX1,x1@contoh.example.com,{cast.SALES}\n")
    site.command("people", "import", str(file))
    refused = devi.press(page, "Approve and launch", status=409)
    assert "people, departments or survey have changed since" in refused.text
    assert not site.count("survey_round", "name = 'Orang baharu'")


def test_a_program_cannot_launch_and_is_told_why(site: Site, devi: Browser) -> None:
    key = site.command("key", "create", "--role", "hr", "--name", "Program").stdout.strip()
    wanted = {"survey": "team_pulse", "name": "Sendirian", "departments": [cast.SALES]}
    reply = devi.client.post(
        "/api/v1/rounds",
        json=wanted,
        headers={"Authorization": f"Bearer {key}", "Cookie": ""},
    )
    assert reply.status_code == 409, reply.text
    assert "two people launch a round here" in reply.json()["detail"]
    assert not site.count("survey_round", "name = 'Sendirian'")


def test_a_quick_poll_becomes_a_draft_for_two_people(
    site: Site, aminah: Browser, devi: Browser
) -> None:
    poll = aminah.open("/poll")
    fill = {"title": "Kantin", "text-1": "The canteen is good.", "kind-1": "scale"}
    checked = aminah.press(poll, "Check it", fill=fill)
    draft = aminah.press(checked, "Keep it as a draft")
    waiting = aminah.press(draft, "Ask a second person")
    launched = devi.press(devi.open(waiting.path), "Approve and launch")
    assert launched.heading == "Kantin"
