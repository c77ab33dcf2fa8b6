"""Mails: what each says, in its reader's language; links in them are made as they go out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from app.access import sign_in
from app.access.models import Account
from app.campaigns import approving, drafts, messages, policy, rounds
from app.campaigns.audience import Audience
from app.campaigns.letters import (
    ANSWERED,
    Letter,
    Notice,
    host_of,
    invitation_letters,
    message_id,
    notices,
    return_path,
)
from app.campaigns.messages import INVITATION, REMINDER, Words
from app.campaigns.policy import MIN_COMMENTS
from app.campaigns.rounds import Phase, RoundPlan
from app.kit.jobs import Lease
from app.kit.language import Language, language
from app.kit.mail import BadMail, Envelope, Mail
from app.kit.mail.pattern import LINK, Pattern
from app.kit.posting import Impossible, NotNeeded, Prepared
from app.kit.tokens import random_token
from app.responses import submission
from app.results import release
from app.surveys.frozen import thawed
from app.web import leading
from app.web.dependencies import Site
from app.web.questionnaire import has_comments

# A mail HR sends to itself before launching.
TEST = "test-mail"
# To the others of HR, that a round waits for a second person; the part is the draft.
APPROVAL = "approval"

Item = TypeVar("Item")


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
        "organisation": settings.organisation or "Selaras",
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


def list_headers(stop: str, base_url: str) -> tuple[tuple[str, str], ...]:
    """What mail programs sort by; where it can be stopped, the button they show for it (RFC 8058)."""
    headers = [("List-Id", f"<survey.{host_of(base_url)}>")]
    if stop:
        headers.append(("List-Unsubscribe", f"<{stop}>"))
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return tuple(headers)


class Invitations:
    """Prepares the invitations of a round: written once a language, and then for each person."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __call__(self, leases: Sequence[Lease]) -> list[Prepared]:
        runtime = self._site.runtime
        with runtime.database.reading() as session:
            letters = invitation_letters(
                session, runtime.keyring, runtime.settings.base_url, leases
            )
        written = _Written(self._site)
        return [
            sendable(written, letter) if isinstance(letter, Letter) else letter
            for letter in letters
        ]


class _Written:
    """Invitations of one batch: those that say the same are written once."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._patterns: list[tuple[Letter, Pattern]] = []

    def __call__(self, letter: Letter) -> Envelope:
        settings = self._site.runtime.settings
        alike = replace(letter, to=settings.mail_from, link=LINK, message_id="<any@invalid>")
        pattern = next((one for known, one in self._patterns if known == alike), None)
        if pattern is None:
            pattern = Pattern(invitation(self._site, alike))
            self._patterns.append((alike, pattern))
        back = return_path(settings.mail_return_path, letter.message_id)
        return pattern.to(letter.to, letter.message_id, letter.link, back)


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


class OneByOne:
    """Prepares each mail by itself, so that one of a batch never holds up the others."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __call__(self, leases: Sequence[Lease]) -> list[Prepared]:
        return [sendable(self._prepared, lease) for lease in leases]

    def _prepared(self, lease: Lease) -> Prepared:
        raise NotImplementedError


class TestMails(OneByOne):
    """Prepares the mail HR sends to itself before launching."""

    def _prepared(self, lease: Lease) -> Prepared:
        with self._site.runtime.database.reading() as session:
            account = session.get(Account, lease.part)
            given = lease.arguments
            survey = thawed(session, str(given["survey"]))
        if account is None or account.disabled_at is not None:
            return NotNeeded("the account is disabled")
        plan = RoundPlan(
            survey=survey,
            name="",
            audience=Audience((), {}, ()),
            closes_at=datetime.fromisoformat(str(given["closes_at"])),
            mode=str(given.get("mode", policy.CONFIDENTIAL)),
            min_group=int(given["min_group"]),
            min_comments=int(given.get("min_comments", MIN_COMMENTS)),
            messages={(INVITATION, str(given["language"])): Words(given["subject"], given["body"])}
            if "body" in given
            else {},
        )
        letter = sample(self._site, plan, str(given["language"]), is_test=True, to=account.email)
        return invitation(self._site, letter)


