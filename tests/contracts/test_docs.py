"""What the documents say is so: settings, commands, dependencies, numbers, links."""

import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer

from app.cli.main import app
from app.kit.settings import PREFIX, Settings
from app.results.export.columns import COMMENTS, SCORES
from app.scoring import agreement, alignment, compare, gap, rounding
from app.scoring.classes import ClassCounts
from app.scoring.finite import PeopleInterval, finite_population_interval, no_assumption_range
from app.scoring.interval import Interval, adjusted_wald
from app.scoring.moments import Moments
from app.surveys.loading import read_template

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
COMMANDED = [page for page in PAGES if page.parent == ROOT or page.parent == ROOT / "docs"]
LONGEST_README = 150

# What ./selaras does itself; everything else it passes on.
OWN = {"setup", "test", "check", "bench", "lock", "docs", "sbom"}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]\n]*\]\(([^)\s]+)\)")
SELARAS = re.compile(r"(\./|\.venv/bin/)?selaras")
# What the command line raises for everything typed wrongly.
WRONG_USE = typer.BadParameter.__mro__[1]
# In pieces, so that this file holds none of them.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("ftp", "debian", "org"),
    )
]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= LONGEST_README


def test_every_setting_is_documented_and_no_other() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    documented = re.findall(rf"^\| `({PREFIX}\w+)` \|", page, re.MULTILINE)
    assert sorted(documented) == sorted(PREFIX + name.upper() for name in Settings.model_fields)


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_the_documented_default_is_the_default(name: str) -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    row = re.search(rf"^\| `{PREFIX}{name.upper()}` \| ([^|]*) \|", page, re.MULTILINE)
    assert row is not None
    default = str(Settings.model_fields[name].default)
    assert row[1].startswith(f"`{default}`" if default else "empty")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_names_a_setting_that_does_not_exist(page: Path) -> None:
    named = set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", page.read_text()))
    plain = {name.removesuffix("_FILE") for name in named} - {f"{PREFIX}X"}
    assert plain <= {PREFIX + name.upper() for name in Settings.model_fields}


def test_every_runtime_dependency_has_its_reason_and_no_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [one for group in project["optional-dependencies"].values() for one in group]
    needed = {_package(one) for one in [*project["dependencies"], *extras]}
    page = (ROOT / "docs" / "decisions" / "dependencies.md").read_text()
    reasons = dict(re.findall(r"^\| `([\w.-]+)` \| (.+) \|$", page, re.MULTILINE))
    assert set(reasons) == needed
    assert all(reason.strip() for reason in reasons.values())


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", (folder / "README.md").read_text()))
    assert listed == {page.name for page in folder.glob("*.md")} - {"README.md"}


def _commands() -> Iterator[tuple[str, str]]:
    for page in COMMANDED:
        for language, block in FENCE.findall(page.read_text()):
            for line in block.splitlines() if language in {"sh", ""} else ():
                if SELARAS.match(line):
                    yield page.name, line.partition("  #")[0].strip()


COMMANDS = sorted(set(_commands()))


def test_there_are_commands_to_check() -> None:
    assert len(COMMANDS) > 20
    assert ("README.md", "./selaras demo") in COMMANDS


@pytest.mark.parametrize(("page", "line"), COMMANDS, ids=lambda part: part)
def test_a_documented_command_can_be_typed(page: str, line: str) -> None:
    assert _parses(line), f"{page}: {line}"


@pytest.mark.parametrize(
    "line",
    [
        "selaras nothing",
        "selaras round nothing k7m2px",
        "selaras serve --nothing",
        "selaras export k7m2px",
        "selaras round open team_pulse",
        "./selaras nothing",
    ],
)
def test_a_wrong_command_would_be_noticed(line: str) -> None:
    assert not _parses(line)


def _parses(line: str) -> bool:
    """Whether the line's command exists and takes these arguments; it is not run."""
    # What a shell hands over on standard input is no argument.
    program, *words = shlex.split(line.partition(" < ")[0])
    assert SELARAS.fullmatch(program), line
    if program == "./selaras" and words and words[0] in OWN:
        return True
    command = typer.main.get_command(app)
    while hasattr(command, "commands"):
        if not words or words[0] not in command.commands:
            return False
        command = command.commands[words.pop(0)]
    try:
        command.make_context(command.name, words)
    except WRONG_USE:
        return False
    return True


def test_the_worked_example_of_the_score() -> None:
    classes, invited = ClassCounts(promoters=5, passives=3, detractors=2), 12
    score = alignment.score(classes)
    shares = rounding.printed_shares(classes)
    exact = finite_population_interval(classes, invited)
    assert score is not None
    assert shares is not None
    assert exact is not None
    assert exact.name == "exact"
    figures = {
        "score": rounding.signed(rounding.round_half_away(score)),
        "promoters, passives, detractors in per cent": ", ".join(map(str, shares[:3])),
        "interval for these people (exact)": _span(exact),
        "no-assumption range": _span(no_assumption_range(classes, invited)),
        "adjusted Wald": _span(adjusted_wald(classes)),
    }
    _stand_in_the_page_about_scoring(figures)


