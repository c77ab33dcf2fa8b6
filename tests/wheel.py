"""The wheel as a stranger has it: `.venv/bin/python -m tests.wheel`.

Built without a network, installed by pip into an empty environment beside the locked packages of
this one, and used in a folder that is not the checkout: it brings its templates, migrations,
catalogues and surveys along.
"""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
# Of each kind of file that is not Python, one that nothing works without.
BROUGHT = (
    "app/migrations/env.py",
    "app/migrations/versions/0001_*.py",
    "app/survey_templates/team_pulse.toml",
    "app/locale/ms/LC_MESSAGES/selaras.po",
    "app/web/templates/base.html",
    "app/web/static/css/staff.css",
    "selaras-*.dist-info/licenses/LICENSE",
)


def main() -> int:
    with TemporaryDirectory() as folder:
        wheel = built(Path(folder))
        missing = lacking(wheel)
        for name in missing:
            print(f"the wheel lacks {name}")
        return 1 if missing or not _serves(wheel, Path(folder)) else 0


def built(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", folder, ROOT], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def lacking(wheel: Path) -> list[str]:
    """What of the files that are no code it does not hold."""
    with zipfile.ZipFile(wheel) as archive:
        held = [Path(name) for name in archive.namelist()]
    return [name for name in BROUGHT if not any(one.match(name) for one in held)]


def _serves(wheel: Path, folder: Path) -> bool:
    home = folder / "elsewhere"
    home.mkdir()
    venv.create(folder / "venv", with_pip=False)
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    # The packages it needs are those of the lock, installed here already; the checkout is not.
    (site,) = (folder / "venv").rglob("site-packages")
    packages = Path(sysconfig.get_path("purelib"))
    # The checkout's installation keeps its migrations in `app`: a link to that would have the
    # wheel installed here.
    ours = [*packages.glob("*selaras*"), packages / "app"]
    needed = [one for one in packages.iterdir() if one not in ours]
    for one in needed:
        (site / one.name).symlink_to(one)
    install = ["install", "--quiet", "--no-deps", "--no-index", wheel]
    python = programs / "python"
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *install], check=True)
    bare = {name: value for name, value in os.environ.items() if "SELARAS_" not in name}
    bare.pop("PYTHONPATH", None)
    for words in (
        ["demo", "--no-serve"],
        ["survey", "list"],
        ["round", "list"],
        ["demo", "--remove"],
    ):
        ran = subprocess.run(
            [programs / "selaras", *words],
            check=False,
            cwd=home,
            env=bare,
            capture_output=True,
            text=True,
        )
        print(f"selaras {' '.join(words)}: {ran.returncode}")
        if ran.returncode:
            print(ran.stdout[-2000:], ran.stderr[-2000:])
            return False
    where = subprocess.run(
        [python, "-c", "import app; print(app.__file__)"],
        check=False,
        cwd=home,
        env=bare,
        capture_output=True,
    )
    return str(site).encode() in where.stdout


if __name__ == "__main__":
    sys.exit(main())
