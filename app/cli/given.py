"""What commands are given: ids, moments and sides, read the same everywhere."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from app.cli.output import Failed
from app.kit.clock import now

RoundId = Annotated[str, typer.Argument(metavar="ROUND", help="Id of the round.")]


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