def test_the_worked_example_of_a_difference() -> None:
    mine, rest = ClassCounts(5, 3, 2), ClassCounts(6, 8, 8)
    scores = alignment.score(mine), alignment.score(rest)
    assert scores[0] is not None
    assert scores[1] is not None
    interval, p = compare.difference_interval(mine, rest), compare.difference_p(mine, rest)
    assert interval is not None
    assert p is not None
    _stand_in_the_page_about_scoring(
        {
            "difference": rounding.signed(rounding.round_half_away(scores[0] - scores[1])),
            "its interval": _span(interval),
            "chance of such a difference (mid-p)": f"{p:.4f}",
        }
    )
    assert compare.verdict(interval, p) == "no clear difference"


def test_the_worked_example_of_a_gap() -> None:
    mine, rest = (0, 1, 2, 4, 3), (4, 6, 7, 4, 1)
    view, alike = gap.compare_views(mine, rest), agreement.r_wg(mine)
    means = [Moments.of_histogram(one).mean for one in (mine, rest)]
    assert view is not None
    assert view.low is not None
    assert view.high is not None
    _stand_in_the_page_about_scoring(
        {
            "means on 0 to 100": " and ".join(f"{float(one or 0):.1f}" for one in means),
            "gap": f"{view.gap:.1f}",
            "Welch's interval": f"{view.low:.1f} to {view.high:.1f}",
            "distance of the two": f"{view.wasserstein:.1f}",
            "distance by chance alone": f"{view.noise:.1f}",
            "r_wg of the ten": f"{alike:.3f}",
        }
    )
    assert gap.verdict(view.gap, view.low, view.high, view.p) == "higher"


def _stand_in_the_page_about_scoring(figures: dict[str, str]) -> None:
    page = (ROOT / "docs" / "scoring.md").read_text()
    missing = {f"| {figure} | {value} |" for figure, value in figures.items()}
    assert {line for line in missing if line not in page} == set()


def test_the_template_shown_is_one() -> None:
    (block,) = (
        block
        for language, block in FENCE.findall((ROOT / "docs" / "templates.md").read_text())
        if language == "toml"
    )
    assert read_template(block.encode(), "handover.toml").key == "handover"


def test_every_column_of_the_files_is_explained() -> None:
    page = (ROOT / "docs" / "export-format.md").read_text()
    rows = re.findall(r"^\| (`[a-z_`, ]+) \|", page, re.MULTILINE)
    explained = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert explained == [one.name for one in (*SCORES, *COMMENTS)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    broken = [target for target in LINK.findall(_prose(page)) if not _leads(page, target)]
    assert broken == []


def test_a_broken_link_would_be_noticed() -> None:
    readme = ROOT / "README.md"
    assert not _leads(readme, "docs/nothing.md")
    assert not _leads(readme, "docs/anonymity.md#nothing")
    assert _leads(readme, "docs/anonymity.md#siapa-tahu-apa")


def test_no_file_holds_the_address_of_a_registry() -> None:
    held = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in _tracked()
        for host in REGISTRIES
        if host.encode() in path.read_bytes()
    ]
    assert held == []


def test_a_registry_would_be_noticed() -> None:
    assert "registry" + ".npmjs.org" in REGISTRIES
    assert len(_tracked()) > 100


def test_the_image_takes_everything_it_copies() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    for name in {word.rstrip("/") for words in copied for word in words.split()}:
        assert (ROOT / name).exists()
        assert f"!{name}" in ignored


def _package(requirement: str) -> str:
    return re.split(r"[\[;<>=! ]", requirement)[0]


def _span(interval: Interval | PeopleInterval | None) -> str:
    assert interval is not None
    return f"{interval.low:.1f} to {interval.high:.1f}"


def _prose(page: Path) -> str:
    return FENCE.sub("", page.read_text())


def _leads(page: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return True
    name, _, anchor = target.partition("#")
    path = (page.parent / name).resolve() if name else page
    return path.exists() and (not anchor or anchor in _anchors(path))


@cache
def _anchors(page: Path) -> frozenset[str]:
    headings = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    return frozenset(
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings
    )


@cache
def _tracked() -> tuple[Path, ...]:
    """The files of the repository, or of the folder where there is no repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    names = [name for name in listed.stdout.decode().split("\0") if name]
    found = [ROOT / name for name in names] if names else list(ROOT.rglob("*"))
    return tuple(path for path in found if path.is_file())
