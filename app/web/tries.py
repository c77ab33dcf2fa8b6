"""How often somebody has guessed: counted by a fingerprint of the address, in memory only."""

import time
from collections import OrderedDict, deque

from app.kit.seal import new_key
from app.kit.tokens import mac

MOST = 20
WINDOW = 600.0
DAY = 86_400.0
KEPT = 10_000


class WrongTries:
    """Wrong tries of the last ten minutes, by address; neither is ever stored.

    The key of the fingerprints changes every day, and what was counted under the old one goes.
    """

    def __init__(self) -> None:
        self._tries: OrderedDict[bytes, deque[float]] = OrderedDict()
        self._renew()

    def are_too_many(self, address: str) -> bool:
        recent = self._tries.get(self._fingerprint(address))
        if recent is None:
            return False
        while recent and recent[0] < time.monotonic() - WINDOW:
            recent.popleft()
        return len(recent) >= MOST

    def count(self, address: str) -> None:
        mark = self._fingerprint(address)
        self._tries.setdefault(mark, deque(maxlen=MOST)).append(time.monotonic())
        self._tries.move_to_end(mark)
        # Bounded: strangers decide how many addresses there are.
        if len(self._tries) > KEPT:
            self._tries.popitem(last=False)

    def _fingerprint(self, address: str) -> bytes:
        if time.monotonic() >= self._until:
            self._renew()
        return mac(self._key, address)

    def _renew(self) -> None:
        self._key = new_key()
        self._until = time.monotonic() + DAY
        self._tries.clear()
