"""The numbers of /metrics: what this process was asked, and how the installation is.

No department, round or person is a label. What people who answer do is added in batches, so that
nobody who reads the numbers often can tell when one of them did.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from app.kit import condition, hold, pace
from app.kit.clock import now
from app.results import backups

if TYPE_CHECKING:
    from app.kit.runtime import Runtime

CONTENT_TYPE = CONTENT_TYPE_LATEST
# So many requests of people who answer are added at once.
TOGETHER = 10
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


@dataclass(frozen=True)
class Asked:
    """One request that was answered."""

    method: str
    route: str
    status: int
    seconds: float


@dataclass
class Numbers:
    """What one process counts."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    _waiting: list[Asked] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._requests = Counter(
            "selaras_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "selaras_request_seconds",
            "How long answering took.",
            ["method", "route"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)

    def note(self, asked: Asked, *, answering: bool) -> None:
        """Count a request; one of somebody who answers when there are enough of them."""
        if not answering:
            self._add([asked])
            return
        with self._lock:
            self._waiting.append(asked)
            if len(self._waiting) < TOGETHER:
                return
            together, self._waiting = self._waiting, []
        self._add(together)

    def page(self, runtime: "Runtime") -> bytes:
        """All of it in Prometheus' format."""
        state = CollectorRegistry()
        state.register(_State(runtime))
        return generate_latest(self.registry) + generate_latest(state)

    def _add(self, some: Iterable[Asked]) -> None:
        for one in some:
            self._requests.labels(one.method, one.route, str(one.status)).inc()
            self._seconds.labels(one.method, one.route).observe(one.seconds)


class _State(Collector):
    """How the installation is at the moment of asking, read from its database."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    def collect(self) -> Iterable[Metric]:
        with self._runtime.database.reading() as session:
            jobs = GaugeMetricFamily("selaras_jobs", "Jobs of the queue.", labels=["kind", "state"])
            for one in condition.work(session):
                jobs.add_metric([one.kind, one.state], one.jobs)
            yield jobs
            since, backup = condition.due_since(session), backups.newest(session)
            server = pace.stands(session)
            held = hold.stands(session) is not None
        paused = bool(server and server.paused_until and server.paused_until > now())
        late = (now() - since).total_seconds() if since else 0.0
        age = (now() - backup.at).total_seconds() if backup else float("nan")
        left = condition.disk_left(self._runtime.settings.data_dir)
        for name, said, value in (
            ("selaras_work_late_seconds", "Since when the oldest job could be done.", late),
            ("selaras_backup_age_seconds", "How old the newest backup is.", age),
            ("selaras_disk_free_ratio", "Free part of the data directory's disk.", left),
            ("selaras_mail_paused", "1 while the mail server takes no mail.", float(paused)),
            ("selaras_sending_held", "1 while mails are held after a restore.", float(held)),
        ):
            yield GaugeMetricFamily(name, said, value=value)