class SignInLinks(OneByOne):
    """Prepares sign-in mails: the link is made here, so the queue never holds it."""

    def _prepared(self, lease: Lease) -> Prepared:
        runtime = self._site.runtime
        invited = bool(lease.arguments.get("invited"))
        lasts = sign_in.INVITATION_LASTS if invited else sign_in.LINK_LASTS
        with runtime.database.writing() as session:
            account = session.get(Account, lease.part)
            if account is None or account.disabled_at is not None:
                return NotNeeded("the account is disabled")
            address = f"/sign-in/{sign_in.new_link(session, account, lasts)}"
            goal = leading.local(str(lease.arguments.get("next", leading.HOME)))
            lead = f"?next={quote(goal, safe='/')}" if goal != leading.HOME else ""
            link = runtime.settings.base_url + address + lead
            return mail_of(
                self._site,
                language(str(lease.arguments.get("language", ""))),
                "sign_in",
                to=account.email,
                message_id=message_id(runtime.keyring, runtime.settings.base_url, lease),
                link=link,
                hours=lasts // timedelta(hours=1),
                minutes=lasts // timedelta(minutes=1),
            )


class ReadyNotices(OneByOne):
    """Tells HR that a round has closed and waits to be released."""

    def _prepared(self, lease: Lease) -> Prepared:
        with self._site.runtime.database.reading() as session:
            account = session.get(Account, lease.key)
            row = rounds.get(session, lease.part)
            if account is None or account.disabled_at is not None:
                return NotNeeded("the account is disabled")
            if release.phase(session, row) is not Phase.READY:
                return NotNeeded("the round is not waiting any more")
            return about_round(self._site, lease, account, "ready", name=row.name)


class ApprovalNotices(OneByOne):
    """Asks the others of HR to look at a round and to launch it."""

    def _prepared(self, lease: Lease) -> Prepared:
        runtime = self._site.runtime
        with runtime.database.reading() as session:
            account = session.get(Account, str(lease.arguments["account"]))
            request = approving.asked(session, lease.part)
            if account is None or account.disabled_at is not None or request is None:
                return NotNeeded("nobody waits for it any more")
            asker = session.get(Account, request.by)
            return mail_of(
                self._site,
                reader_of(self._site, account),
                "approval",
                to=account.email,
                message_id=message_id(runtime.keyring, runtime.settings.base_url, lease),
                link=f"{runtime.settings.base_url}/rounds/drafts/{lease.part}/check",
                name=drafts.get(session, lease.part).sketch.name,
                who=asker.email if asker else request.by,
            )


def about_round(site: Site, lease: Lease, account: Account, event: str, **values: Any) -> Mail:
    runtime = site.runtime
    return mail_of(
        site,
        reader_of(site, account),
        event,
        to=account.email,
        message_id=message_id(runtime.keyring, runtime.settings.base_url, lease),
        link=f"{runtime.settings.base_url}/rounds/{lease.part}",
        **values,
    )


def reader_of(site: Site, account: Account) -> Language:
    return language(account.language or site.runtime.settings.language)


def sendable(prepare: Callable[[Item], Prepared], item: Item) -> Prepared:
    """The mail of this job or letter, or why it can never be sent."""
    try:
        return prepare(item)
    except BadMail as error:
        return Impossible(str(error))


def mail_of(
    site: Site,
    reader: Language,
    event: str,
    *,
    to: str,
    message_id: str,
    headers: tuple[tuple[str, str], ...] = (),
    **values: Any,
) -> Mail:
    def render(part: str) -> str:
        return site.pages.render(f"email/{event}/{part}", reader, **values)

    return Mail(
        to=to,
        subject=" ".join(render("subject.txt").split()),
        text=render("body.txt"),
        html=render("body.html"),
        sender=site.runtime.settings.mail_from,
        message_id=message_id,
        headers=headers,
        return_path=return_path(site.runtime.settings.mail_return_path, message_id),
    )
