"""The privacy policy of a round: frozen before launch, hashed, and said in plain sentences."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace

from sqlmodel import Session

from app.campaigns.models import RoundPolicy
from app.kit.language import Language

CONFIDENTIAL = "confidential"
MODES = (CONFIDENTIAL,)
MIN_COMMENTS = 10
KEEP_INVITATIONS_DAYS = 30
KEEP_COMMENTS_MONTHS = 12


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

    @property
    def document(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.document.encode()).hexdigest()


def frozen(session: Session, round_id: str) -> Policy:
    """The policy a round was launched with."""
    fields = json.loads(session.get_one(RoundPolicy, round_id).document)
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return replace(Policy("", ""), **{**fields, **lists})


def statement(policy: Policy, language: Language, *, comments: bool) -> tuple[str, ...]:
    """What the form promises, one true sentence a fact; generated, so that it cannot drift."""
    said = [
        language.text("Your name is used only to invite and remind you."),
        language.text("Your answers are sealed and stored without your name and without a time."),
        language.text(
            "Results are shown for groups of at least %(k)s answers.", k=policy.min_group
        ),
        language.text("Nobody is shown who has not answered."),
    ]
    if comments:
        said.append(
            language.text(
                "Comments are shown word for word, where at least %(n)s people of a group "
                "commented; do not name yourself.",
                n=policy.min_comments,
            )
        )
    said.append(
        language.text("The people who run this server could, with effort, watch answers arrive.")
    )
    return tuple(said)
