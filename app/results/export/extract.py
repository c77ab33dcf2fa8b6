"""What goes into a file: the release as its reader may see it, and the words to put round it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.kit.language import Language
from app.results.export.table import Table
from app.results.report import named
from app.surveys.definition import Survey

Json = Mapping[str, Any]

# The parts of a release by who may read them: everybody who may read any of it, who may read the
# total, who may read the department a row is about, whose side takes part in it.
OF_ALL = (
    *("round", "policy", "method", "reliability", "icc", "drivers"),
    *("since_launch", "comments_deleted_at"),
)
OF_THE_WHOLE = ("breakdowns",)
BY_DEPARTMENT = ("groups", "comparisons", "theme_changes", "diagnosis", "comments")
BY_SIDE = ("gaps", "views")


@dataclass(frozen=True)
class Extract:
    """A release cut to what one reader may see; every file of his is made of this alone."""

    release: Json
    survey: Survey
    language: Language
    organisation: str
    # The tables of answers by row, where the round's policy gives them out and they are asked for.
    answers: Mapping[str, Table] = field(default_factory=dict)

    @property
    def groups(self) -> list[Json]:
        """The groups as they are named, hidden ones with their path only."""
        return [named(group) for group in self.release["groups"]]

    @property
    def protected(self) -> int:
        """How many groups have no figure of their own."""
        return sum(not group["disclosed"] for group in self.release["groups"])

    @property
    def withheld(self) -> int:
        """How many themes and items of the shown groups have no figure."""
        return sum(
            not part["disclosed"]
            for group in self.release["groups"]
            for part in (*group.get("themes", ()), *group.get("items", ()))
        )

    @property
    def hidden_comments(self) -> int:
        """How many comments HR has hidden."""
        return sum(bool(one["hidden"]) for one in self.release["comments"])


def cut(release: Json, may_read: Callable[[str], bool], sides: frozenset[str] | None) -> Json:
    """The release without what is not the reader's; `sides` is None for who reads every side.

    A part of the release that is not named here goes into no file.
    """

    def mine(one: Json) -> bool:
        return sides is None or not sides.isdisjoint(one["sides"])

    return {
        **{name: release[name] for name in OF_ALL if name in release},
        **{name: release[name] for name in OF_THE_WHOLE if name in release and may_read("")},
        **{
            name: [one for one in release[name] if may_read(one["department"])]
            for name in BY_DEPARTMENT
            if name in release
        },
        **{name: [*filter(mine, release[name])] for name in BY_SIDE if name in release},
    }
