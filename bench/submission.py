"""Durable submissions a second, beside the route without a database, and beside bare commits."""

from collections.abc import Callable
from pathlib import Path
from statistics import median

from app.kit import migration
from app.kit.runtime import Runtime
from app.kit.settings import load
from bench import durable, rounds
from bench import load as driver
from bench.serving import SECRET, databases, served
from bench.table import Row

RUNS = 5
CLIENTS = (8, 32)
SUBMISSIONS = 1000
OF_ROUTE = {"SQLite": 0.6, "PostgreSQL": 0.5}
OF_COMMITS = 0.7


def main() -> list[Row]:
    """Both databases, 8 and 32 clients, the median of five runs each."""
    with databases() as (sqlite, postgresql, server):
        return [
            *_rows(*sqlite, lambda folder, _clients: durable.sqlite_rows(folder)),
            *_rows(*postgresql, lambda _, clients: durable.postgresql_rows(server, clients)),
        ]


def _rows(name: str, url: str, folder: Path, commits: Callable[[Path, int], float]) -> list[Row]:
    runtime = Runtime.start(load(database_url=url, data_dir=folder, secret_key=SECRET))
    migration.upgrade(runtime.database)
    round_id, links = rounds.launch(runtime, (RUNS + 1) * len(CLIENTS) * SUBMISSIONS)
    requests = rounds.requests(links)
    runtime.close()
    rows = []
    with served(url, folder, "real") as real, served(url, folder, "round", round_id) as bare:
        for clients in CLIENTS:
            runs = []
            for _ in range(RUNS + 1):
                some = [requests.pop() for _ in range(SUBMISSIONS)]
                # Close together, so that a busy neighbour slows all three.
                without, _ = driver.run(bare, some, clients)
                stored, statuses = driver.run(real, some, clients)
                assert statuses == {303: SUBMISSIONS}, statuses
                runs.append((stored, without, commits(folder, clients)))
            rows += _compared(f"submission, {name}, {clients} clients", runs[1:], OF_ROUTE[name])
    return rows


def _compared(what: str, runs: list[tuple[float, float, float]], of_route: float) -> list[Row]:
    stored = f"{median(one for one, _, _ in runs):.0f} a second"
    route, commits = (median(one[n] for one in runs) for n in (1, 2))
    return [
        Row(
            what,
            stored,
            f"{route:.0f}, no database",
            median(one / limit for one, limit, _ in runs),
            of_route,
        ),
        Row(
            what,
            stored,
            f"{commits:.0f}, bare commits",
            median(one / limit for one, _, limit in runs),
            OF_COMMITS,
        ),
    ]
