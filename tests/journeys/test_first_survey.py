"""From an empty machine to a sent test mail and a launched round, in a real browser, counted and timed."""

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests import cast
from tests.journeys.chromium import ARTEFACTS, accessible, press
from tests.journeys.demo import COMMAND
from tests.journeys.test_in_the_browser import chromium, pytestmark

__all__ = ["chromium", "pytestmark"]

# What HR may need at most, reading included; the script reads nothing.
MINUTES, SCREENS = 5, 7
LOOKS = [("light", 320), ("dark", 1280)]


@dataclass
class Machine:
    """A folder with nothing in it, and the service started there by one command."""

    address: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def set_up_link(self) -> str:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            said = (self.folder / "said").read_text()
            if found := re.search(r"http\S+/set-up/\S+", said):
                return found[0]
            time.sleep(0.1)
        raise AssertionError((self.folder / "said").read_text())

    def mails(self, to: str) -> list[str]:
        """The subjects of what has been sent to somebody."""
        found = []
        for path in sorted((self.folder / "mail").glob("*.eml")):
            mail = message_from_bytes(path.read_bytes(), policy=default)
            if to in str(mail["to"]):
                found.append(str(mail["subject"]))
        return found

    def survey_link(self, to: str) -> str:
        """The personal link in somebody's invitation."""
        for path in sorted((self.folder / "mail").glob("*.eml")):
            mail = message_from_bytes(path.read_bytes(), policy=default)
            body = mail.get_body(("plain",))
            found = re.search(r"http\S+/s/[\w-]{28}", body.get_content() if body else "")
            if found and to in str(mail["to"]):
                return found[0]
        raise AssertionError(f"no link for {to}")

    def waits_for_mails(self, to: str, count: int) -> list[str]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(self.mails(to)) < count:
            time.sleep(0.1)
        return self.mails(to)


@dataclass
class Screens:
    """The screens somebody has seen, in order."""

    page: Page
    seen: list[str] = field(default_factory=list)

    def press(self, selector: str) -> None:
        press(self.page, selector)
        self.note()

    def note(self) -> None:
        self.seen.append(self.page.inner_text("h1"))


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SELARAS_")}
    given = {"SELARAS_MAIL_URL": f"file://{folder}/mail", "SELARAS_CONTACT": "hr@contoh.example"}
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(
            [COMMAND, "serve", "--port", str(port)], env=kept | given, stderr=said, cwd=folder
        )
        try:
            yield Machine(f"http://127.0.0.1:{port}", folder, process)
        finally:
            process.terminate()
            process.wait(timeout=20)


def test_hr_gets_from_nothing_to_a_test_mail_and_a_round(
    machine: Machine, chromium: Browser, tmp_path: Path
) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    people = tmp_path / "staff.csv"
    people.write_bytes(cast.people_file())
    began = time.monotonic()
    page = chromium.new_page(viewport={"width": 1280, "height": 900}, locale="en-MY")
    screens = Screens(page)

    page.goto(machine.set_up_link)
    screens.note()
    _looks(page, "set-up")
    page.fill("#email", cast.AMINAH)
    page.fill("#organisation", "Syarikat Contoh")
    screens.press("main button")
    _looks(page, "welcome")
    screens.press("text=Start my first survey >> nth=-1")
    page.set_input_files("#file", people)
    screens.press("text=Show the preview")
    _looks(page, "preview")
    screens.press("text=Import 58 people")
    screens.press("text=Next: plan a round")
    page.select_option("#survey", "team_pulse")
    screens.press("button[value=check]")
    press(page, "text=Send a test to myself")
    assert machine.waits_for_mails(cast.AMINAH, 1), "the test mail is there"
    tested = time.monotonic() - began
    to_test = list(screens.seen)
    assert len(to_test) <= SCREENS, to_test

    screens.press("text=Launch the round")
    launched = time.monotonic() - began
    assert re.search(r"/rounds/\w{6}$", page.url)
    assert len(machine.waits_for_mails(cast.CHONG, 1)) == 1
    assert launched < MINUTES * 60
    told = [
        f"{len(to_test)} screens and {tested:.0f} s to the test mail: {' > '.join(to_test)}",
        f"{len(screens.seen)} screens and {launched:.0f} s to the launched round",
    ]
    (ARTEFACTS.parent / "first-survey.txt").write_text("\n".join(told) + "\n")

    page.goto(f"{machine.address}/")
    assert "Newest rounds" in page.inner_text("main") or "done" in page.inner_text("main")
    _hr_looks_at_every_page_of_people(machine, page)
    _form_holds_longer_words_and_the_other_direction(machine, chromium)


