"""What one running process holds: settings, database, writer and keys."""

from dataclasses import dataclass

from app.kit.database import Database
from app.kit.lookups import Lookups
from app.kit.seal import Keyring
from app.kit.settings import Settings
from app.kit.writer import Writer


@dataclass(frozen=True)
class Runtime:
    """Made once at start, handed to whoever needs a part of it, closed at the end."""

    settings: Settings
    database: Database
    writer: Writer
    lookups: Lookups
    keyring: Keyring

    @classmethod
    def start(cls, settings: Settings) -> "Runtime":
        database = Database(settings.database)
        keyring = Keyring(settings.server_secrets(), settings.server_secrets)
        return cls(settings, database, Writer(database.engine), Lookups(database), keyring)

    def close(self) -> None:
        self.lookups.close()
        self.writer.close()
        self.database.close()
