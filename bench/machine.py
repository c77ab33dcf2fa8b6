"""How much of the machine others used while something was measured."""

import os
import resource
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Others:
    """The share of the processors that went to processes which are not of this benchmark."""

    def __init__(self) -> None:
        self._busy, self._all = _whole()
        self._ours = _ours()

    def share(self) -> float:
        """Since the beginning; 0 to 1."""
        busy, every = _whole()
        others = (busy - self._busy) - (_ours() - self._ours)
        return max(0.0, others / max(every - self._all, 1e-9))


def _whole() -> tuple[float, float]:
    """Seconds the processors worked, and all that passed, since the machine started."""
    fields = [int(one) for one in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return (sum(fields) - idle) / TICKS, sum(fields) / TICKS


def _ours() -> float:
    """Processor seconds of this process, those that ended before it, and those it has."""
    own, ended = (
        resource.getrusage(resource.RUSAGE_SELF),
        resource.getrusage(resource.RUSAGE_CHILDREN),
    )
    seconds = own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime
    return seconds + sum(_alive(pid) for pid in _below(os.getpid()))


def _below(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(one) for task in tasks for one in (task / "children").read_text().split()]
    except OSError:
        return []
    return children + [deep for child in children for deep in _below(child)]


def _alive(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    # Its own time and that of its children that ended.
    return sum(int(one) for one in fields[11:15]) / TICKS
