"""The screenshots of the README: `.venv/bin/python -m tests.screenshots`.

Fills a demo in a temporary folder, serves it on a free port, and looks at it with Debian's
Chromium: the form by a link from a mail, the results as the manager of Marketing, each in both languages.
"""

import email
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from email import policy
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
SELARAS = Path(sys.executable).parent / "selaras"
LARGEST = 120_000
PATIENCE = 180.0

PHONE = {"width": 390, "height": 780}
DESKTOP = {"width": 1000, "height": 900}
ROUND = "Alignment III"


def main() -> int:
    if not Path(CHROMIUM).exists():
        print(f"There is no {CHROMIUM}: install the packages of .ci/debian-packages")
        return 1
    with TemporaryDirectory() as folder:
        base = f"http://127.0.0.1:{_free_port()}"
        log = Path(folder) / "output.txt"
        served = _serve(base, Path(folder), log)
        try:
            _wait(base)
            link = _form_link(Path(folder) / "mail")
            manager = _sign_in_link(log)
            _look(link, manager, base)
        finally:
            served.terminate()
            served.wait(timeout=40)
    return _weighed()


def _serve(base: str, folder: Path, log: Path) -> subprocess.Popen[bytes]:
    settings = {name: value for name, value in os.environ.items() if "SELARAS_" not in name}
    settings |= {
        "SELARAS_DATA_DIR": str(folder),
        "SELARAS_ORGANISATION": "Syarikat Contoh",
        "SELARAS_CONTACT": "aminah@contoh.example",
    }
    port = base.rpartition(":")[2]
    with log.open("wb") as output:
        # From the temporary folder, so that nobody's .env is read.
        return subprocess.Popen(
            [SELARAS, "demo", "--port", port], cwd=folder, env=settings, stderr=output
        )


def _wait(base: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{base}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the demo did not start")


def _form_link(folder: Path) -> str:
    """The personal link of some invitation that nobody has used yet."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for path in sorted(folder.glob("*.eml")):
            link = _unused_link(path)
            if link:
                return link
        time.sleep(0.2)
    raise SystemExit("no invitation with an unused link was mailed")


def _unused_link(path: Path) -> str | None:
    message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    found = re.search(r"https?://\S+/s/[\w-]{28}", body.get_content() if body else "")
    if found is None:
        return None
    with urllib.request.urlopen(found[0], timeout=10) as page:
        return found[0] if b"<form" in page.read() else None


def _sign_in_link(log: Path) -> str:
    for line in log.read_text(encoding="utf-8").splitlines():
        if "/sign-in/" in line and "manager of Marketing" in line:
            return line.split()[0]
    raise SystemExit("the demo printed no link for the manager")


def _look(form: str, manager: str, base: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            _form(browser, form)
            _results(browser, manager, base)
        finally:
            browser.close()


def _form(browser: Browser, link: str) -> None:
    page = browser.new_page(viewport=PHONE, locale="ms-MY", color_scheme="light")
    page.goto(f"{link}?lang=ms")
    page.screenshot(path=IMAGES / "form-phone-ms.png")
    page.goto(f"{link}?lang=en")
    item = page.locator("fieldset.item")
    item.nth(0).get_by_role("radio").nth(3).check()
    item.nth(1).get_by_role("radio").nth(2).check()
    page.evaluate("document.querySelector('h2.theme').scrollIntoView()")
    page.screenshot(path=IMAGES / "form-phone-en-items.png")


def _results(browser: Browser, manager: str, base: str) -> None:
    context = browser.new_context(viewport=DESKTOP, locale="en-MY", color_scheme="light")
    page = context.new_page()
    page.goto(manager)
    with page.expect_navigation():
        page.locator("main form button").click()
    page.goto(f"{base}/rounds")
    with page.expect_navigation():
        page.get_by_role("link", name=ROUND, exact=True).click()
    page.screenshot(path=IMAGES / "results-desktop-en.png")
    page.set_viewport_size(PHONE)
    page.goto(f"{page.url}{'&' if '?' in page.url else '?'}lang=ms")
    page.evaluate("scrollTo(0, document.querySelector('h1').offsetTop - 8)")
    page.screenshot(path=IMAGES / "results-phone-ms.png")


def _weighed() -> int:
    heavy = []
    for path in sorted(IMAGES.glob("*.png")):
        size = path.stat().st_size
        print(f"{size:7} bytes  {path.relative_to(ROOT)}")
        if size > LARGEST:
            heavy.append(path.name)
    for name in heavy:
        print(f"{name} is heavier than {LARGEST} bytes: choose a smaller viewport")
    return 1 if heavy else 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
