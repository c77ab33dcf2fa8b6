"""What requests may hold: bounded text and numbers, and no field that nobody reads."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

LONGEST = 500
SMALLEST_CONTROL = " "
FIRST_YEAR, LAST_YEAR = 2000, 2200


def _plain(text: str, but: str = "") -> str:
    """Text that every database and file can hold."""
    if any(character < SMALLEST_CONTROL and character not in but for character in text):
        raise ValueError("control characters are not accepted")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("half a character is not accepted")
    return text


def _lines(text: str) -> str:
    return _plain(text.replace("\r\n", "\n"), but="\n\t")


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("fill this in")
    return text


def _worded(value: Any) -> Any:
    """Only text is a moment: a bare number could be seconds or milliseconds."""
    if not isinstance(value, str):
        raise ValueError("write the moment as text with its offset, 2027-01-31T18:00:00+08:00")
    return value


def _bounded(moment: datetime) -> datetime:
    """In UTC, in years people plan for; at the ends of the calendar an offset leads out of it."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"choose a year from {FIRST_YEAR} to {LAST_YEAR}")
    return moment.astimezone(UTC)


Text = Annotated[str, Field(max_length=LONGEST), AfterValidator(_plain)]
Lines = Annotated[str, AfterValidator(_lines)]
Filled = AfterValidator(_filled)
Plain = AfterValidator(_plain)
Code = Annotated[str, Field(max_length=64, min_length=1), AfterValidator(_plain)]
Moment = Annotated[AwareDatetime, BeforeValidator(_worded), AfterValidator(_bounded)]


class Body(BaseModel):
    """The content of a request; what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", strict=False)
