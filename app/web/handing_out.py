"""What reaches people without mail: slips to print, and a text to share in a chat."""

from dataclasses import dataclass
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from app.campaigns.models import SurveyRound
from app.campaigns.slips import Slip
from app.kit.language import LANGUAGES, Language, language
from app.surveys.definition import Survey
from app.web import qr


@dataclass(frozen=True)
class PrintedSlip:
    """One slip as it is cut out: the picture leads where the code would have been typed."""

    department: str
    code: str
    picture: str


def printed(slips: list[Slip], address: str) -> list[PrintedSlip]:
    """The slips with their pictures."""
    return [
        PrintedSlip(
            one.department, one.code, qr.picture(f"{address}?{urlencode({'code': one.code})}")
        )
        for one in slips
    ]


def on_a_slip(row: SurveyRound, zone: ZoneInfo) -> list[tuple[Language, str]]:
    """What every slip says, in each language: it is not known who gets it."""
    return [
        (
            reader,
            reader.text(
                "Scan the picture, or type the code at the address below, until %(moment)s. It "
                "works once. The code belongs to a department and to nobody's name.",
                moment=reader.moment(row.closes_at, zone),
            ),
        )
        for reader in map(language, LANGUAGES)
    ]


def to_share(
    row: SurveyRound, survey: Survey, organisation: str, address: str, zone: ZoneInfo, *, mail: bool
) -> list[tuple[Language, str]]:
    """The text for a chat, in each language; `mail`: whether a link can be mailed again."""
    texts = []
    for reader in map(language, LANGUAGES):
        lines = [
            reader.text(
                "%(organisation)s asks for your view: %(title)s. It is open until %(moment)s.",
                organisation=organisation or "Selaras",
                title=survey.title.in_(reader.code),
                moment=reader.moment(row.closes_at, zone),
            ),
            reader.text("You have a slip with a code? Type the code here:"),
            f"{address}?lang={reader.code}",
        ]
        if mail:
            lines.append(
                reader.text(
                    "You were invited by mail and cannot find it? The same page mails you your "
                    "own link again. Do not pass that link on: it is yours alone."
                )
            )
        texts.append((reader, "\n".join(lines)))
    return texts
