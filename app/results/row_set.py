"""Rows, one a ballot, as they may be given out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RowGroup:
    """A group that rows carry: its path, and the columns withheld in its rows."""

    path: str
    withheld: frozenset[str]


@dataclass(frozen=True)
class Rows:
    """The file as it is printed: its columns, and for each row the number of its group."""

    groups: tuple[RowGroup, ...]
    columns: tuple[str, ...]
    group: NDArray[np.uint16]
    codes: NDArray[np.uint8]

    def __len__(self) -> int:
        """How many ballots there are."""
        return len(self.group)
