"""What any mail is made from: its pages, its reader's language, its headers."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from app.access.models import Account
from app.campaigns.letters import host_of, message_id, return_path
from app.kit.jobs import Lease
from app.kit.language import Language, language
from app.kit.mail import BadMail, Mail
from app.kit.posting import Impossible, Prepared
from app.web.dependencies import Site

Item = TypeVar("Item")


class OneByOne:
    """Prepares each mail by itself, so that one of a batch never holds up the others."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __call__(self, leases: Sequence[Lease]) -> list[Prepared]:
        return [sendable(self._prepared, lease) for lease in leases]

    def _prepared(self, lease: Lease) -> Prepared:
        raise NotImplementedError


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


def list_headers(stop: str, base_url: str) -> tuple[tuple[str, str], ...]:
    """What mail programs sort by; where it can be stopped, the button they show for it (RFC 8058)."""
    headers = [("List-Id", f"<survey.{host_of(base_url)}>")]
    if stop:
        headers.append(("List-Unsubscribe", f"<{stop}>"))
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return tuple(headers)
