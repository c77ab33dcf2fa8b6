"""Mails to those with an account: signing in, a test, what waits for them."""

from datetime import datetime, timedelta
from urllib.parse import quote

from app.access import sign_in
from app.access.models import Account
from app.campaigns import approving, drafts, policy, rounds
from app.campaigns.audience import Audience
from app.campaigns.letters import message_id
from app.campaigns.messages import INVITATION, Words
from app.campaigns.policy import MIN_COMMENTS
from app.campaigns.rounds import Phase, RoundPlan
from app.kit.jobs import Lease
from app.kit.language import language
from app.kit.posting import NotNeeded, Prepared
from app.results import release
from app.surveys.frozen import thawed
from app.web import leading
from app.web.emails import invitation, sample
from app.web.mailing import OneByOne, about_round, mail_of, reader_of

# A mail HR sends to itself before launching.
TEST = "test-mail"
# To the others of HR, that a round waits for a second person; the part is the draft.
APPROVAL = "approval"


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