def _hr_looks_at_every_page_of_people(machine: Machine, page: Page) -> None:
    base = machine.address
    for name, address in (
        ("people", "/people"),
        ("person-new", "/people/new"),
        ("departments", "/people/departments"),
        ("imports", "/people/imports"),
        ("settings", "/settings"),
        ("proposed", "/accounts/proposed"),
    ):
        page.goto(base + address)
        _looks(page, name)
    page.goto(f"{base}/people")
    press(page, "table a >> nth=0")
    _looks(page, "person")
    page.goto(f"{base}/people/departments")
    press(page, "table a:text-is('Sales')")
    _looks(page, "department")
    press(page, "text=Look at the merger")
    _looks(page, "merge")
    page.goto(f"{base}/people/imports")
    press(page, "table a:text-is('Undo')")
    _looks(page, "undo")
    page.goto(f"{base}/people/import")
    odd = "Kod Staf HQ,Nama,Bilik\n1,Ali,Sales\n"
    page.set_input_files(
        "#file", files=[{"name": "x.csv", "mimeType": "text/csv", "buffer": odd.encode()}]
    )
    press(page, "text=Show the preview")
    _looks(page, "columns")


def _looks(page: Page, name: str) -> None:
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        accessible(page, f"people-{name}-{scheme}-{width}")
    page.set_viewport_size({"width": LOOKS[0][1], "height": 900})
    for direction in ("ltr", "rtl"):
        assert page.evaluate(STRETCHED, direction) == [], f"{name} is too wide, {direction}"


# Every text of the page 40 % longer, as a language with long words would make it, and its lines in
# this direction: what then sticks out. Afterwards the page is as it was.
STRETCHED = """direction => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const kept = [];
  while (texts.nextNode()) {
    const words = texts.currentNode.data;
    if (!words.trim()) continue;
    kept.push([texts.currentNode, words]);
    texts.currentNode.data = words + " " + words.trim().slice(0, Math.ceil(words.length * 0.4));
  }
  const root = document.documentElement;
  const before = root.dir;
  root.dir = direction;
  const out = root.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("main *, header *, footer *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth || one.getBoundingClientRect().left < 0)
    .map((one) => one.outerHTML.slice(0, 120));
  const found = root.scrollWidth <= innerWidth ? [] : [`${root.scrollWidth} px`, ...out.slice(0, 5)];
  for (const [node, words] of kept) node.data = words;
  root.dir = before;
  return found;
}"""


def _form_holds_longer_words_and_the_other_direction(machine: Machine, chromium: Browser) -> None:
    form = chromium.new_page(locale="en-MY")
    form.goto(machine.survey_link(cast.CHONG))
    assert form.locator("fieldset.item").count() > 3
    start = form.locator("fieldset.item input").first.bounding_box()
    assert start is not None
    form.evaluate("document.documentElement.dir = 'rtl'")
    turned = form.locator("fieldset.item input").first.bounding_box()
    assert turned is not None
    width = form.viewport_size["width"]  # type: ignore[index]
    assert start["x"] < width / 2 < turned["x"], "what stood at the left stands at the right"
    _looks(form, "form-rtl")
