"""The Python of docs/api.md runs as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

from app.access import keys
from tests.site import Site

PAGE = Path(__file__).parents[3] / "docs" / "api.md"


def test_the_worked_example_works(site: Site) -> None:
    (source,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    with site.database.writing() as session:
        token = keys.create(session, "hr", "Example", (), "test").token
    told = {"API_KEY": token, "API_ADDRESS": f"{site.settings.base_url}/api/v1"}
    done = subprocess.run(
        [sys.executable, "-c", source],
        env=os.environ | told,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "1 new, 0 changed, 0 errors"
    assert lines[1] == "open 304"
    # Nobody has answered, so nobody has a result.
    assert lines[2] == "[]"
    assert lines[3].startswith("department,name,level,measure_kind")
