"""Forms with a file: read whole, with what is wrong said at the field."""

from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import UploadFile

from app.kit.language import Language
from app.people.problems import shown
from app.web.forms import Fields


@dataclass(frozen=True)
class Sent:
    """A form with files, read whole: its fields, and each file's field, name and content."""

    pairs: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str, bytes], ...]


async def read(request: Request) -> Sent:
    """The form of this request."""
    async with request.form(max_files=10, max_fields=20) as form:
        # A form without its enctype, or a program, sends a file's field as text: no file was chosen.
        pairs = [
            (name, value)
            for name, value in form.multi_items()
            if isinstance(value, str) and name != "file"
        ]
        files = [
            (name, shown(value.filename or ""), await value.read())
            for name, value in form.multi_items()
            if isinstance(value, UploadFile)
        ]
    return Sent(tuple(pairs), tuple(files))


def one_file(sent: Sent, fields: Fields, language: Language) -> tuple[str, bytes]:
    """The file's name and content, or what is wrong as an error of its field."""
    chosen = [(name, content) for field, name, content in sent.files if field == "file"]
    chosen = [(name, content) for name, content in chosen if name or content]
    if len(chosen) > 1 or (chosen and len(sent.files) > 1):
        fields.refuse("file", language.text("Send one file at a time."))
    elif not chosen:
        fields.refuse("file", language.text("Choose the file to import."))
    elif not chosen[0][1].strip():
        fields.refuse("file", language.text("The file is empty: choose another."))
    return chosen[0] if chosen else ("", b"")
