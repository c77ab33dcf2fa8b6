"""`selaras round open` and `round message`: a round is planned and launched."""

import shlex
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from app.campaigns import choice, messages, opening, policy, timing
from app.campaigns.choice import Choice
from app.campaigns.rounds import RoundPlan
from app.campaigns.timing import PLANNED
from app.cli.given import moment_of, sides_of
from app.cli.output import ACTOR, AsJson, line, opened, say, show
from app.kit.clock import now
from app.kit.settings import SMALLEST_GROUP
from app.responses import submission
from app.results import foresight
from app.results.foresight import Foresight
from app.surveys import shelf

DEFAULT_LENGTH = timedelta(days=14)


def install(app: typer.Typer) -> None:
    """Add the commands to the group of rounds."""
    app.command("open")(open_)
    app.command()(message)


def open_(
    survey: Annotated[str, typer.Argument(help="Key of the survey.")],
    name: Annotated[str, typer.Option(help="Name of the round.")],
    department: Annotated[
        list[str] | None,
        typer.Option(help="Path of a department, what is below it included; may be given again."),
    ] = None,
    side: Annotated[
        list[str] | None, typer.Option(help="KEY=PATH: the department of a side.")
    ] = None,
    pair: Annotated[
        list[str] | None,
        typer.Option(
            help="PATH+PATH: departments that are asked about each other; may be given again."
        ),
    ] = None,
    mode: Annotated[str, typer.Option(help="confidential or anonymous.")] = "confidential",
    min_group: Annotated[
        int | None, typer.Option(help="Smallest group with a result of its own.")
    ] = None,
    min_comments: Annotated[
        int, typer.Option(help="Fewest comments on a question that are shown together.")
    ] = policy.MIN_COMMENTS,
    merge: Annotated[
        list[str] | None,
        typer.Option(help="PATH+PATH[=NAME]: neighbours reported together; may be given again."),
    ] = None,
    breakdown: Annotated[
        list[str] | None,
        typer.Option(help="location, level or tenure: results by it, too; may be given again."),
    ] = None,
    row_export: Annotated[
        bool,
        typer.Option(
            "--row-export",
            help="Allow files with a line a ballot, among 10 or more; the form says so.",
        ),
    ] = False,
    keep_invitations: Annotated[
        int, typer.Option(metavar="DAYS", help="How long after the end who was invited is kept.")
    ] = policy.KEEP_INVITATIONS_DAYS,
    keep_comments: Annotated[
        int, typer.Option(metavar="MONTHS", help="How long after the release comments are kept.")
    ] = policy.KEEP_COMMENTS_MONTHS,
    keep_rows: Annotated[
        int, typer.Option(metavar="MONTHS", help="How long after the release lines are kept.")
    ] = policy.KEEP_ROWS_MONTHS,
    opens: Annotated[str, typer.Option(help="ISO date and time; now unless given.")] = "",
    closes: Annotated[str, typer.Option(help="ISO date and time; in 14 days unless given.")] = "",
    auto_release: Annotated[
        bool, typer.Option("--auto-release", help="Release at the closing date without HR.")
    ] = False,
    tell_people: Annotated[
        bool,
        typer.Option("--tell-people", help="Mail everybody the public summary at the release."),
    ] = False,
    reminders_: Annotated[
        str,
        typer.Option(
            "--reminders", help="half-way,last-day unless given; none; or one of the two."
        ),
    ] = ",".join(PLANNED),
    mail_hours: Annotated[
        str, typer.Option(help="Between which hours reminders go out.")
    ] = timing.USUAL_HOURS,
    mail_days: Annotated[
        str, typer.Option(help="On which days of the week; Monday is 1.")
    ] = timing.USUAL_DAYS,
    message: Annotated[
        Path | None,
        typer.Option(help="TOML file with the words of the mails; see `selaras round message`."),
    ] = None,
    preview_: Annotated[
        bool, typer.Option("--preview", help="Only show what it would print.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Launch a round: everything about it is frozen, and invitations go out.

    Example: selaras round open team_pulse --name "May" --department Commercial --closes 2027-01-31
    """
    with opened() as runtime, runtime.database.writing() as session:
        settings = runtime.settings
        today = now().astimezone(settings.zone).date()
        chosen = Choice(
            department or [], sides_of(side or []), pair or [], merge or [], breakdown or []
        )
        definition, people = choice.made(session, shelf.find(session, survey), chosen, today)
        plan = RoundPlan(
            survey=definition,
            name=name,
            audience=people,
            opens_at=moment_of(opens, settings.zone, "--opens") if opens else now(),
            closes_at=moment_of(closes, settings.zone, "--closes")
            if closes
            else now() + DEFAULT_LENGTH,
            mode=mode,
            min_group=settings.min_group if min_group is None else min_group,
            keep_invitations_days=keep_invitations,
            keep_comments_months=keep_comments,
            keep_rows_months=keep_rows,
            min_comments=min_comments,
            row_export=row_export,
            language=settings.language,
            auto_release=auto_release,
            tell_people=tell_people,
            messages=messages.parsed(message.read_bytes()) if message else {},
            reminding=timing.parsed(settings.zone, reminders_, mail_hours, mail_days),
        )
        ahead = foresight.of(session, plan, settings, today)
        if preview_:
            opening.check(plan, SMALLEST_GROUP)
            round_id = None
        else:
            round_id = submission.launch(session, runtime.keyring, plan, ACTOR, SMALLEST_GROUP).id
    _say_sending(ahead)
    if as_json:
        show({"round": round_id, **ahead.document})
        return
    if round_id:
        line(round_id)
        say(f"{ahead.invited} people are asked until {plan.closes_at:%Y-%m-%d %H:%M} UTC.")
    _say(ahead)
    if preview_ and ahead.proposals:
        say(
            "More people see a result of their own with "
            + " ".join(f"--merge {shlex.quote(str(one))}" for one in ahead.proposals)
        )
    elif ahead.combined:
        say("Expect one combined result: the groups are too small for results of their own.")


def message(survey: Annotated[str, typer.Argument(help="Key of the survey.")]) -> None:
    """Print the words of the mails of a survey as a file to change, for `round open --message`.

    Example: selaras round message team_pulse
    """
    with opened() as runtime, runtime.database.reading() as session:
        definition = shelf.find(session, survey)
    line(messages.written(messages.complete(definition, {})))


def _say_sending(ahead: Foresight) -> None:
    if ahead.by_mail:
        minutes = "1 minute" if ahead.minutes == 1 else f"{ahead.minutes} minutes"
        say(f"Sending {ahead.by_mail} mails takes about {minutes}.")


def _say(ahead: Foresight) -> None:
    for one in ahead.prospects:
        say(f"{100 * one.chance:3.0f} in 100  {one.department or 'All'} ({one.invited} people)")
    for price in ahead.prices:
        say(f"By {price.attribute}, {price.counted} of {ahead.invited} people are counted:")
        for value, counted, people in price.values:
            say(f"  {value}: {counted} of {people}")
