"""What invitations and reminders say: words HR may change, with slots that are filled as they go.

A slot stands in braces. What people must know before they answer has to stay: how long it takes,
until when, how small a group is shown, and the link on a line of its own.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, select

from app.campaigns.models import RoundMessage
from app.kit.language import LANGUAGES, Language, Refusal, language
from app.surveys.definition import Survey

INVITATION, REMINDER = "invitation", "reminder"
KINDS = (INVITATION, REMINDER)
LINK, WHO_SEES = "link", "who_sees"
SLOTS = (
    *("organisation", "title", "why", "minutes", "closes", "min_group", "contact"),
    *(WHO_SEES, LINK),
)
# Each of these lines names one of the slots that must be there.
NEEDED: Mapping[str, Sequence[tuple[str, ...]]] = {
    INVITATION: (("minutes",), ("closes",), ("min_group", WHO_SEES), (LINK,)),
    REMINDER: (("closes",), (LINK,)),
}
ALONE = (LINK, WHO_SEES)
LONGEST_SUBJECT, LONGEST_BODY = 150, 3000
SLOT = re.compile(r"\{([a-z_]+)\}")


class MessageRefused(Refusal):
    """The words of a mail cannot go out like this; the text says which slot and language."""


@dataclass(frozen=True)
class Words:
    """Subject and body of one mail in one language."""

    subject: str
    body: str


# By kind and language.
Messages = Mapping[tuple[str, str], Words]


@dataclass(frozen=True)
class Block:
    """A piece of a mail between blank lines: lines of text, the link, or who sees what."""

    kind: str
    lines: tuple[str, ...] = ()


def standard(kind: str, reader: Language) -> Words:
    """The words of a mail nobody has changed."""
    text = reader.text
    if kind == REMINDER:
        parts = [
            text("Hello,"),
            text("This survey is open until {closes}: {title}."),
            text("Your answer would help. The link is the same as in the first mail."),
            "{link}",
            text("Who sees this?"),
            "{who_sees}",
            text("Answering is voluntary."),
        ]
        return Words(text("Reminder: {title}"), "\n\n".join(parts))
    parts = [
        text("Hello,"),
        text("{organisation} asks for your view: {title}."),
        "{why}",
        text("It takes about {minutes}. It is open until {closes}."),
        text("Your personal link:"),
        "{link}",
        text("Who sees this?"),
        "{who_sees}",
        text("The link is yours alone: please do not pass it on. Answering is voluntary."),
    ]
    return Words("{title}", "\n\n".join(parts))


def complete(survey: Survey, changed: Messages) -> dict[tuple[str, str], Words]:
    """The words of every mail of a survey: those that were changed, else the standard ones."""
    return {
        (kind, code): changed.get((kind, code)) or standard(kind, language(code))
        for kind in KINDS
        for code in languages(survey)
    }


def languages(survey: Survey) -> list[str]:
    """The languages a survey's mails are written in."""
    return [code for code in LANGUAGES if code in survey.languages]


def check(survey: Survey, changed: Messages) -> None:
    """Raise MessageRefused where something people must know is missing, in any language."""
    for (kind, code), words in changed.items():
        if kind not in KINDS or code not in languages(survey):
            raise MessageRefused(
                "there is no mail %(kind)s in the language %(language)s",
                kind=kind,
                language=code,
                field="message",
            )
        _check(kind, code, words)


def parsed(content: bytes) -> dict[tuple[str, str], Words]:
    """The words in a TOML file: a table a kind and language, such as [invitation.en]."""
    try:
        tables = tomllib.loads(content.decode())
        return {
            (kind, code): Words(str(words["subject"]), str(words["body"]))
            for kind, by_language in tables.items()
            for code, words in by_language.items()
        }
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, AttributeError, KeyError, TypeError):
        raise MessageRefused(
            "this is no TOML file with subject and body under [invitation.en] or [reminder.en]; "
            "`selaras round message SURVEY` prints one",
            field="message",
        ) from None


def written(words: Messages) -> str:
    """The same as a TOML file."""
    return "\n\n".join(
        f"[{kind}.{code}]\nsubject = {_quoted(one.subject)}\nbody = {_block(one.body)}"
        for (kind, code), one in words.items()
    )


def keep(session: Session, round_id: str, words: Messages) -> None:
    """Freeze the words with the round."""
    session.add_all(
        RoundMessage(
            round_id=round_id, kind=kind, language=code, subject=one.subject, body=one.body
        )
        for (kind, code), one in words.items()
    )


def of(session: Session, round_id: str) -> dict[tuple[str, str], Words]:
    """The words a round was launched with; none of one from before there were any."""
    rows = session.exec(select(RoundMessage).where(RoundMessage.round_id == round_id))
    return {(one.kind, one.language): Words(one.subject, one.body) for one in rows}


def filled(line: str, values: Mapping[str, str]) -> str:
    """A line with its slots filled, once: what a value holds is never taken for a slot."""
    return SLOT.sub(lambda slot: values[slot[1]], line)


def blocks(body: str, values: Mapping[str, str]) -> list[Block]:
    """The pieces of a body, slots filled; a piece whose slots are all empty is left out."""
    found: list[Block] = []
    for part in re.split(r"\n\s*\n", body.strip()):
        lines: list[str] = []
        for line in part.splitlines():
            alone = SLOT.fullmatch(line.strip())
            if alone and alone[1] in ALONE:
                found += _text(lines, values)
                found.append(Block(alone[1]))
                lines = []
            else:
                lines.append(line)
        found += _text(lines, values)
    return found


def _text(lines: Sequence[str], values: Mapping[str, str]) -> list[Block]:
    said = tuple(one for line in lines if (one := filled(line, values).strip()))
    return [Block("text", said)] if said else []


def _check(kind: str, code: str, words: Words) -> None:
    place = f"message-{kind}-{code}-body"
    name = {"kind": kind, "language": language(code).name}
    if not words.subject.strip() or len(words.subject) > LONGEST_SUBJECT:
        raise MessageRefused(
            "the %(kind)s in %(language)s needs a subject of at most %(n)s characters",
            **name,
            n=LONGEST_SUBJECT,
            field=f"message-{kind}-{code}-subject",
        )
    if any(_is_control(one) for one in words.subject + words.body):
        raise MessageRefused(
            "the %(kind)s in %(language)s holds characters that cannot be sent", **name, field=place
        )
    if len(words.body) > LONGEST_BODY:
        raise MessageRefused(
            "the %(kind)s in %(language)s is too long: at most %(n)s characters",
            **name,
            n=LONGEST_BODY,
            field=place,
        )
    used = SLOT.findall(words.body)
    for slot in {*used, *SLOT.findall(words.subject)} - {*SLOTS}:
        raise MessageRefused(
            "the %(kind)s in %(language)s has a slot {%(slot)s} that does not exist",
            **name,
            slot=slot,
            field=place,
        )
    for choices in NEEDED[kind]:
        if not any(slot in used for slot in choices):
            raise MessageRefused(
                "the %(kind)s in %(language)s lacks {%(slot)s}: people must know it before they "
                "answer",
                **name,
                slot="} / {".join(choices),
                field=place,
            )
    for slot in ALONE:
        alone = sum(line.strip() == f"{{{slot}}}" for line in words.body.splitlines())
        if used.count(slot) != alone or alone > 1 or f"{{{slot}}}" in words.subject:
            raise MessageRefused(
                "in the %(kind)s in %(language)s {%(slot)s} stands once, on a line of its own",
                **name,
                slot=slot,
                field=place,
            )


def _is_control(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cs"}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _block(text: str) -> str:
    return '"""\n' + text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') + '\n"""'
