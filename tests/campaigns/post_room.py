"""A real worker whose mails go to a folder, under a clock that the test moves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import time_machine
from sqlalchemy import text
from sqlmodel import select

from app.campaigns import invitations, rounds
from app.campaigns.models import Invitation, SurveyRound
from app.kit.runtime import Runtime
from app.main import make_site, make_worker
from app.people.models import Employee
from app.responses.submission import Submission, Submissions
from app.surveys.coding import Layout

FAST = 100_000_000


class PostRoom:
    """What goes out, to whom, and the people who answer."""

    def __init__(self, runtime: Runtime, clock: time_machine.Traveller, folder: Path) -> None:
        settings = runtime.settings.model_copy(update={"mail_per_minute": FAST})
        self.runtime = replace(runtime, settings=settings)
        self.clock = clock
        self.folder = folder
        self.site = make_site(self.runtime)
        self._read: set[Path] = set()

    def work(self, at: datetime | None = None) -> list[EmailMessage]:
        """Do all that is due at this time; the mails that went out since the last look."""
        if at is not None:
            self.clock.move_to(at)
        worker = make_worker(self.site)
        while worker.run_once():
            pass
        return list(self._new())

    def answer(self, row: SurveyRound, email: str) -> None:
        """Somebody answers by the link of their invitation."""
        with self.runtime.database.reading() as session:
            invitation = session.exec(
                select(Invitation)
                .join(Employee, Employee.id == Invitation.employee_id)  # type: ignore[arg-type]
                .where(Invitation.round_id == row.id, Employee.email == email)
            ).one()
            token = invitations.link_token(self.runtime.keyring, row, invitation.id)
            size = Layout.of(rounds.survey_of(session, row)).size
        taking = Submissions(self.runtime.writer, self.runtime.keyring)
        with self.runtime.database.engine.begin() as connection:
            one = Submission(token, bytes(size), {}, f"key-{token}")
            assert taking._store(connection, [one])[0]

    def count(self, table: str, where: str = "true") -> int:
        with self.runtime.database.reading() as session:
            found = session.connection().execute(
                text(f"SELECT count(*) FROM {table} WHERE {where}")
            )
            return int(found.scalar_one())

    def _new(self) -> Iterator[EmailMessage]:
        for path in sorted(self.folder.glob("**/*.eml")):
            if path not in self._read:
                self._read.add(path)
                yield message_from_bytes(path.read_bytes(), policy=default)


def to(mails: list[EmailMessage]) -> set[str]:
    return {str(mail["to"]) for mail in mails}
