"""The examples for those who run it: each is linted by the program it is for."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.kit.runtime import Runtime
from app.web.numbers import Asked, Numbers
from tests.nginx import NGINX, configured

DEPLOY = Path(__file__).parents[2] / "deploy"
UNIT = DEPLOY / "selaras.service"
METRIC = re.compile(r"\b(selaras_\w+|process_\w+)\b")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_the_unit_is_one(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/selaras/.venv/bin/selaras", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert unit.name not in done.stderr, done.stderr


def test_the_unit_gives_no_rights_away() -> None:
    unit = UNIT.read_text()
    for line in ("CapabilityBoundingSet=\n", "ProtectSystem=strict", "NoNewPrivileges=yes"):
        assert line in unit
    assert re.search(r"TimeoutStopSec=(\d+)", unit)[1] > "30"  # type: ignore[index]


@pytest.mark.skipif(NGINX is None, reason="needs nginx")
def test_nginx_takes_its_example(tmp_path: Path) -> None:
    path = configured(tmp_path, 8080, [8000])
    done = subprocess.run(
        [str(NGINX), "-t", "-c", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("caddy") is None, reason="needs caddy")
def test_caddy_takes_its_example(tmp_path: Path) -> None:
    done = subprocess.run(
        ["caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_neither_proxy_logs_what_holds_a_link() -> None:
    nginx = (DEPLOY / "nginx.conf").read_text()
    for path in ("/s/", "/sign-in/", "/set-up/"):
        assert f"~^{path} 0" in nginx
    assert "if=$selaras_loggable" in nginx
    caddy = [line.strip() for line in (DEPLOY / "Caddyfile").read_text().splitlines()]
    assert not any(line.startswith("log") for line in caddy)


def test_the_dashboard_and_the_numbers_know_each_other(runtime: Runtime) -> None:
    numbers = Numbers()
    numbers.note(Asked("GET", "/", 200, 0.1), answering=False)
    offered = set(METRIC.findall(numbers.page(runtime).decode()))
    board = json.loads((DEPLOY / "grafana.json").read_text())
    shown = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in METRIC.findall(target["expr"])
    }
    assert shown <= offered
    assert {_family(one) for one in offered if one.startswith("selaras_")} <= {
        _family(one) for one in shown
    }, "a number nobody is shown"


def _family(name: str) -> str:
    return re.sub(r"_(bucket|sum|count|created|total)$", "", name)
