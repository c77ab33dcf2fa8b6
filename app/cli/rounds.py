"""`selaras round`: what there is, how far it is, and its end."""

from typing import Annotated

import typer

from app.campaigns import reminders, rounds, slips
from app.cli import standing
from app.cli.given import RoundId, moment_of
from app.cli.output import ACTOR, AsJson, Failed, line, opened, say, show, table
from app.kit.runtime import Runtime
from app.responses import submission
from app.results import release, renewing

app = typer.Typer(no_args_is_help=True, help="Rounds of a survey. Example: selaras round list")

# Of a kind of work, as `round status` counts them.
STATES = ("waiting", "doing", "done", "failed", "stopped")


@app.command("slips")
def slips_(
    round_id: RoundId,
    department: Annotated[
        list[str] | None,
        typer.Option(help="Path of a department; all of the round unless given."),
    ] = None,
    lost: Annotated[
        bool, typer.Option("--lost", help="Anew, in place of slips not used: their codes end.")
    ] = False,
    replace_mail: Annotated[
        bool,
        typer.Option("--replace-mail", help="For who has not answered: mailed links end, too."),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Confirm that what is replaced does not work any more.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make one-time codes for people without an e-mail address; they are shown only now.

    Example: selaras round slips k7m2px --department Operations/Plant --json
    """
    anew = lost or replace_mail
    if anew and not yes:
        raise Failed("what the new slips replace ends: repeat it with --yes")
    if anew and len(department or []) != 1:
        raise Failed("--department: name one department, for which the slips are made anew")
    with opened() as runtime, runtime.database.writing() as session:
        if anew:
            [path] = department or []
            made = renewing.renew(
                session, runtime.keyring, round_id, path, ACTOR, mailed=replace_mail
            )
        else:
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
        told = standing.of(session, rounds.get(session, round_id))
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
        told = standing.of(session, rounds.extend(session, round_id, moment, ACTOR))
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
        told = standing.of(session, rounds.get(session, round_id))
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
        told = standing.of(session, rounds.get(session, round_id))
    if as_json:
        show(told)
    else:
        released = (
            " The answers were counted once; no link and no receipt leads to one any more."
            if told["state"] == "released"
            else ""
        )
        say(f"Round {round_id} is {told['state']}.{released}")
