"""How the installation shows itself on every page, read anew every few seconds."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from app.audit.demonstration import is_demo
from app.kit.database import Database
from app.people import organisation

# Another process may have changed it; in this one the change shows at once.
FRESH = 15.0
HIGH = 28


@dataclass(frozen=True)
class Look:
    """The name, the colour and the logo, and whether all of it is a demo."""

    organisation: str
    colour: str = ""
    logo: str = ""
    logo_width: int = 0
    logo_height: int = HIGH
    demo: bool = False


class Looks:
    """The look as it is now."""

    def __init__(self, database: Database, name: str, keep: Callable[[str, bytes], str]) -> None:
        """`keep` serves a picture and says at which address."""
        self._database = database
        self._name = name
        self._keep = keep
        self._look = Look(name)
        self._until = 0.0

    def __call__(self) -> Look:
        if time.monotonic() > self._until:
            self.renew()
        return self._look

    def at_hand(self) -> Look | None:
        """The look as it is now, where it need not be read for that."""
        return self._look if time.monotonic() <= self._until else None

    def renew(self) -> None:
        """Read it now."""
        self._until = time.monotonic() + FRESH
        # A page that says the database is away needs a look too: the last one known.
        with suppress(DBAPIError):
            self._look = self._read()

    def _read(self) -> Look:
        with self._database.reading() as session:
            shown = organisation.read(session, self._name)
            demo = is_demo(session)
        if shown.logo is None:
            return Look(shown.name, shown.colour, demo=demo)
        address = self._keep("logo.png", shown.logo.content)
        width = max(1, round(shown.logo.width * HIGH / shown.logo.height))
        return Look(shown.name, shown.colour, address, width, demo=demo)
