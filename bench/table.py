"""A measured figure beside its limit, and the table of them that the documentation holds."""

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.kit.clock import now

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"


@dataclass(frozen=True)
class Row:
    """One line: what was measured, beside what, the ratio of the two, and what it should be."""

    what: str
    measured: str
    limit: str
    ratio: float
    target: float
    # A speed should be at least so much of its limit, a cost at most so many times it.
    at_least: bool = True

    @property
    def met(self) -> bool:
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target

    @property
    def cells(self) -> tuple[str, ...]:
        sign = "≥" if self.at_least else "≤"
        wanted = f"{sign} {self.target:g}"
        return (
            *(self.what, self.measured, self.limit, f"{self.ratio:.2f}", wanted),
            "yes" if self.met else "no",
        )


def show(rows: Sequence[Row], others: float) -> None:
    """Print the rows of one benchmark, and how busy the machine was with other work meanwhile."""
    for row in rows:
        what, measured, limit, ratio, wanted, met = row.cells
        print(f"{what:52} {measured:>18} {limit:>22} {ratio:>7} {wanted:>7} {met}")
    print(f"  processor used by others meanwhile: {others:.0%}", flush=True)


def write(name: str, rows: Sequence[Row], others: float) -> None:
    """Put a benchmark's rows into the documentation in place of those it had there."""
    text = DOCUMENT.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    _, tail = rest.split(END)
    parts = dict(re.findall(r"### (\w+)\n(.*?)(?=\n### |\Z)", rest.split(END)[0], re.DOTALL))
    parts[name] = _part(rows, others)
    body = "\n".join(f"### {one}\n{parts[one].rstrip()}\n" for one in sorted(parts))
    DOCUMENT.write_text(f"{head}{BEGIN}\n\n{body}\n{END}{tail}", encoding="utf-8")


def _part(rows: Sequence[Row], others: float) -> str:
    head = ("what", "measured", "beside", "ratio", "wanted", "met")
    lines = [head, ("---",) * len(head), *(row.cells for row in rows)]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    where = f"{now():%Y-%m-%d}, {os.cpu_count()} processors, Python {platform.python_version()}"
    return f"\n{table}\n\n{where}; {others:.0%} of the processors used by others meanwhile.\n"
