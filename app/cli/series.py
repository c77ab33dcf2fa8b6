"""`selaras series`."""

from typing import Annotated, Any

import typer

from app.campaigns import policy, sampling, series
from app.campaigns.rhythm import Rhythm
from app.campaigns.series import Became, Told
from app.campaigns.series_plan import Late, SeriesPlan
from app.cli.given import moment_of, sides_of
from app.cli.output import ACTOR, AsJson, Failed, line, opened, say, show, table
from app.kit.clock import now
from app.kit.jobs import State
from app.kit.settings import SMALLEST_GROUP

app = typer.Typer(
    no_args_is_help=True,
    help="Rounds that open by themselves, again and again. Example: selaras series list",
)

EVERY = {"week": Rhythm.WEEKLY, "month": Rhythm.MONTHLY, "quarter": Rhythm.QUARTERLY}
SeriesId = Annotated[str, typer.Argument(metavar="SERIES", help="Id of the series.")]


@app.command()
def add(
    survey: Annotated[str, typer.Argument(help="Key of the survey.")],
    name: Annotated[
        str,
        typer.Option(help="Name of its rounds; {date}, {month} and {number} say which one it is."),
    ],
    every: Annotated[str, typer.Option(help="week, month or quarter.")],
    department: Annotated[
        list[str] | None,
        typer.Option(help="Path of a department, what is below it included; may be given again."),
    ] = None,
    side: Annotated[
        list[str] | None, typer.Option(help="KEY=PATH: the department of a side.")
    ] = None,
    first: Annotated[
        str, typer.Option(help="ISO date and time of the first round; now unless given.")
    ] = "",
    open_days: Annotated[
        int | None,
        typer.Option(metavar="DAYS", help="How long each is open; 5 a week, else 14."),
    ] = None,
    mode: Annotated[str, typer.Option(help="confidential or anonymous.")] = policy.CONFIDENTIAL,
    min_group: Annotated[
        int | None, typer.Option(help="Smallest group with a result of its own.")
    ] = None,
    late: Annotated[
        str, typer.Option(help="A time nobody was there for: once (late) or skip.")
    ] = Late.ONCE.value,
    hold: Annotated[
        bool, typer.Option("--hold", help="Leave each round ready for HR to release.")
    ] = False,
    share: Annotated[
        int, typer.Option(metavar="PERCENT", help="Draw so many of the people each time.")
    ] = sampling.EVERYBODY,
    rest_weeks: Annotated[
        int, typer.Option(metavar="WEEKS", help="Draw nobody again within so many weeks.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Open a round of a survey every week, month or quarter; each closes and releases by itself.

    Example: selaras series add team_pulse --name "Pulse {month}" --every month
    """
    if every not in EVERY:
        raise Failed(f"--every: choose {', '.join(EVERY)}")
    if late not in list(Late):
        raise Failed(f"--late: choose {' or '.join(Late)}")
    with opened() as runtime, runtime.database.writing() as session:
        settings = runtime.settings
        plan = SeriesPlan(
            survey=survey,
            name=name,
            rhythm=EVERY[every],
            first=moment_of(first, settings.zone, "--first") if first else now(),
            zone=settings.zone,
            min_group=settings.min_group if min_group is None else min_group,
            departments=department or [],
            sides=sides_of(side or []),
            mode=mode,
            open_days=open_days,
            auto_release=not hold,
            late=Late(late),
            share=share,
            rest_weeks=rest_weeks,
            language=settings.language,
        )
        row = series.add(session, plan, ACTOR, SMALLEST_GROUP)
        told = _told(Told(row, [], None))
    if as_json:
        show(told)
        return
    line(row.id)
    say(f"Its first round opens at {row.next_due_at:%Y-%m-%d %H:%M} UTC.")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show all series: when each opens its next round, and what became of those before.

    Example: selaras series list
    """
    with opened() as runtime, runtime.database.reading() as session:
        found = [_told(one) for one in series.listed(session)]
    if as_json:
        show(found)
        return
    table(
        ["series", "state", "every", "next (UTC)", "last", "name"],
        [
            [
                one["series"],
                one["state"],
                one["rhythm"],
                one["next"][:16].replace("T", " "),
                one["runs"][0]["outcome"] if one["runs"] else "",
                one["name"],
            ]
            for one in found
        ],
    )
    for one in found:
        for text in _troubles(one):
            say(f"{one['series']}: {text}")


@app.command()
def pause(series_id: SeriesId, as_json: AsJson = False) -> None:
    """Open no further round until it is resumed; a round that is open goes on.

    Example: selaras series pause k7m2px
    """
    with opened() as runtime, runtime.database.writing() as session:
        row = series.pause(session, series_id, ACTOR)
        told = _told(Told(row, series.runs(session, series_id), None))
    if as_json:
        show(told)
    say(f"Series {series_id} is paused.")


@app.command()
def resume(series_id: SeriesId, as_json: AsJson = False) -> None:
    """Go on with the next time; those of the pause are not made up for.

    Example: selaras series resume k7m2px
    """
    with opened() as runtime, runtime.database.writing() as session:
        row = series.resume(session, series_id, ACTOR)
        told = _told(Told(row, series.runs(session, series_id), None))
    if as_json:
        show(told)
    say(f"Its next round opens at {row.next_due_at:%Y-%m-%d %H:%M} UTC.")


@app.command()
def remove(series_id: SeriesId, as_json: AsJson = False) -> None:
    """Take a series away; the rounds it has opened stay.

    Example: selaras series remove k7m2px
    """
    with opened() as runtime, runtime.database.writing() as session:
        series.remove(session, series_id, ACTOR)
    if as_json:
        show({"series": series_id, "state": "removed"})
    say(f"Series {series_id} opens no further round.")


def _told(one: Told) -> dict[str, Any]:
    row, job = one.series, one.job
    return {
        "series": row.id,
        "name": row.name,
        "survey": row.survey_key,
        "rhythm": row.rhythm,
        "state": "paused" if row.paused else "running",
        "next": row.next_due_at.isoformat(),
        "open_days": row.open_days,
        "late": row.late,
        "share": row.share,
        "rest_weeks": row.rest_weeks,
        "tries": job.attempts if job else 0,
        "last_error": job.last_error if job else None,
        "given_up": job is not None and job.state == State.FAILED,
        "runs": [
            {
                "occurrence": run.occurrence_at.isoformat(),
                "outcome": run.outcome,
                "round": run.round_id,
                "problem": run.problem,
            }
            for run in one.runs
        ],
    }


def _troubles(told: dict[str, Any]) -> list[str]:
    """What HR should know of a series: why its last round did not open, what is being tried."""
    found = []
    last = told["runs"][0] if told["runs"] else None
    if last and last["outcome"] == Became.REFUSED:
        found.append(f"no round of {last['occurrence'][:10]}: {last['problem']}")
    if last and last["outcome"] == Became.MISSED:
        found.append(f"no round of {last['occurrence'][:10]}: nobody was there at its time")
    if told["last_error"]:
        ended = "given up until the next start" if told["given_up"] else "it is tried again"
        found.append(f"{told['last_error']} after {told['tries']} tries; {ended}")
    return found
