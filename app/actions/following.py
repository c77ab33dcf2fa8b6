"""Did the theme of an action move by the next round? Clearly or not, from that round's release."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlmodel import Session, col, select

from app.actions.models import Action
from app.campaigns import rounds
from app.campaigns.models import SurveyRound
from app.results import release
from app.results.models import Release

Verdict = Literal["higher", "lower", "no clear difference", "not printed", "not yet"]
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Followed:
    """What the next round says: the round, and how far the theme moved where it is printed."""

    verdict: Verdict
    round_id: str = ""
    round_name: str = ""
    difference: float | None = None
    low: float | None = None
    high: float | None = None


NOT_YET = Followed("not yet")


class Following:
    """Looks actions up in the releases that came after them; each is read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._next: dict[str, Json | None] = {}

    def of(self, action: Action) -> Followed | None:
        """What became of its theme; None where it has no round and theme to be followed by."""
        if action.round_id is None or not action.theme:
            return None
        content = self._after(action.round_id)
        if content is None:
            return NOT_YET
        about = content["round"]
        path = self._path(about["id"], action.department_id)
        for row in content["theme_changes"]:
            if (row["department"], row["theme"]) == (path, action.theme):
                return Followed(
                    row["verdict"],
                    about["id"],
                    about["name"],
                    row["difference"],
                    row["low"],
                    row["high"],
                )
        return Followed("not printed", about["id"], about["name"])

    def _after(self, round_id: str) -> Json | None:
        """The release that was compared with this round's: the next of the same survey and rules."""
        if round_id not in self._next:
            self._next[round_id] = self._found(round_id)
        return self._next[round_id]

    def _found(self, round_id: str) -> Json | None:
        row = rounds.get(self._session, round_id)
        later = self._session.exec(
            select(SurveyRound.id)
            .join(Release, col(Release.round_id) == col(SurveyRound.id))
            .where(
                SurveyRound.survey_key == row.survey_key,
                col(SurveyRound.closes_at) >= row.closes_at,
                SurveyRound.id != round_id,
            )
            .order_by(col(SurveyRound.closes_at))
        ).all()
        for one in later:
            content = release.read(self._session, one)
            changes = content.get("theme_changes", ())
            if any(change["with"] == f"round:{round_id}" for change in changes):
                return content
        return None

    def _path(self, round_id: str, department_id: str) -> str | None:
        if not department_id:
            return ""
        tree = rounds.tree_of(self._session, round_id)
        return next((node.path for node in tree if node.id == department_id), None)
