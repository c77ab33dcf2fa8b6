"""A second look at comments before they are stored: what in them may say who somebody is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from app.campaigns import mentions
from app.campaigns.mentions import NAME, Roster
from app.kit.clock import now
from app.kit.contacts import ADDRESS, PHONE
from app.kit.database import Database
from app.kit.language import Language
from app.surveys.paper import PREFIX

CHECKED = "checked"
# What the writer has been asked about already: the script of the form looks for addresses and
# phone numbers only, since no name is sent to a browser.
CONTACTS, ALL = "contacts", "all"
ASKED_ABOUT: Mapping[str, frozenset[str]] = {
    "": frozenset(),
    CONTACTS: frozenset({ADDRESS, PHONE}),
    ALL: frozenset({ADDRESS, PHONE, NAME}),
}
KEPT_ROSTERS = 20
SHOWN = 5


def asked_about(pairs: Sequence[tuple[str, str]]) -> str | None:
    """What the writer has been asked about already; None where no form of ours says so."""
    marks = [value for name, value in pairs if name == CHECKED]
    if len(marks) > 1 or not ASKED_ABOUT.keys() >= set(marks):
        return None
    return marks[0] if marks else ""


class SecondLook:
    """Looks with the names of a round's people, which are read anew every hour."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept = lru_cache(KEPT_ROSTERS)(self._read)

    def warnings(
        self, round_id: str, comments: Mapping[str, str], checked: str, language: Language
    ) -> dict[str, str]:
        """For each field whose words hold something not asked about yet, what it is."""
        roster = self._kept(round_id, now().replace(minute=0, second=0, microsecond=0))
        found = {
            PREFIX + column: _told(roster, text, ASKED_ABOUT[checked], language)
            for column, text in comments.items()
        }
        return {field: told for field, told in found.items() if told}

    def _read(self, round_id: str, _hour: datetime) -> Roster:
        with self._database.reading() as session:
            return mentions.roster(session, round_id)


def _told(roster: Roster, text: str, known: frozenset[str], language: Language) -> str:
    found: dict[str, dict[str, None]] = {}
    for one in roster.find(text):
        if one.kind not in known:
            found.setdefault(one.kind, {})[text[one.start : one.end]] = None
    return " ".join(_sentence(kind, list(some), language) for kind, some in sorted(found.items()))


def _sentence(kind: str, some: list[str], language: Language) -> str:
    shown = ", ".join(some[:SHOWN])
    return {
        ADDRESS: language.text("This looks like an e-mail address: %(found)s.", found=shown),
        PHONE: language.text("This looks like a phone number: %(found)s.", found=shown),
        NAME: language.text("This looks like the name of somebody asked: %(found)s.", found=shown),
    }[kind]
