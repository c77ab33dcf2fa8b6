"""HR changes the words of a round's mails before launching it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import cast
from tests.journeys.browser import Browser, Page
from tests.planning import planned
from tests.site import Site, plain, running_site, shared_database

BODY = "message-invitation-en-body"


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("messages")
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


def checking(hr: Browser) -> Page:
    return planned(hr, "team_pulse", departments=[cast.HR])


def test_words_are_changed_previewed_tested_and_sent(site: Site) -> None:
    hr = site.signed_in(cast.AMINAH)
    checked = checking(hr)
    words = hr.open(checked.links["Message"])
    mine = words.form_with("Save and continue")[0].value(BODY)
    mine = mine.replace("Hello,", "Dear <b>colleague</b>,")
    shown = hr.press(words, "Save and show how they read", fill={BODY: mine})
    assert shown.html.count("Dear &lt;b&gt;colleague&lt;/b&gt;,") == 2
    back = hr.press(shown, "Back to the standard text")
    assert back.form_with("Undo")[0].value(BODY).startswith("Hello,")
    undone = hr.press(back, "Undo")
    assert undone.form_with("Save and continue")[0].value(BODY).startswith("Dear")
    hr.press(undone, "Save and send me a test")
    site.work()
    assert plain(site.mails(cast.AMINAH, "Test:")[-1]).count("Dear <b>colleague</b>,") == 1
    hr.press(hr.press(undone, "Save and check"), "Launch the round")
    site.work()
    mails = {one.email: site.mails(one.email)[-1] for one in cast.members(cast.HR)}
    english = plain(mails[cast.AMINAH])
    assert "Dear <b>colleague</b>," in english
    assert site.count("round_message", "body LIKE 'Dear%'") == 1


def test_what_must_stay_is_said_beside_its_field(site: Site) -> None:
    hr = site.signed_in(cast.AMINAH)
    words = hr.open(checking(hr).links["Message"])
    wrong = hr.press(
        words, "Save and continue", fill={BODY: "Please answer.\n\n{link}"}, status=422
    )
    assert wrong.tree.one("div", id="errors").one("a")["href"] == f"#{BODY}"
    assert "{minutes}" in wrong.tree.one("div", id="errors").text
    assert "Please answer." in wrong.form_with("Save and continue")[0].value(BODY)


def test_the_command_takes_a_file(site: Site, tmp_path: Path) -> None:
    usual = site.command("round", "message", "team_pulse").stdout
    file = tmp_path / "message.toml"
    file.write_text(usual.replace("Hello,", "Selamat sejahtera,"))
    options = ("--name", "May", "--department", cast.HR, "--message", str(file))
    site.command("round", "open", "team_pulse", *options)
    assert site.count("round_message", "body LIKE 'Selamat sejahtera,%'") == 2
    file.write_text(usual.replace("{minutes}", "a while"))
    refused = site.command("round", "open", "team_pulse", *options, check=False)
    assert refused.returncode == 1
    assert "minutes" in refused.stderr
    assert "English" in refused.stderr
