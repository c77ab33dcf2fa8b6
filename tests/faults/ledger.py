"""Answers sent by many people at once, and a ledger of them kept outside the program.

Each answer carries a number of its own in its choices, so that what lies in the boxes afterwards
can be held against what was acknowledged: nothing lost, nothing stored twice.
"""

import http.client
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from app.surveys import library
from app.surveys.coding import Layout
from tests.site import Round

SURVEY = "team_pulse"
DIGITS, POINTS = 6, 5
PATIENCE = 60.0


@dataclass
class Ledger:
    """What each person sent, and what the service said."""

    acknowledged: set[int] = field(default_factory=set)
    tries: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    unheard: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, number: int, status: int | None) -> None:
        with self.lock:
            self.tries += 1
            if status == 303:
                self.acknowledged.add(number)
            elif status is None:
                self.unheard += 1
            else:
                self.refused[status] += 1


def body(number: int, key: str) -> bytes:
    """A form whose choices spell the number."""
    fields = {
        f"answer-{column}": number // POINTS**place % POINTS
        for place, column in enumerate(_columns())
    }
    return urlencode({**fields, "submission": key}).encode()


def stored(round_: Round) -> Counter[int]:
    """The numbers that lie in the boxes, opened with the server's key."""
    layout = Layout.of(library.template(SURVEY))
    found: Counter[int] = Counter()
    for record in round_.site.ballots(round_):
        codes = layout.unpack(record)
        found[sum(codes[one][0] * POINTS**place for place, one in enumerate(_columns()))] += 1
    return found


def post(port: int, link: str, content: bytes, timeout: float = 10) -> int | None:
    """Send a form; the status, or None where no whole reply came."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Connection": "close"}
    try:
        line.request("POST", link, content, headers)
        return line.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        line.close()


class Crowd:
    """People who send until they are told that it is stored, as one with a phone would."""

    def __init__(
        self,
        ports: Sequence[int],
        links: Sequence[str],
        at_once: int = 4,
        *,
        enough: frozenset[int] = frozenset({303}),
    ) -> None:
        """`enough`: the replies after which somebody leaves it at that."""
        self.ledger = Ledger()
        self._enough = enough
        self._ports = ports
        shares = [list(enumerate(links))[place::at_once] for place in range(at_once)]
        self._threads = [threading.Thread(target=self._send, args=(one,)) for one in shares]

    def start(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    @property
    def sending(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def wait(self) -> Ledger:
        for thread in self._threads:
            thread.join()
        return self.ledger

    def _send(self, share: Sequence[tuple[int, str]]) -> None:
        for number, link in share:
            # The key comes with the form: a retry is the same form.
            content = body(number, secrets.token_urlsafe(16))
            deadline = time.monotonic() + PATIENCE
            status = None
            while status not in self._enough:
                assert time.monotonic() < deadline, "nobody takes the answer"
                status = post(random.choice(self._ports), link, content)
                self.ledger.note(number, status)
                if status not in self._enough:
                    time.sleep(0.02)


def compared(ledger: Ledger, round_: Round) -> dict[str, int]:
    """The ledger against the boxes: what was lost, what is there twice, what nobody was told of."""
    found = stored(round_)
    spent = round_.site.count("spent", f"round_id = '{round_.id}'")
    assert spent == sum(found.values()), "a link is spent exactly where a ballot lies"
    return {
        "acknowledged": len(ledger.acknowledged),
        "tries": ledger.tries,
        "unheard": ledger.unheard,
        "said not saved": ledger.refused[503],
        "lost": len(ledger.acknowledged - found.keys()),
        "duplicates": sum(n - 1 for n in found.values()),
        "untold": len(found.keys() - ledger.acknowledged),
    }


def _columns() -> list[str]:
    survey = library.template(SURVEY)
    items = {one.key for one in survey.items if one.type == "scale" and not one.show_if}
    return [one.key for one in Layout.of(survey).columns if one.item.key in items][:DIGITS]
