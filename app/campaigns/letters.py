"""What an invitation says to one person; its link is made here, when the mail goes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeVar

from sqlalchemy import bindparam, select
from sqlmodel import Session, col
from sqlmodel import select as sql_select

from app.campaigns import invitations, messages, policy, rounds, stopping, suppressions, waves
from app.campaigns.messages import Messages, Words
from app.campaigns.models import Invitation, SurveyRound
from app.campaigns.policy import Policy
from app.campaigns.suppressions import Reason
from app.kit.clock import now
from app.kit.jobs import Lease
from app.kit.language import language
from app.kit.posting import Impossible, NotNeeded
from app.kit.seal import Keyring
from app.kit.tokens import mac
from app.people.models import Employee
from app.surveys.definition import Survey


@dataclass(frozen=True)
class Letter:
    """Everything an invitation mail is written from."""

    to: str
    language: str
    survey: Survey
    policy: Policy
    closes_at: datetime
    link: str
    message_id: str
    messages: Messages = field(default_factory=dict)
    is_test: bool = False
    # Where no further mail of this round can be asked for: in reminders only.
    stop: str = ""

    @property
    def anonymous(self) -> bool:
        return self.policy.anonymous

    @property
    def token(self) -> str:
        """What the link ends with; empty where there is none."""
        return self.link.rpartition("/")[2]

    def words(self, kind: str) -> Words:
        """What this mail says, in its reader's language."""
        known = self.messages.get((kind, self.language))
        return known or messages.standard(kind, language(self.language))


@dataclass(frozen=True)
class Notice:
    """What a mail about a round that is over, given up or released, is written from."""

    to: str
    language: str
    survey: Survey
    message_id: str


# Why a mail is not sent after all.
STOPPED = "the person asked for no further mail"
ANSWERED = "the person has answered"
# Why somebody on the list of suppressed addresses gets no mail.
SUPPRESSED = {
    Reason.BOUNCED: "an earlier mail to this address came back",
    Reason.STOPPED: "the person wants no more mail",
}
Addressed = TypeVar("Addressed", Letter, Notice)


class _Asked(NamedTuple):
    """What a mail must know of whom it goes to."""

    invitation: str
    language: str
    stopped: bool
    linked: bool
    email: str
    left: bool


class _Open(NamedTuple):
    row: SurveyRound
    survey: Survey
    policy: Policy
    messages: Messages


def invitation_letters(
    session: Session, keyring: Keyring, base_url: str, leases: Sequence[Lease]
) -> list[Letter | NotNeeded | Impossible]:
    """The letters of these jobs, whose part is the round and whose key is the invitation.

    Without a link in anonymous mode: good for a reminder, which says to use the first mail.
    Nothing goes to somebody who has left, or about a round that has closed.
    """
    known: dict[str, _Open] = {}
    people = _people(session, leases)
    unwanted = _unwanted(session, people)
    letters: list[Letter | NotNeeded | Impossible] = []
    for lease in leases:
        if lease.part not in known:
            row = rounds.get(session, lease.part)
            frozen = policy.frozen(session, row.id)
            survey, words = rounds.survey_of(session, row), messages.of(session, row.id)
            known[lease.part] = _Open(row, survey, frozen, words)
        found = people.get((lease.part, invitation_of(lease.key)))
        letter = _letter(keyring, base_url, lease, known[lease.part], found)
        letters.append(_wanted(letter, unwanted) if isinstance(letter, Letter) else letter)
    return letters


def notices(
    session: Session, keyring: Keyring, base_url: str, leases: Sequence[Lease]
) -> list[Notice | NotNeeded | Impossible]:
    """The notices of these jobs, keyed by the invitation of whom they go to."""
    people = _people(session, leases)
    unwanted = _unwanted(session, people)
    written: list[Notice | NotNeeded | Impossible] = []
    for lease in leases:
        person = people.get((lease.part, lease.key))
        if person is None or person.left:
            written.append(NotNeeded("the person has left"))
            continue
        if person.stopped:
            written.append(NotNeeded(STOPPED))
            continue
        if not person.email:
            written.append(Impossible("no e-mail address"))
            continue
        survey = rounds.survey_of(session, rounds.get(session, lease.part))
        notice = Notice(
            to=person.email,
            language=person.language,
            survey=survey,
            message_id=message_id(keyring, base_url, lease),
        )
        written.append(_wanted(notice, unwanted))
    return written


