"""Mail as files: one `.eml` a message, for trying things out and for hand-overs."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from app.kit.mail.message import Envelope, Mail
from app.kit.mail.outcome import Line, Outcome, Result, over_one_line


class Folder:
    """A folder each mail is put into whole, under a name that says nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    at_once = 1

    def send(self, mail: Mail | Envelope) -> Outcome:
        return self._put(Envelope.of(mail).content)

    def each(self, line: Line) -> None:
        over_one_line(self.send, line)

    def rest(self) -> None:
        """Nothing is held."""

    def _put(self, content: bytes) -> Outcome:
        name = secrets.token_hex(16)
        unfinished = self._path / f".{name}.tmp"
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(unfinished, content)
            unfinished.rename(self._path / f"{name}.eml")
            _sync(self._path)
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink()
            return Outcome(Result.UNREACHABLE, reason=f"cannot be written: {error.strerror}")
        return Outcome(Result.SENT)


def _write(path: Path, content: bytes) -> None:
    # Links in it open somebody's form: nobody else on the machine shall read it.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    # Without this a power cut may forget the new name. Windows cannot open a folder.
    with suppress(PermissionError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
