"""Values that never change under their key, kept at hand by the process that made them."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """As many as weigh no more than `most` together; the one used longest ago goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def at_hand(self, key: K) -> V | None:
        """The value of the key where there is one."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def get(self, key: K, make: Callable[[], tuple[V, int]]) -> V:
        """The value of the key; where there is none, `make` says it and how much it weighs.

        Two who ask at once may both make it: to make one takes no lock.
        """
        found = self.at_hand(key)
        if found is not None:
            return found
        value, weight = make()
        with self._lock:
            if key not in self._values:
                self._values[key] = value, weight
                self._weight += weight
            while self._weight > self._most:
                _, (_, gone) = self._values.popitem(last=False)
                self._weight -= gone
        return value
