"""The privacy policy of a round: frozen before launch, hashed, and said in plain sentences."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session, col, func, select

from app.campaigns import breakdown
from app.campaigns.models import RoundMinimum, RoundPolicy
from app.kit.language import Language

CONFIDENTIAL = "confidential"
ANONYMOUS = "anonymous"
MODES = (CONFIDENTIAL, ANONYMOUS)
MIN_COMMENTS = 10
# Comments of fewer people than this are never shown, whatever HR would like.
FEWEST_COMMENTS = 5
KEEP_INVITATIONS_DAYS = 30
KEEP_COMMENTS_MONTHS = 12
KEEP_ROWS_MONTHS = 12
# Fewest sets of answers that a line of a file of rows may lie among.
FEWEST_ROWS = 10


@dataclass(frozen=True)
class Policy:
    """Everything that decides who may learn what; nothing in it changes after launch."""

    survey_hash: str
    tree_hash: str
    audience_hash: str = ""
    mode: str = CONFIDENTIAL
    min_group: int = 5
    min_comments: int = MIN_COMMENTS
    breakdowns: tuple[str, ...] = ()
    reporting_groups: tuple[str, ...] = ()
    row_export: bool = False
    keep_invitations_days: int = KEEP_INVITATIONS_DAYS
    keep_comments_months: int = KEEP_COMMENTS_MONTHS
    keep_rows_months: int = KEEP_ROWS_MONTHS
    # Per cent of the people that was drawn to be asked.
    share: int = 100

    @property
    def min_rows(self) -> int:
        """Fewest sets of answers that a line of a file of rows lies among."""
        return max(FEWEST_ROWS, self.min_group)

    @property
    def anonymous(self) -> bool:
        return self.mode == ANONYMOUS

    @property
    def document(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.document.encode()).hexdigest()


@dataclass(frozen=True)
class FrozenPolicy(Policy):
    """The policy of a launched round: its smallest group may have been raised since.

    Its document and hash are those of the launch, whatever fields a later version adds.
    """

    launched: str = ""
    launched_min_group: int = 0

    @property
    def document(self) -> str:
        return self.launched


def frozen(session: Session, round_id: str) -> FrozenPolicy:
    """The policy a round was launched with, its smallest group as it is now."""
    document = session.get_one(RoundPolicy, round_id).document
    fields: dict[str, Any] = json.loads(document)
    lists = {name: tuple(one) for name, one in fields.items() if isinstance(one, list)}
    launched = fields.pop("min_group")
    raised = session.exec(
        select(func.max(col(RoundMinimum.min_group))).where(RoundMinimum.round_id == round_id)
    ).one()
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return FrozenPolicy(
        **{**fields, **lists},
        min_group=max(launched, raised or 0),
        launched=document,
        launched_min_group=launched,
    )


def statement(policy: Policy, language: Language, *, comments: bool) -> tuple[str, ...]:
    """What the form promises, one true sentence a fact; generated, so that it cannot drift."""
    said = [
        *_invited(policy, language),
        language.text("Your answers are sealed and stored without your name and without a time."),
        *_rows(policy, language),
        language.text(
            "Results are shown for groups of at least %(k)s answers.", k=policy.min_group
        ),
        *_broken_down(policy, language),
        language.text("Nobody is shown who has not answered."),
        language.plural(
            "The list of who was invited is deleted %(n)s day after the end.",
            "The list of who was invited is deleted %(n)s days after the end.",
            policy.keep_invitations_days,
        ),
    ]
    if comments:
        said.append(
            language.text(
                "Comments are shown word for word, but for addresses, phone numbers and names that "
                "are found, where at least %(n)s people of a group commented; do not name yourself.",
                n=policy.min_comments,
            )
        )
        said.append(
            language.plural(
                "Comments are deleted %(n)s month after the results are out.",
                "Comments are deleted %(n)s months after the results are out.",
                policy.keep_comments_months,
            )
        )
    said.append(_remaining(policy, language))
    return tuple(said)


def _invited(policy: Policy, language: Language) -> tuple[str, ...]:
    if not policy.anonymous:
        return (language.text("Your name is used only to invite and remind you."),)
    return (
        language.text("Your name is used only to send you your link and reminders."),
        language.text("Nobody keeps a list of who received which link."),
        language.text("We cannot send your link again, and reminders go to everyone."),
    )


def _broken_down(policy: Policy, language: Language) -> tuple[str, ...]:
    if not policy.breakdowns:
        return ()
    return (
        language.text(
            "Results are also shown by %(what)s, for groups of at least %(k)s answers; for that, "
            "where at least %(n)s people of a department have it in common, their answers are sealed "
            "together.",
            what=", ".join(breakdown.named(one, language) for one in policy.breakdowns),
            k=policy.min_group,
            n=breakdown.SMALLEST_BOX,
        ),
    )


def _rows(policy: Policy, language: Language) -> tuple[str, ...]:
    if not policy.row_export:
        return ()
    return (
        language.text(
            "Your answers may also be given out as one line of a file, among at least %(n)s others "
            "of your group, without your name, your comments or a time.",
            n=policy.min_rows - 1,
        ),
        language.plural(
            "What such files are made from is destroyed %(n)s month after the results are out.",
            "What such files are made from is destroyed %(n)s months after the results are out.",
            policy.keep_rows_months,
        ),
    )


def _remaining(policy: Policy, language: Language) -> str:
    if not policy.anonymous:
        return language.text(
            "The people who run this server could, with effort, watch answers arrive."
        )
    return language.text(
        "The people who run this server or carry its mail could, with effort, see which link is "
        "yours and watch answers arrive."
    )
