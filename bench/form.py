"""Forms a second, beside a bare route on the same server that answers the same bytes."""

from pathlib import Path
from statistics import median

from app.kit import migration
from app.kit.runtime import Runtime
from app.kit.settings import load
from bench import load as driver
from bench import rounds
from bench.serving import SECRET, databases, served
from bench.table import Row

RUNS = 5
CLIENTS = (8, 32)
FORMS = 2_000
LINKS = 200
TARGET = 0.5


def main() -> list[Row]:
    """Both databases, 8 and 32 clients, the median of five pairs of runs each."""
    with databases() as (sqlite, postgresql, _):
        return [*_rows(*sqlite), *_rows(*postgresql)]


def _rows(name: str, url: str, folder: Path) -> list[Row]:
    runtime = Runtime.start(load(database_url=url, data_dir=folder, secret_key=SECRET))
    migration.upgrade(runtime.database)
    _, links = rounds.launch(runtime, LINKS)
    runtime.close()
    requests = [_request(links[n % LINKS]) for n in range(FORMS)]
    rows = []
    with served(url, folder, "real") as real:
        answer = driver.one(real, requests[0])
        (folder / "answer").write_bytes(answer)
        with served(url, folder, "bytes", str(folder / "answer")) as bare:
            for clients in CLIENTS:
                pairs = [_pair(bare, real, requests, clients) for _ in range(RUNS + 1)][1:]
                rows.append(
                    Row(
                        f"form, {name}, {clients} clients",
                        f"{median(ours for ours, _ in pairs):.0f} a second",
                        f"{median(limit for _, limit in pairs):.0f}, a bare route",
                        median(ours / limit for ours, limit in pairs),
                        TARGET,
                    )
                )
    return rows


def _pair(bare: int, real: int, requests: list[bytes], clients: int) -> tuple[float, float]:
    # Close together, so that a busy neighbour slows both.
    limit, _ = driver.run(bare, requests, clients)
    ours, statuses = driver.run(real, requests, clients)
    assert statuses == {200: FORMS}, statuses
    return ours, limit


def _request(link: str) -> bytes:
    return (
        f"GET /s/{link} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n"
        "Accept-Language: en\r\n\r\n"
    ).encode()
