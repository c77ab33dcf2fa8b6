"""The installed command, run as people run it: a process with an environment of its own."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from app.cli.main import main

COMMAND = Path(sys.executable).with_name("selaras")
PEOPLE = "employee_id,name,email,department\r\n"


@dataclass(frozen=True)
class Result:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output; anything besides it is an error."""
        return json.loads(self.out)

    @property
    def refusal(self) -> Mapping[str, str]:
        assert list(self.document) == ["error"]
        assert set(self.document["error"]) == {"code", "message"}
        refusal: Mapping[str, str] = self.document["error"]
        return refusal


@dataclass(frozen=True)
class Installation:
    """A data directory, and the settings commands in it run with."""

    folder: Path
    given: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str, **settings: str) -> Result:
        done = subprocess.run(
            [COMMAND, *words],
            capture_output=True,
            cwd=self.folder,
            env=self.environment(**settings),
            timeout=90,
            check=False,
        )
        # What it prints is UTF-8 text, and no trace of the inside.
        result = Result(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in result.err + result.out
        return result

    def inside(self, *words: str, **settings: str) -> Result:
        """As `run`, in this process: where many refusals are tried, starting is what takes long."""
        out, err = io.StringIO(), io.StringIO()
        environment = self.environment(**settings)
        with (
            mock.patch.object(sys, "argv", ["selaras", *words]),
            mock.patch.dict(os.environ, environment, clear=True),
            chdir(self.folder),
            redirect_stdout(out),
            redirect_stderr(err),
            pytest.raises(SystemExit) as end,
        ):
            main()
        assert isinstance(end.value.code, int)
        return Result(end.value.code, out.getvalue(), err.getvalue())

    def told(self, *words: str) -> Any:
        """The document of a step on the way to what a test is about."""
        result = self.inside(*words, "--json")
        assert result.code == 0, result.err
        return result.document

    def environment(self, **settings: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if "SELARAS" not in name}
        return {
            **kept,
            "PYTHONUTF8": "1",
            "SELARAS_DATA_DIR": str(self.folder / "data"),
            **self.given,
            **settings,
        }

    def json(self, *words: str) -> Any:
        result = self.run(*words, "--json")
        assert result.code == 0, result.err
        return result.document

    def people(self, **departments: int) -> Path:
        """A people file with that many in each department."""
        places = [place for place, people in departments.items() for _ in range(people)]
        lines = [f"{n:04},P {n},p{n}@contoh.example,{place}\r\n" for n, place in enumerate(places)]
        path = self.folder / "people.csv"
        path.write_text(PEOPLE + "".join(lines))
        return path
