"""Puts the commands together, and turns every refusal into one sentence and an exit code."""

import sys

import typer
from sqlalchemy.exc import DBAPIError

from app.access.accounts import AccountRefused
from app.access.keys import UnknownKey
from app.campaigns.audience import AudienceRefused
from app.campaigns.held import UnknownPerson
from app.campaigns.messages import MessageRefused
from app.campaigns.rounds import RoundRefused, UnknownRound
from app.campaigns.series import UnknownSeries
from app.campaigns.series_plan import SeriesRefused
from app.campaigns.timing import TimingRefused
from app.cli import (
    account,
    amending,
    analyse,
    api_keys,
    backups,
    demo,
    doctor,
    exporting,
    indicator,
    key,
    mail,
    opening,
    people,
    privacy,
    results,
    rounds,
    series,
    serving,
    simulate,
    surveys,
    upgrading,
)
from app.cli.output import Failed, fail, say
from app.indicators.problems import IndicatorFileRefused
from app.indicators.registry import IndicatorRefused
from app.kit.backup import BackupRefused
from app.kit.database import is_unavailable
from app.kit.key_file import RotationUnderWay
from app.kit.mail import BadMailUrl
from app.kit.migration import NewerSchema
from app.kit.seal import UnknownServerKey
from app.kit.settings import BadSettings
from app.kit.writer import NotSaved
from app.people.problems import ImportRefused, TooManyDeactivated
from app.responses.key_care import KeysMissing
from app.results.export.offer import NotOffered
from app.results.release import NotReleased
from app.surveys.answer_file import AnswersRefused
from app.surveys.library import UnknownSurvey

DONE, REFUSED, WRONG_USE = 0, 1, 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    # A trace with the values of its variables would show what nobody may see.
    pretty_exceptions_enable=False,
    help="Self-hosted surveys that tell an organisation how well its departments pull together.\n\n"
    "Example: selaras demo",
)
serving.install(app, demo.fill_quietly)
for part in (backups, upgrading, demo, doctor, results, exporting, analyse, simulate):
    part.install(app)
opening.install(rounds.app)
amending.install(rounds.app)
api_keys.install(key.app)
app.add_typer(account.app, name="account")
app.add_typer(people.app, name="people")
app.add_typer(surveys.app, name="survey")
app.add_typer(indicator.app, name="indicator")
app.add_typer(rounds.app, name="round")
app.add_typer(series.app, name="series")
app.add_typer(privacy.app, name="privacy")
app.add_typer(key.app, name="key")
app.add_typer(mail.app, name="mail")

# What people may meet, under the code that --json names it by.
REFUSALS: dict[type[Exception], str] = {
    AccountRefused: "account_refused",
    AnswersRefused: "answers_refused",
    AudienceRefused: "audience_refused",
    BackupRefused: "backup_refused",
    BadMailUrl: "bad_settings",
    BadSettings: "bad_settings",
    Failed: "failed",
    ImportRefused: "import_refused",
    IndicatorFileRefused: "import_refused",
    IndicatorRefused: "indicator_refused",
    KeysMissing: "unknown_server_key",
    MessageRefused: "round_refused",
    NewerSchema: "newer_schema",
    NotOffered: "not_offered",
    NotReleased: "not_released",
    NotSaved: "no_database",
    RotationUnderWay: "failed",
    RoundRefused: "round_refused",
    SeriesRefused: "series_refused",
    TimingRefused: "round_refused",
    TooManyDeactivated: "too_many_deactivated",
    UnknownKey: "unknown_key",
    UnknownPerson: "unknown_person",
    UnknownRound: "unknown_round",
    UnknownSeries: "unknown_series",
    UnknownServerKey: "unknown_server_key",
    UnknownSurvey: "unknown_survey",
}
SENTENCES: dict[type[Exception], str] = {
    NotReleased: "round %s has no results yet: close and release it first",
    NotSaved: "the database could not store it: %s",
    RotationUnderWay: "the key file is being changed; if nobody is doing so, a change was broken off: "
    "delete %s and try again",
    UnknownPerson: "nothing is held about %s: check the address, or give the employee id",
    UnknownRound: "there is no round %s; `selaras round list` shows all",
    UnknownSeries: "there is no series %s; `selaras series list` shows all",
    UnknownServerKey: "the server key this was sealed with is missing (%s): set SELARAS_SECRET_KEY "
    "to it, or put secret.key back into the data directory",
}
# What PostgreSQL answers where a table is not there yet.
NO_SUCH_TABLE = "UndefinedTable"


def main() -> None:
    """Where the installed command begins."""
    sys.exit(_run())


def _run() -> int:
    try:
        # A command that ends early (typer.Exit) has its exit code returned.
        return app(standalone_mode=False) or DONE
    except typer.Abort:
        return REFUSED
    except typer.TyperException as error:
        message = error.format_message()
        if message.startswith("Usage:"):
            # A group named without its command: this is its help.
            say(message)
        else:
            fail("wrong_use", f"{message} See --help.")
        return WRONG_USE
    except tuple(REFUSALS) as error:
        code, sentence = next(
            (code, SENTENCES.get(kind, "%s"))
            for kind, code in REFUSALS.items()
            if isinstance(error, kind)
        )
        problems = getattr(error, "problems", ())
        fail(code, sentence % error, problems)
    except DBAPIError as error:
        if not is_unavailable(error) and type(error.orig).__name__ != NO_SUCH_TABLE:
            raise
        fail(
            "no_database", "the database does not answer, or has not been migrated: selaras doctor"
        )
    except OSError as error:
        if error.filename is None:
            raise
        fail("no_file", f"{error.filename}: {error.strerror}")
    return REFUSED