def key_of(invitation_id: str, wave: str) -> str:
    """How a further mail to somebody who was invited is named in the queue."""
    return f"{invitation_id}.{wave}"


def invitation_of(key: str) -> str:
    """The invitation a queued mail is about, its first or a further one."""
    return key.partition(".")[0]


def everybody(session: Session, round_id: str) -> list[str]:
    """The invitations of all who can be mailed to and want to be."""
    statement = (
        sql_select(Invitation.id)
        .join(Employee, col(Employee.id) == col(Invitation.employee_id))
        .where(
            Invitation.round_id == round_id,
            col(Employee.deactivated_at).is_(None),
            col(Employee.email) != "",
            col(Invitation.stopped).is_(False),
        )
    )
    return list(session.exec(statement))


def _letter(
    keyring: Keyring,
    base_url: str,
    lease: Lease,
    about: _Open,
    person: _Asked | None,
) -> Letter | NotNeeded | Impossible:
    if person is None or person.left:
        return NotNeeded("the person has left")
    if now() >= about.row.closes_at:
        return NotNeeded("the round has closed")
    if person.stopped:
        return NotNeeded(STOPPED)
    if not person.email:
        return Impossible("no e-mail address")
    if not about.policy.anonymous and not person.linked:
        return NotNeeded("the person answers by a code slip")
    return Letter(
        to=person.email,
        language=person.language,
        survey=about.survey,
        policy=about.policy,
        closes_at=about.row.closes_at,
        link=_link(keyring, base_url, about, person.invitation),
        message_id=message_id(keyring, base_url, lease),
        messages=about.messages,
        stop=f"{base_url}{stopping.address(keyring, about.row, person.invitation)}"
        if lease.kind == waves.REMIND
        else "",
    )


def _link(keyring: Keyring, base_url: str, about: _Open, invitation_id: str) -> str:
    """The personal link; none in anonymous mode, where it is in the first mail alone."""
    if about.policy.anonymous:
        return ""
    return f"{base_url}/s/{invitations.link_token(keyring, about.row, invitation_id)}"


def message_id(keyring: Keyring, base_url: str, lease: Lease) -> str:
    """The same for every try of a job, so that a copy can be told from another mail."""
    return f"<{digest_of(keyring, lease.part, lease.kind, lease.key)}@{host_of(base_url)}>"


def digest_of(
    keyring: Keyring, part: str, kind: str, key: str, server_key: str | None = None
) -> str:
    """What a delivery is called outside: it tells nothing, and finds the delivery again."""
    return mac(keyring.derive("message id", server_key), part, kind, key).hex()[:32]


def return_path(setting: str, message_id: str) -> str | None:
    """Where reports about this mail go: an address of its own that tells nothing about anybody."""
    if not setting:
        return None
    local_part, _, domain = setting.rpartition("@")
    return f"{local_part}+{message_id.strip('<>').partition('@')[0]}@{domain}"


def host_of(base_url: str) -> str:
    """The host of the installation's address: what message ids and list ids end with."""
    return base_url.partition("://")[2].partition("/")[0].partition(":")[0]


def _unwanted(session: Session, people: Mapping[tuple[str, str], _Asked]) -> dict[str, Reason]:
    return suppressions.suppressed(session, (person.email for person in people.values()))


def _wanted(mail: Addressed, unwanted: Mapping[str, Reason]) -> Addressed | NotNeeded:
    reason = unwanted.get(suppressions.folded(mail.to))
    return mail if reason is None else NotNeeded(SUPPRESSED[reason])


def _people(session: Session, leases: Sequence[Lease]) -> dict[tuple[str, str], _Asked]:
    given = {
        "rounds": list({lease.part for lease in leases}),
        "invitations": list({invitation_of(lease.key) for lease in leases}),
    }
    rows = session.connection().execute(_ASKED, given)
    return {(row[0], row[1]): _Asked(*row[1:]) for row in rows}


# Built once; nothing is read that the mails do not need.
_ASKED = (
    select(
        col(Invitation.round_id),
        col(Invitation.id),
        col(Invitation.language),
        col(Invitation.stopped),
        col(Invitation.token_hash).is_not(None),
        col(Employee.email),
        col(Employee.deactivated_at).is_not(None),
    )
    .join(Employee, col(Employee.id) == col(Invitation.employee_id))
    .where(
        col(Invitation.round_id).in_(bindparam("rounds", expanding=True)),
        col(Invitation.id).in_(bindparam("invitations", expanding=True)),
    )
)
