"""How soon the service answers after its start, and what memory it holds while nobody asks."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from bench.serving import SECRET
from bench.table import Row

RUNS = 5
SECONDS, MEBIBYTES = 1.0, 120.0
IDLE = 3


def main() -> list[Row]:
    """The real command on a migrated SQLite database, worker included."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "SELARAS_SECRET_KEY": SECRET,
            "SELARAS_DATA_DIR": folder,
            "SELARAS_MAIL_URL": f"file://{folder}/mail",
        }
        command = Path(sys.executable).with_name("selaras")
        subprocess.run([command, "migrate"], env=environment, check=True, capture_output=True)
        runs = [_started(command, environment) for _ in range(RUNS + 1)][1:]
        bare = median(_python() for _ in range(RUNS))
    taken, held = median(one for one, _ in runs), median(one for _, one in runs)
    return [
        Row(
            "from the command to the first answer",
            f"{taken:.2f} s",
            f"{SECONDS:g} s; Python itself {bare:.2f}",
            taken / SECONDS,
            1,
            at_least=False,
        ),
        Row(
            "memory of the idle service",
            f"{held:.0f} MiB",
            f"{MEBIBYTES:g} MiB",
            held / MEBIBYTES,
            1,
            at_least=False,
        ),
    ]


def _started(command: Path, environment: dict[str, str]) -> tuple[float, float]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    begun = time.perf_counter()
    process = subprocess.Popen(
        [command, "serve", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - begun > 60:
                raise RuntimeError("the service did not start")
            time.sleep(0.005)
        taken = time.perf_counter() - begun
        time.sleep(IDLE)
        return taken, _resident(process.pid)
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    with closing(socket.socket()) as client:
        if client.connect_ex(("127.0.0.1", port)):
            return False
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return client.recv(64).startswith(b"HTTP/1.1 200")


def _resident(pid: int) -> float:
    """MiB, of the process and those it started."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(found[1]) / 1024 + sum(_resident(int(one)) for one in children)


def _python() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - begun
