"""Mails that ask: what each says, in its reader's language; links are made as they go out."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from app.campaigns import messages, policy
from app.campaigns.letters import (
    ANSWERED,
    Letter,
    Notice,
    host_of,
    invitation_letters,
    notices,
    return_path,
)
from app.campaigns.messages import INVITATION, REMINDER
from app.campaigns.rounds import RoundPlan
from app.kit.jobs import Lease
from app.kit.language import Language, language
from app.kit.mail import Envelope, Mail
from app.kit.mail.pattern import LINK, Pattern
from app.kit.posting import Impossible, NotNeeded, Prepared
from app.kit.tokens import random_token
from app.responses import submission
from app.web.dependencies import Site
from app.web.look import Look
from app.web.mailing import list_headers, mail_of, sendable
from app.web.questionnaire import has_comments

# Rounds and languages whose invitations a process keeps written.
MOST_KEPT = 32


def invitation(site: Site, letter: Letter) -> Mail:
    """The mail that asks somebody to answer."""
    return asking(site, letter, INVITATION)


def reminder(site: Site, letter: Letter) -> Mail:
    """The mail that asks again; in anonymous mode without a link, to use the first mail."""
    return asking(site, letter, REMINDER)


def shown(site: Site, letter: Letter, kind: str) -> tuple[str, dict[str, Any]]:
    """The subject of a mail that asks, and what its text and its page are written from."""
    reader = language(letter.language)
    words, values = letter.words(kind), _slots(site, letter, reader)
    return messages.filled(words.subject, values), {
        "kind": kind,
        "blocks": messages.blocks(words.body, values),
        "title": values["title"],
        "link": letter.link,
        "stop": letter.stop,
        "is_test": letter.is_test,
        "anonymous": letter.anonymous,
        "statement": policy.statement(letter.policy, reader, comments=has_comments(letter.survey)),
    }


def _slots(site: Site, letter: Letter, reader: Language) -> dict[str, str]:
    settings, survey = site.runtime.settings, letter.survey
    minutes = reader.plural("%(n)s minute", "%(n)s minutes", survey.minutes)
    return {
        "organisation": site.pages.look().organisation or "Selaras",
        "title": survey.title.in_(reader.code),
        "why": survey.intro.in_(reader.code) if survey.intro else "",
        "minutes": minutes,
        "closes": reader.moment(letter.closes_at, settings.zone),
        "min_group": str(letter.policy.min_group),
        "contact": settings.contact,
    }


def asking(site: Site, letter: Letter, kind: str) -> Mail:
    """The one or the other, with the words of its round."""
    subject, values = shown(site, letter, kind)
    return mail_of(
        site,
        language(letter.language),
        "asking",
        to=letter.to,
        message_id=letter.message_id,
        headers=list_headers(letter.stop, site.runtime.settings.base_url),
        subject=subject,
        **values,
    )


class Invitations:
    """Prepares the invitations of a round: written once a language, and then for each person."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._patterns: dict[tuple[str, str], _Kept] = {}

    def __call__(self, leases: Sequence[Lease]) -> list[Prepared]:
        runtime = self._site.runtime
        with runtime.database.reading() as session:
            letters = invitation_letters(
                session, runtime.keyring, runtime.settings.base_url, leases
            )
        written = _Written(self._site, self._patterns)
        return [
            sendable(partial(written, lease.part), letter) if isinstance(letter, Letter) else letter
            for lease, letter in zip(leases, letters, strict=True)
        ]


class _Kept(NamedTuple):
    """A pattern, and everything it was written from."""

    letter: Letter
    look: Look
    pattern: Pattern


class _Written:
    """Invitations of one batch: those of a round in one language are written once."""

    def __init__(self, site: Site, kept: dict[tuple[str, str], _Kept]) -> None:
        """`kept`: what earlier batches wrote; it is good while nothing has changed."""
        self._site = site
        self._kept = kept
        self._patterns: dict[tuple[str, str], Pattern] = {}

    def __call__(self, round_id: str, letter: Letter) -> Envelope:
        settings = self._site.runtime.settings
        alike = round_id, letter.language
        if alike not in self._patterns:
            self._patterns[alike] = self._pattern(alike, letter)
        back = return_path(settings.mail_return_path, letter.message_id)
        return self._patterns[alike].to(letter.to, letter.message_id, letter.link, back)

    def _pattern(self, which: tuple[str, str], letter: Letter) -> Pattern:
        sender, look = self._site.runtime.settings.mail_from, self._site.pages.look()
        alike = replace(letter, to=sender, link=LINK, message_id="<any@invalid>")
        kept = self._kept.get(which)
        if kept is None or (kept.letter, kept.look) != (alike, look):
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            kept = self._kept[which] = _Kept(alike, look, Pattern(invitation(self._site, alike)))
        return kept.pattern


def sample(site: Site, plan: RoundPlan, code: str, *, is_test: bool, to: str = "") -> Letter:
    """An invitation before there is a round: its link leads to the preview."""
    settings = site.runtime.settings
    return Letter(
        to=to or settings.mail_from,
        language=code,
        survey=plan.survey,
        policy=plan.policy,
        closes_at=plan.closes_at,
        link=f"{settings.base_url}/surveys/{plan.survey.key}/preview?language={code}&mode={plan.mode}"
        f"&text={plan.survey.content_hash}",
        message_id=f"<{random_token()}@{host_of(settings.base_url)}>",
        messages=plan.messages,
        is_test=is_test,
    )


class Reminders:
    """Prepares reminders; in confidential mode only for who has not answered by now."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __call__(self, leases: Sequence[Lease]) -> list[Prepared]:
        runtime = self._site.runtime
        with runtime.database.reading() as session:
            letters = invitation_letters(
                session, runtime.keyring, runtime.settings.base_url, leases
            )
            links = [one.token for one in letters if isinstance(one, Letter) and one.link]
            used = submission.used_of(session, links)
        return [self._prepared(letter, used) for letter in letters]

    def _prepared(self, letter: Letter | NotNeeded | Impossible, used: set[str]) -> Prepared:
        if not isinstance(letter, Letter):
            return letter
        if letter.token in used:
            return NotNeeded(ANSWERED)
        return sendable(partial(reminder, self._site), letter)


class VoidNotices:
    """Tells the people of a round that it was given up and their answers are destroyed."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __call__(self, leases: Sequence[Lease]) -> list[Prepared]:
        runtime = self._site.runtime
        with runtime.database.reading() as session:
            found = notices(session, runtime.keyring, runtime.settings.base_url, leases)
        return [
            sendable(self._mail, notice) if isinstance(notice, Notice) else notice
            for notice in found
        ]

    def _mail(self, notice: Notice) -> Mail:
        reader = language(notice.language)
        return mail_of(
            self._site,
            reader,
            "voided",
            to=notice.to,
            message_id=notice.message_id,
            headers=list_headers("", self._site.runtime.settings.base_url),
            title=notice.survey.title.in_(reader.code),
        )
