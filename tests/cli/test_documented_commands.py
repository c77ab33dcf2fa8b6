"""Every command of the documents is run as it stands there, page by page, in a company that fits."""

import io
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from unittest import mock

import pytest

from app.kit.clock import now
from app.surveys import library
from tests.cli.command import Installation, Result
from tests.contracts.test_docs import COMMANDED, FENCE, OWN, ROOT, SELARAS

PAGES = {page.name: page for page in COMMANDED}
YEAR_OF_THE_PAGES = "2027"
ID = "k7m2px"

# Run by tests of their own: they serve, or work, until they are stopped, or need another machine.
ELSEWHERE = ("serve", "worker", "demo", "move postgresql://")
# What a page names that stands somewhere else here.
PLACES = {"/srv/backups": "kept", "survey_templates/team_pulse.toml": "team_pulse.toml"}
# Where nothing can be done in this company, what is said instead.
REFUSED = {
    # Rounds are under way that need it.
    "key forget 0123456789abcdef": "is still needed by",
    # Nothing is wrong with that title.
    'round mend k7m2px --place title --language en --text "Team pulse" --yes': "its slip mended",
    # Nobody has answered.
    "export k7m2px --what scores --format pptx --department Commercial/Sales --language ms -o sales.pptx": (
        "there are no figures of Commercial/Sales"
    ),
    "export k7m2px --what wide -o wide.csv": "line by line",
    "export k7m2px --what long --for analysis -o long.csv": "line by line",
    "mail lift aminah@example.com": "aminah@example.com",
    "restore data/backups/before-upgrade-2027-05-03-090000.backup": "before-upgrade",
}


def _lines() -> Iterator[tuple[str, str]]:
    for name, page in PAGES.items():
        for language, block in FENCE.findall(page.read_text()):
            for line in block.splitlines() if language in {"sh", ""} else ():
                if (typed := SELARAS.match(line)) is not None:
                    yield name, line[typed.end() :].partition("  #")[0].strip()


LINES = [one for one in _lines() if one[1].split()[0] not in OWN]


@dataclass
class Company:
    """An installation, the round and the series its pages mean, and a key that may be forgotten."""

    made: Installation
    everybody: str = ""
    newest: str = ""
    series: str = ""
    old_key: str = ""
    closed: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, made: Installation, *, released: bool) -> "Company":
        """People in the departments the pages name, and a round of all of them, open or not."""
        made.people(
            **{
                "Commercial/Sales": 12,
                "Commercial/Marketing": 12,
                "Finance": 9,
            }
        )
        with (made.folder / "people.csv").open("a", newline="") as file:
            file.write("0900,Aminah Rahman,aminah@example.com,Finance\r\n")
            # At the plant nobody has an address.
            file.writelines(f"1{n:03},Of the plant {n},,Operations/Plant\r\n" for n in range(9))
        files = {
            "figures.csv": "period,indicator,value,department\n2026-01,lead_conversion,12.5,Finance\n",
            "answers.csv": _answers("3"),
            "report.eml": "From: somebody@example.com\n\nAway until Monday.\n",
            "team_pulse.toml": _template("team_pulse"),
            "my_survey.toml": _template("team_pulse"),
        }
        for name, text in files.items():
            (made.folder / name).write_text(text)
        (made.folder / "kept").mkdir()
        made.told("account", "add", "hr@example.com", "--role", "hr")
        made.told("people", "import", "people.csv")
        company = cls(made)
        company.everybody = company.newest = str(made.told(*OPENING)["round"])
        if released:
            made.told("round", "close", company.newest)
        return company

    def type(self, line: str) -> Result:
        """Run one line of a page, with this company's names in place of the page's."""
        here = line.replace(YEAR_OF_THE_PAGES, str(now().year + 1))
        for there, place in PLACES.items():
            here = here.replace(there, place)
        command, _, given = here.replace(ID, self._meant(line)).partition(" < ")
        if self.old_key:
            command = command.replace("0123456789abcdef", self.old_key)
        if "--codes labels" in line:
            (self.made.folder / "answers.csv").write_text(_answers(_label()))
        if command.endswith("-o -"):
            return self.made.run(*shlex.split(command))
        text = (self.made.folder / given).read_text() if given else ""
        with mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()))):
            result = self.made.inside(*shlex.split(command))
        if "repeat it with --yes" in result.err:
            # It said first what it would do.
            result = self.made.inside(*shlex.split(command), "--yes")
        self._note(line)
        return result

    def _meant(self, line: str) -> str:
        if line.startswith("series"):
            return self.series
        of_newest = ("round status", "round close", "results", "export")
        return self.newest if line.startswith(of_newest) else self.everybody

    def _note(self, line: str) -> None:
        if line.startswith("round open"):
            self.newest = str(self.made.told("round", "list")[0]["round"])
        elif line.startswith("series add"):
            self.series = str(self.made.told("series", "list")[0]["series"])
        elif line.startswith("key rotate"):
            self.old_key = str(self.made.told("key", "list")[-1]["key"])


OPENING = ("round", "open", "team_pulse", "--name", "All of us")


def _answers(cell: str) -> str:
    survey = library.template("team_pulse")
    items = [one.key for one in survey.items if one.type == "scale"]
    row = ",".join(["Sales", "Sales", *[cell] * len(items)])
    return "\n".join([",".join(["department", "Unit", *items]), *[row] * 12])


def _label() -> str:
    survey = library.template("team_pulse")
    scale = survey.scale_of(survey.items[0])
    assert scale is not None
    return dict(scale.labels[3].entries)["en"]


def _template(key: str) -> str:
    return (ROOT / "survey_templates" / f"{key}.toml").read_text()


@pytest.mark.parametrize("page", sorted({page for page, _ in LINES}))
def test_the_commands_of_a_page_do_what_the_page_says(page: str, empty: Installation) -> None:
    given = {"SELARAS_MAIL_URL": (empty.folder / "mail").as_uri()}
    company = Company.of(Installation(empty.folder, given), released="export" in page)
    for line in (line for at, line in LINES if at == page and not line.startswith(ELSEWHERE)):
        result = company.type(line)
        said = result.out + result.err
        # The doctor says of a new installation what is missing, with 1.
        assert result.code == (line in REFUSED) or line.startswith("doctor"), f"{line}: {said}"
        assert REFUSED.get(line, "") in said, f"{line}: {said}"
