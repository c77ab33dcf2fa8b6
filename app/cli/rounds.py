"""`selaras round`."""

import shlex
from dataclasses import asdict
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlmodel import Session

from app.campaigns import (
    audience,
    deliveries,
    delivery_list,
    forecast,
    merging,
    messages,
    pairs,
    policy,
    reminders,
    rounds,
    slips,
    timing,
)
from app.campaigns import breakdown as cells
from app.campaigns.delivery_list import Work
from app.campaigns.models import SurveyRound
from app.campaigns.rounds import RoundPlan
from app.campaigns.timing import PLANNED
from app.cli.output import ACTOR, AsJson, Failed, line, opened, say, show, table
from app.kit.clock import now
from app.kit.runtime import Runtime
from app.kit.settings import SMALLEST_GROUP
from app.responses import submission
from app.results import outlook, release
from app.surveys import shelf

app = typer.Typer(no_args_is_help=True, help="Rounds of a survey. Example: selaras round list")

# Of a kind of work, as `round status` counts them.
STATES = ("waiting", "doing", "done", "failed", "stopped")
DEFAULT_LENGTH = timedelta(days=14)
RoundId = Annotated[str, typer.Argument(metavar="ROUND", help="Id of the round.")]


@app.command("open")
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
        definition, sides = pairs.with_sides(
            session, shelf.find(session, survey), pair or [], sides_of(side or [])
        )
        people = audience.choose(session, definition, department or [], sides)
        people = merging.merged(people, merging.parsed(people, merge or []))
        today = now().astimezone(settings.zone).date()
        plan = RoundPlan(
            survey=definition,
            name=name,
            audience=cells.boxed(people, breakdown or [], today),
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
        addresses = [one.email for one in people.people if one.email and settings.mail_url]
        by_mail = len(addresses)
        sending = forecast.sending(
            session, addresses, settings.mail_per_minute, settings.mail_per_domain
        )
        if preview_:
            rounds.check(plan, SMALLEST_GROUP)
            round_id = None
        else:
            round_id = submission.launch(session, runtime.keyring, plan, ACTOR, SMALLEST_GROUP).id
        expected = outlook.expected(session, survey, plan.audience)
        prospects = outlook.prospects(plan.audience, plan.min_group, expected)
        proposed = [str(one) for one in outlook.proposals(plan.audience, plan.min_group, expected)]
        prices = cells.prices(plan.audience, today)
    invited = len(plan.audience.people)
    _say_sending(by_mail, sending)
    if as_json:
        listed = [
            {
                "department": one.department,
                "invited": one.invited,
                "expected": round(one.expected, 1),
                "chance": round(one.chance, 4),
            }
            for one in prospects
        ]
        told: dict[str, Any] = {
            "round": round_id,
            "invited": invited,
            "preview": listed,
            "proposed": proposed,
        }
        told["sending_minutes"] = round(sending / forecast.MINUTE, 1)
        if prices:
            told["breakdowns"] = [
                {
                    "attribute": one.attribute,
                    "counted": one.counted,
                    "values": [
                        {"value": value, "counted": counted, "people": people_}
                        for value, counted, people_ in one.values
                    ],
                }
                for one in prices
            ]
        show({**told, "combined": outlook.combined(prospects)})
        return
    if round_id:
        line(round_id)
        say(f"{invited} people are asked until {plan.closes_at:%Y-%m-%d %H:%M} UTC.")
    for one in prospects:
        say(f"{100 * one.chance:3.0f} in 100  {one.department or 'All'} ({one.invited} people)")
    for price in prices:
        say(f"By {price.attribute}, {price.counted} of {invited} people are counted:")
        for value, counted, people_ in price.values:
            say(f"  {value}: {counted} of {people_}")
    if preview_ and proposed:
        say(
            "More people see a result of their own with "
            + " ".join(f"--merge {shlex.quote(one)}" for one in proposed)
        )
    elif outlook.combined(prospects):
        say("Expect one combined result: the groups are too small for results of their own.")


@app.command()
def message(survey: Annotated[str, typer.Argument(help="Key of the survey.")]) -> None:
    """Print the words of the mails of a survey as a file to change, for `round open --message`.

    Example: selaras round message team_pulse
    """
    with opened() as runtime, runtime.database.reading() as session:
        definition = shelf.find(session, survey)
    line(messages.written(messages.complete(definition, {})))


@app.command("slips")
def slips_(
    round_id: RoundId,
    department: Annotated[
        list[str] | None,
        typer.Option(help="Path of a department; all of the round unless given."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make one-time codes for people without an e-mail address; they are shown only now.

    Example: selaras round slips k7m2px --department Operations/Plant --json
    """
    with opened() as runtime, runtime.database.writing() as session:
        made = slips.print_slips(session, runtime.keyring, round_id, department or [], ACTOR)
    address = f"{runtime.settings.base_url}/kiosk/{round_id}"
    if as_json:
        listed = [{"department": one.department, "code": one.code} for one in made]
        show({"round": round_id, "address": address, "slips": listed})
        return
    table(["department", "code"], [[one.department, one.code] for one in made])
    say(f"Each code works once, at {address}")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show all rounds, the newest first.

    Example: selaras round list
    """
    with opened() as runtime, runtime.database.reading() as session:
        rows = rounds.listed(session)
        phases = release.phases(session, rows)
    if as_json:
        show(
            [
                {
                    "round": row.id,
                    "name": row.name,
                    "survey": row.survey_key,
                    "state": phases[row.id].value,
                    "opens": row.opens_at.isoformat(),
                    "closes": row.closes_at.isoformat(),
                }
                for row in rows
            ]
        )
        return
    table(
        ["round", "state", "closes (UTC)", "name"],
        [
            [row.id, phases[row.id].value, f"{row.closes_at:%Y-%m-%d %H:%M}", row.name]
            for row in rows
        ],
    )


@app.command()
def status(round_id: RoundId, as_json: AsJson = False) -> None:
    """Show how far a round is.

    Example: selaras round status k7m2px
    """
    with opened() as runtime, runtime.database.reading() as session:
        told = _status(session, rounds.get(session, round_id))
    if as_json:
        show(told)
        return
    for wave in told.pop("reminders"):
        line("reminder {wave}: {state}, due {due}, {sent} sent, {queued} queued".format(**wave))
    work = told.pop("work")
    for name, value in told.items():
        line(f"{name}: {value}")
    for one in work:
        counts = ", ".join(f"{one[name]} {name}" for name in STATES if one[name])
        later = f"; next {one['next_at']}" if one["next_at"] else ""
        line(f"{one['kind']}: {counts}{later}{'; ' + one['said'] if one['said'] else ''}")


@app.command()
def extend(
    round_id: RoundId,
    until: Annotated[str, typer.Argument(metavar="ISO", help="The new closing date.")],
    as_json: AsJson = False,
) -> None:
    """Move the closing date later.

    Example: selaras round extend k7m2px 2027-02-15T18:00
    """
    with opened() as runtime, runtime.database.writing() as session:
        moment = moment_of(until, runtime.settings.zone, "ISO")
        told = _status(session, rounds.extend(session, round_id, moment, ACTOR))
    if as_json:
        show(told)
    say(f"Round {round_id} is open until {moment:%Y-%m-%d %H:%M} UTC.")


@app.command()
def remind(round_id: RoundId, as_json: AsJson = False) -> None:
    """Remind who has not answered; in anonymous mode everybody, for nobody knows who has.

    Example: selaras round remind k7m2px
    """
    with opened() as runtime, runtime.database.writing() as session:
        mails = reminders.remind(session, round_id, ACTOR, submission.unanswered)
        told = _status(session, rounds.get(session, round_id))
    if as_json:
        show({**told, "reminded": mails})
    say(f"{mails} reminders are on their way.")


@app.command()
def close(
    round_id: RoundId,
    hold: Annotated[bool, typer.Option("--hold", help="Stop at ready; release it later.")] = False,
    as_json: AsJson = False,
) -> None:
    """End the answering; counts, publishes for good and destroys the answers (--hold: not yet).

    Example: selaras round close k7m2px
    """
    with opened() as runtime:
        with runtime.database.writing() as session:
            rounds.close(session, round_id, ACTOR)
        if not hold:
            _release(runtime, round_id)
        _told(runtime, round_id, as_json=as_json)


@app.command("release")
def release_(
    round_id: RoundId,
    tell_people: Annotated[
        bool, typer.Option("--tell-people", help="Mail everybody who was asked the public summary.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Count and publish a round that has closed.

    Example: selaras round release k7m2px --tell-people
    """
    with opened() as runtime:
        _release(runtime, round_id, tell_people=tell_people)
        _told(runtime, round_id, as_json=as_json)


@app.command()
def void(
    round_id: RoundId,
    yes: Annotated[bool, typer.Option("--yes", help="Destroy the answers without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give a round up; its answers are destroyed uncounted.

    Example: selaras round void k7m2px --yes
    """
    if not yes:
        raise Failed("this destroys every answer of the round: repeat it with --yes")
    with opened() as runtime:
        with runtime.database.writing() as session:
            submission.void(session, round_id, ACTOR)
        release.sweep(runtime.database)
        _told(runtime, round_id, as_json=as_json)
    say("Its answers are destroyed.")


def _release(runtime: Runtime, round_id: str, *, tell_people: bool = False) -> None:
    zone = runtime.settings.zone
    with runtime.database.writing() as session:
        release.release(session, runtime.keyring, zone, round_id, ACTOR, tell_people=tell_people)
    release.sweep(runtime.database)


def _told(runtime: Runtime, round_id: str, *, as_json: bool) -> None:
    with runtime.database.reading() as session:
        told = _status(session, rounds.get(session, round_id))
    if as_json:
        show(told)
    else:
        released = (
            " The answers were counted once; no link and no receipt leads to one any more."
            if told["state"] == "released"
            else ""
        )
        say(f"Round {round_id} is {told['state']}.{released}")


def _status(session: Session, row: SurveyRound) -> dict[str, Any]:
    stands = release.phase(session, row)
    sent = deliveries.progress(session, row.id)
    return {
        "round": row.id,
        "name": row.name,
        "state": stands.value,
        "opens": row.opens_at.isoformat(),
        "closes": row.closes_at.isoformat(),
        "invited": sent.invited,
        "queued": sent.queued if sent.known else None,
        "sent": sent.sent if sent.known else None,
        "failed": sent.failed if sent.known else None,
        "stopped": sent.stopped if sent.known else None,
        "parked": sent.parked if sent.known else None,
        "sending": sent.sending if sent.known else None,
        "deferred": sent.deferred if sent.known else None,
        "bounced": sent.bounced if sent.known else None,
        "copies": sent.copies if sent.known else None,
        "without_mail": sent.without_mail if sent.known else None,
        "answered": release.answered(session, row.id),
        "reminders": [
            {
                "wave": one.name,
                "due": one.due_at.isoformat(),
                "state": "off" if one.off else one.state.value,
                "sent": one.sent,
                "queued": one.waiting,
            }
            for one in reminders.waves(session, row.id)
        ],
        "work": [_work(one) for one in delivery_list.work(session, row.id)],
    }


def _say_sending(mails: int, lasts: timedelta) -> None:
    if mails:
        say(f"Sending {mails} mails takes about {ceil(lasts / forecast.MINUTE)} minutes.")


def _work(one: Work) -> dict[str, Any]:
    next_at = one.next_at.isoformat() if one.next_at else None
    return {**asdict(one), "next_at": next_at, "said": one.said or None}


def sides_of(given: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    for key, equals, path in pairs:
        if not (key and equals and path):
            raise Failed("--side: write KEY=PATH, such as sales=Commercial/Sales")
    return {key: path for key, _, path in pairs}


def moment_of(text: str, zone: ZoneInfo, option: str) -> datetime:
    """A moment in UTC; without an offset it is in the installation's time zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Failed(f"{option}: {text} is no date; write 2027-01-31 or 2027-01-31T18:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(now().tzinfo)
