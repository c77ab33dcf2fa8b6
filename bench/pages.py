"""What the first pages weigh and how fast they show on a slow phone, with Debian's Chromium.

Serves a demo of its own in a temporary folder. The phone is that of the design: 390 x 844, a processor four times
slower, 562 ms there and back, 1.3 Mbit/s; of five visits with an empty cache the middle one is printed.
"""

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PHONE = {"width": 390, "height": 844}
SLOWER, LATENCY_MS, BYTES_A_SECOND = 4, 562, 1_300_000 / 8
VISITS = 5
PATIENCE = 180.0
ROUND = "Alignment III"
# Beside each figure what it may be: kB, requests, LCP s, TBT ms, CLS; None where nothing was agreed.
RESULTS, FORM, OTHER = (
    (40.0, 4, 1.5, 100, None),
    (8.0, 2, 1.2, 50, 0.0),
    (90.0, None, None, None, None),
)
# A task this long keeps the finger waiting; what is beyond it is blocking time.
LONG_MS = 50.0
WATCH = """
window.seen = {lcp: 0, cls: 0, tbt: 0};
new PerformanceObserver(list => { for (const e of list.getEntries()) seen.lcp = e.startTime; })
  .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) seen.cls += e.value; })
  .observe({type: 'layout-shift', buffered: true});
new PerformanceObserver(list => { for (const e of list.getEntries()) seen.tbt += Math.max(0, e.duration - 50); })
  .observe({type: 'longtask', buffered: true});
"""


@dataclass(frozen=True)
class Visit:
    """One visit as the browser saw it."""

    kilobytes: float
    requests: int
    lcp: float
    tbt: float
    cls: float


def main() -> None:
    """Print the table of docs/performance.md."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("there is no Chromium: install the packages of .ci/debian-packages")
    with (
        TemporaryDirectory() as folder,
        _demo(Path(folder)) as (base, links),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            _print(browser, base, links, _invitation(Path(folder)))
        finally:
            browser.close()


def _print(browser: Any, base: str, links: dict[str, str], invitation: str) -> None:
    state = _signed_in(browser, links["manager of Marketing"])
    hr = _signed_in(browser, links["HR, sees everything"])
    round_id = _round_id(browser, base, state)
    print("| page | kB | requests | LCP s | TBT ms | CLS | limits |")
    print("|---|---|---|---|---|---|---|")
    for name, address, who, limits in (
        ("form", invitation, None, FORM),
        ("results, first screen", f"{base}/rounds/{round_id}", state, RESULTS),
        ("departments and themes", f"{base}/rounds/{round_id}/heatmap", hr, OTHER),
        ("trend", f"{base}/rounds/{round_id}/trend", state, OTHER),
        ("gaps", f"{base}/rounds/{round_id}/gaps", state, OTHER),
        ("indicators", f"{base}/indicators", state, OTHER),
        ("home of HR", base, hr, OTHER),
        ("people", f"{base}/people", hr, OTHER),
    ):
        seen = _middle([_visit(browser, address, who) for _ in range(VISITS)])
        print(
            f"| {name} | {seen.kilobytes:.1f} | {seen.requests} | {seen.lcp:.2f} | {seen.tbt:.0f} "
            f"| {seen.cls:.3f} | {_limits(limits)} |"
        )


def _visit(browser: Any, address: str, state: Any) -> Visit:
    context = browser.new_context(viewport=PHONE, storage_state=state, device_scale_factor=2)
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    tools.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": BYTES_A_SECOND,
            "uploadThroughput": BYTES_A_SECOND,
        },
    )
    sent: dict[str, float] = {}
    tools.on(
        "Network.loadingFinished",
        lambda event: sent.update({event["requestId"]: event["encodedDataLength"]}),
    )
    page.add_init_script(WATCH)
    page.goto(address, wait_until="networkidle")
    seen = page.evaluate("window.seen")
    context.close()
    return Visit(sum(sent.values()) / 1000, len(sent), seen["lcp"] / 1000, seen["tbt"], seen["cls"])


def _middle(visits: list[Visit]) -> Visit:
    names = ("kilobytes", "requests", "lcp", "tbt", "cls")
    return Visit(*(statistics.median(getattr(one, name) for one in visits) for name in names))


def _limits(limits: tuple[float | None, ...]) -> str:
    units = ("kB", "requests", "s", "ms", "CLS")
    return ", ".join(
        f"{one:g} {unit}" for one, unit in zip(limits, units, strict=True) if one is not None
    )


def _signed_in(browser: Any, link: str) -> Any:
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    with page.expect_navigation():
        page.locator("main form button").click()
    state = context.storage_state()
    context.close()
    return state


def _round_id(browser: Any, base: str, state: Any) -> str:
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    page.goto(f"{base}/rounds")
    address = page.get_by_role("link", name=ROUND, exact=True).get_attribute("href")
    context.close()
    return str(address).rpartition("/")[2]


@contextmanager
def _demo(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A served demo: its address, and its sign-in links by whom they are for."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SELARAS_")}
    settings = kept | {"SELARAS_DATA_DIR": str(folder), "SELARAS_CONTACT": "hr@contoh.example"}
    said = folder / "said"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("selaras")), "demo", "--port", str(port)]
    with said.open("w") as output:
        served = subprocess.Popen(command, cwd=folder, env=settings, stderr=output)
        try:
            _wait(f"http://127.0.0.1:{port}/healthz")
            links = re.findall(r"(http\S+/sign-in/\S+)\s+(.+)", said.read_text())
            yield f"http://127.0.0.1:{port}", {whose.strip(): link for link, whose in links}
        finally:
            served.terminate()
            served.wait(timeout=40)


def _wait(address: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the demo did not start")


def _invitation(folder: Path) -> str:
    """A personal link that still leads to a form, out of the mails that were sent."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for path in sorted((folder / "mail").glob("*.eml")):
            text = path.read_text().replace("=\n", "")
            found = re.search(r"https?://\S+/s/[\w-]{28}", text)
            if found and _leads_to_a_form(found[0]):
                return found[0]
        time.sleep(0.5)
    raise SystemExit("no invitation with an unused link was mailed")


def _leads_to_a_form(link: str) -> bool:
    try:
        with urllib.request.urlopen(link, timeout=10) as page:
            return b"<form" in page.read()
    except OSError:
        return False
