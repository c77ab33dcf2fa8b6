"""`selaras analyse`: score a CSV of answers from anywhere, with the code a round is scored by."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import AsJson, Failed, say, show
from app.cli.release_table import print_release
from app.kit import csv
from app.kit.settings import SMALLEST_GROUP
from app.surveys import answer_file, library
from app.surveys.answer_file import AnswerFile, Notation
from app.surveys.checking import check_file
from app.surveys.definition import Survey

DEPARTMENT = "department"
DEFAULT_GROUP = 5
NOTATIONS: tuple[Notation, ...] = ("zero", "one", "labels")


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(analyse)


def analyse(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="One column an item key.")],
    survey: Annotated[str, typer.Option(help="Key of a survey, or a template file (TOML).")],
    department: Annotated[
        str | None, typer.Option(help='Column with the department; "department" unless named.')
    ] = None,
    codes: Annotated[str, typer.Option(help="zero, one or labels: what the cells hold.")] = "zero",
    min_group: Annotated[
        int, typer.Option(help="Fewest answers of a group that is printed.")
    ] = DEFAULT_GROUP,
    no_disclosure_control: Annotated[
        bool, typer.Option("--no-disclosure-control", help="Print every group, however small.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Score a file of answers exported from any tool.

    Example: selaras analyse answers.csv --survey team_pulse --codes one
    """
    if codes not in NOTATIONS:
        raise typer.BadParameter(f"--codes {codes}: choose zero, one or labels.")
    if min_group < SMALLEST_GROUP and not no_disclosure_control:
        raise Failed(
            f"--min-group {min_group}: groups have at least {SMALLEST_GROUP} answers; "
            "--no-disclosure-control prints every group"
        )
    asked = _survey(survey)
    answers = _read(file, asked, NOTATIONS[NOTATIONS.index(codes)], department)
    from app.results import analysis  # numpy and scipy: not for who only mistyped

    found = analysis.analyse(
        answers, asked, file.name, None if no_disclosure_control else min_group
    )
    _warn(answers.ignored, found.sides_missing)
    if as_json:
        show(dict(found.release))
    else:
        print_release(found.release)


def _survey(named: str) -> Survey:
    """The survey of a key, or of a template file that is somewhere on disk."""
    path = Path(named)
    if path.suffix != ".toml":
        return library.template(named)
    if not path.is_file():
        raise Failed(f"{path} cannot be read: there is no such file")
    checked = check_file(path)
    for problem in checked.problems:
        say(str(problem))
    if checked.survey is None:
        raise Failed(f"{path} is no survey yet: see the lines above, or `selaras survey check`")
    return checked.survey


def _read(file: Path, survey: Survey, codes: Notation, department: str | None) -> AnswerFile:
    try:
        table = csv.read(file.read_bytes())
    except csv.NotCsv as error:
        raise Failed(f"{file}: {error}") from None
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}") from error
    if not table.rows:
        raise Failed(f"{file} has a header and no answers: add a row for each person")
    if department is None and DEPARTMENT in table.header:
        department = DEPARTMENT
    if department is None:
        say(f'There is no column "{DEPARTMENT}" (or name one): everybody is one group.')
    if table.encoding != "UTF-8":
        say(f"{file} was read as {table.encoding}.")
    return answer_file.read(table, survey, codes, department)


def _warn(ignored: tuple[str, ...], sides: tuple[str, ...]) -> None:
    if ignored:
        say(f"Columns that are no item of this survey and were left out: {', '.join(ignored)}.")
    if sides:
        say(f"No one department is named after the side {' or '.join(sides)}: no gaps with it.")
