"""The demo as a newcomer starts it: a command, an address, three links, mails in a folder."""

import email
import email.policy
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

COMMAND = Path(sys.executable).with_name("selaras")


@dataclass(frozen=True)
class Demo:
    """A served demo: its address, its one-time links, and the folder its mails go to."""

    address: str
    links: list[str]
    mails: Path

    def survey_links(self, round_id: str) -> list[str]:
        """The personal links of a round, out of the mails that were sent."""
        pattern = re.compile(rf"http\S+/s/{round_id}\S+")
        for _ in range(100):
            texts = [_text(path) for path in sorted(self.mails.glob("*.eml"))]
            if found := [match[0] for match in map(pattern.search, texts) if match]:
                return found
            time.sleep(0.2)
        raise AssertionError("no invitation arrived")


@contextmanager
def served(folder: Path) -> Iterator[Demo]:
    """A demo in this folder, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SELARAS_")}
    environment = {**kept, "SELARAS_DATA_DIR": str(folder), "SELARAS_CONTACT": "hr@contoh.example"}
    with (folder / "said").open("w+") as said:
        process = subprocess.Popen(
            [COMMAND, "demo", "--port", str(port)], env=environment, stderr=said, cwd=folder
        )
        try:
            links = _links(folder / "said")
            yield Demo(f"http://127.0.0.1:{port}", links, folder / "mail")
        finally:
            process.terminate()
            process.wait(timeout=20)


def _links(said: Path) -> list[str]:
    for _ in range(300):
        text = said.read_text()
        if "Selaras is at" in text:
            time.sleep(0.5)
            return re.findall(r"http\S+/sign-in/\S+", text)
        time.sleep(0.2)
    raise AssertionError(said.read_text())


def _text(path: Path) -> str:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    return body.get_content() if body else ""
