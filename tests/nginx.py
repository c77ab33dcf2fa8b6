"""Our example of a proxy, started in front of processes on random ports."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def configured(folder: Path, port: int, behind: Sequence[int]) -> Path:
    """The example as it stands, but for its port, its certificate and who is behind it."""
    text = EXAMPLE.read_text()
    lines = [
        line.replace("/var/log/nginx", str(folder)).replace("listen 443 ssl", f"listen {port}")
        for line in text.splitlines()
        if "ssl_certificate" not in line
    ]
    servers = "".join(f"server 127.0.0.1:{one} max_fails=0;" for one in behind)
    example = "\n".join(lines).replace("server 127.0.0.1:8000 max_fails=0;", servers)
    path = folder / "nginx.conf"
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"events {{ worker_connections 512; }}\nhttp {{ {temporary}\n{example}\n}}\n"
    )
    return path


@contextmanager
def running_nginx(folder: Path, port: int, behind: Sequence[int]) -> Iterator[None]:
    """It serves until the block ends."""
    assert NGINX
    path = configured(folder, port, behind)
    process = subprocess.Popen([NGINX, "-c", str(path)], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)
