"""`selaras survey`."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import AsJson, Failed, line, opened, say, show, table
from app.surveys import shelf
from app.surveys.canonical import to_json
from app.surveys.checking import check_file

app = typer.Typer(no_args_is_help=True, help="Survey templates. Example: selaras survey list")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show the surveys that can be used.

    Example: selaras survey list
    """
    with opened() as runtime, runtime.database.reading() as session:
        surveys = shelf.known(session)
    if as_json:
        show(
            [
                {
                    "key": one.key,
                    "version": one.version,
                    "title": dict(one.title.entries),
                    "items": len(one.items),
                    "minutes": one.minutes,
                    "languages": list(one.languages),
                }
                for one in surveys
            ]
        )
        return
    table(
        ["key", "items", "minutes", "languages", "title"],
        [
            [
                one.key,
                str(len(one.items)),
                str(one.minutes),
                " ".join(one.languages),
                one.title.in_("en"),
            ]
            for one in surveys
        ],
    )


@app.command("show")
def show_(
    key: Annotated[str, typer.Argument(help="Key of a survey.")], as_json: AsJson = False
) -> None:
    """Show what a survey asks.

    Example: selaras survey show sales_marketing_alignment
    """
    with opened() as runtime, runtime.database.reading() as session:
        survey = shelf.find(session, key)
    if as_json:
        line(to_json(survey))
        return
    for language in survey.languages:
        line(f"{survey.title.in_(language)} ({language})")
        for number, item in enumerate(survey.items, start=1):
            line(f"  {number:2} {item.key}: {item.text.in_(language)}")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A survey template (TOML).")], as_json: AsJson = False
) -> None:
    """Check a template; every problem is named by file, line and field.

    Example: selaras survey check survey_templates/team_pulse.toml
    """
    if not file.is_file():
        raise Failed(f"{file} cannot be read: there is no such file")
    checked = check_file(file)
    if as_json:
        problems = [
            {"file": one.file, "line": one.line, "field": one.field, "message": one.message}
            for one in checked.problems
        ]
        show(
            {
                "ok": not problems,
                "summary": checked.summary,
                "problems": problems,
                "warnings": list(checked.warnings),
            }
        )
        raise typer.Exit(1 if problems else 0)
    for problem in checked.problems:
        say(str(problem))
    for warning in checked.warnings:
        say(f"warning: {warning}")
    if checked.problems:
        raise typer.Exit(1)
    line(checked.summary)
