"""Puts the commands together, and turns every refusal into one sentence and an exit code."""

import sys

import click
import typer
from sqlalchemy.exc import OperationalError

from app.access.accounts import AccountRefused
from app.campaigns.audience import AudienceRefused
from app.campaigns.rounds import RoundRefused, UnknownRound
from app.cli import account, demo, doctor, people, results, rounds, serving, surveys
from app.cli.output import Failed, fail
from app.kit.mail import BadMailUrl
from app.kit.migration import NewerSchema
from app.kit.settings import BadSettings
from app.people.problems import ImportRefused, TooManyDeactivated
from app.results.release import NotReleased
from app.surveys.library import UnknownSurvey

DONE, REFUSED, WRONG_USE = 0, 1, 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Self-hosted surveys that tell an organisation how well its departments pull together.\n\n"
    "Example: selaras demo",
)
for part in (serving, demo, doctor, results):
    part.install(app)
app.add_typer(account.app, name="account")
app.add_typer(people.app, name="people")
app.add_typer(surveys.app, name="survey")
app.add_typer(rounds.app, name="round")

# What people may meet, under the code that --json names it by.
REFUSALS: dict[type[Exception], str] = {
    AccountRefused: "account_refused",
    AudienceRefused: "audience_refused",
    BadMailUrl: "bad_settings",
    BadSettings: "bad_settings",
    Failed: "failed",
    ImportRefused: "import_refused",
    NewerSchema: "newer_schema",
    NotReleased: "not_released",
    RoundRefused: "round_refused",
    TooManyDeactivated: "too_many_deactivated",
    UnknownRound: "unknown_round",
    UnknownSurvey: "unknown_survey",
}
SENTENCES: dict[type[Exception], str] = {
    NotReleased: "round %s has no results yet: close and release it first",
    UnknownRound: "there is no round %s; `selaras round list` shows all",
}


def main() -> None:
    """Where the installed command begins."""
    sys.exit(_run())


def _run() -> int:
    try:
        app(standalone_mode=False)
    except click.exceptions.Abort:
        return REFUSED
    except click.ClickException as error:
        fail("wrong_use", error.format_message() or "this command needs more: see --help")
        return WRONG_USE
    except click.exceptions.Exit as error:
        return error.exit_code
    except tuple(REFUSALS) as error:
        fail(REFUSALS[type(error)], SENTENCES.get(type(error), "%s") % error)
        return REFUSED
    except OperationalError:
        fail(
            "no_database", "the database does not answer, or has not been migrated: selaras doctor"
        )
        return REFUSED
    return DONE
