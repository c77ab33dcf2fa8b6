"""`selaras analyse`: score a CSV of answers from anywhere, with the code a round is scored by."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import AsJson, Failed, say, show
from app.cli.release_table import print_release
from app.kit import csv
from app.kit.csv import Table
from app.kit.settings import SMALLEST_GROUP
from app.surveys import answer_file, library
from app.surveys.answer_file import AnswersRefused, CellProblem, Notation
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
    table = _table(file)
    from app.results import analysis  # numpy and scipy: not for who only mistyped

    notation = NOTATIONS[NOTATIONS.index(codes)]
    answers = answer_file.read(
        table, asked, notation, _department(table, department, asked), analysis.unplaceable
    )
    if department is None and DEPARTMENT not in table.header:
        say(f'There is no column "{DEPARTMENT}" (or name one): everybody is one group.')
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


def _table(file: Path) -> Table:
    try:
        table = csv.read(file.read_bytes(), keep_blank=True)
    except csv.NotCsv as error:
        raise Failed(f"{file}: {error}") from None
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}") from error
    if not table.rows:
        raise Failed(f"{file} has a header and no answers: add a row for each person")
    if table.encoding not in {"UTF-8", "UTF-16"}:
        raise AnswersRefused(_not_unicode(table))
    return table


def _not_unicode(table: Table) -> list[CellProblem]:
    """The first cell that is not UTF-8: what its letters are would be a guess."""
    for number, row in ((1, table.header), *table.rows):
        for place, cell in enumerate(row):
            if not cell.isascii():
                column = table.header[place] if place < len(table.header) else ""
                message = "it is not UTF-8: save the file as CSV (UTF-8)"
                return [CellProblem(number, column if number > 1 else "", cell, message)]
    return [CellProblem(1, "", "", "the file is not UTF-8: save it as CSV (UTF-8)")]


def _department(table: Table, named: str | None, survey: Survey) -> str | None:
    if named in {item.key for item in survey.items}:
        raise Failed(f"--department {named}: that is an item of the survey, not a department")
    return DEPARTMENT if named is None and DEPARTMENT in table.header else named


def _warn(ignored: tuple[str, ...], sides: tuple[str, ...]) -> None:
    if ignored:
        say(
            f"Columns that are no item of this survey and were left out: {', '.join(name or 'one without a name' for name in ignored)}."
        )
    if sides:
        say(
            f"No department, or more than one, is named after the side {' or '.join(sides)}: no gaps."
        )
