"""Mails about a release: to managers about their own page, to everybody asked the public summary."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlmodel import Session, select

from app.access import deputies
from app.access.models import Account, AccountDepartment
from app.campaigns import rounds
from app.campaigns.letters import Notice, notices
from app.kit.jobs import Lease
from app.kit.language import Language, language
from app.kit.mail import Mail
from app.kit.posting import NotNeeded, Prepared
from app.results import headline, release, report
from app.web.dependencies import Site
from app.web.mailing import OneByOne, about_round, list_headers, mail_of, reader_of, sendable


class ReleaseNotices(OneByOne):
    """Tells a manager that results are out: one sentence, participation and a link."""

    event = "released"

    def _prepared(self, lease: Lease) -> Prepared:
        with self._site.runtime.database.reading() as session:
            account = session.get(Account, lease.key)
            if account is None or account.disabled_at is not None:
                return NotNeeded("the account is disabled")
            row = rounds.get(session, lease.part)
            reader = reader_of(self._site, account)
            said = _sentence(session, row.id, _own_path(session, row.id, account.id), reader)
            return about_round(self._site, lease, account, self.event, name=row.name, **said)


class ShareNotices(ReleaseNotices):
    """Tells a manager that HR has shared results with him: the same, with the link."""

    event = "shared"


class Summaries:
    """Tells everybody who was asked what the whole organisation answered, never a department."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __call__(self, leases: Sequence[Lease]) -> list[Prepared]:
        runtime = self._site.runtime
        with runtime.database.reading() as session:
            found = notices(session, runtime.keyring, runtime.settings.base_url, leases)
            said = {
                (lease.part, one.language): _summary(session, lease.part, language(one.language))
                for lease, one in zip(leases, found, strict=True)
                if isinstance(one, Notice)
            }
        return [
            sendable(partial(self._mail, said[lease.part, notice.language]), notice)
            if isinstance(notice, Notice)
            else notice
            for lease, notice in zip(leases, found, strict=True)
        ]

    def _mail(self, said: dict[str, Any], notice: Notice) -> Mail:
        reader = language(notice.language)
        return mail_of(
            self._site,
            reader,
            "summary",
            to=notice.to,
            message_id=notice.message_id,
            headers=list_headers("", self._site.runtime.settings.base_url),
            title=notice.survey.title.in_(reader.code),
            **said,
        )


def _own_path(session: Session, round_id: str, account_id: str) -> str:
    """The department the page of a manager, or of a deputy, is about; the whole where he has several, or none of them."""
    own = set(
        session.exec(
            select(AccountDepartment.department_id).where(
                AccountDepartment.account_id == account_id
            )
        )
    ) | set(deputies.lent(session, account_id))
    top = [node for node in rounds.tree_of(session, round_id) if node.id in own]
    return top[0].path if len(top) == 1 else ""


def _sentence(session: Session, round_id: str, path: str, reader: Language) -> dict[str, Any]:
    """What a group's page says first; nothing where the group is not shown, or not in figures."""
    content = release.read(session, round_id)
    group = report.group_of(content, path)
    if group is None or not group["disclosed"] or group.get("band"):
        return {"sentence": "", "answered": ""}
    survey = rounds.survey_of(session, rounds.get(session, round_id))
    return {
        "sentence": headline.sentence(content, group, survey, reader),
        "answered": report.answered(group, reader),
    }


def _summary(session: Session, round_id: str, reader: Language) -> dict[str, Any]:
    said = _sentence(session, round_id, "", reader)
    group = report.group_of(release.read(session, round_id), "")
    score = ""
    if said["sentence"] and group is not None and group["score_low"] is not None:
        score = reader.text(
            "Score %(score)s on a line from −100 to +100, likely between %(low)s and %(high)s",
            score=report.signed(group["score_exact"]),
            low=report.signed(group["score_low"]),
            high=report.signed(group["score_high"]),
        )
    return {**said, "score": score}
