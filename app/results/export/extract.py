"""What goes into a file: the release as its reader may see it, and the words to put round it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.kit.language import Language
from app.results.export.table import Table
from app.results.report import named
from app.surveys.definition import Survey

Json = Mapping[str, Any]


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
    """The release without what is not the reader's; `sides` is None for who reads every gap."""
    return {
        **release,
        "groups": [one for one in release["groups"] if may_read(one["department"])],
        "gaps": [one for one in release["gaps"] if sides is None or sides & {*one["sides"]}],
        "comparisons": [one for one in release["comparisons"] if may_read(one["department"])],
        "comments": [one for one in release["comments"] if may_read(one["department"])],
    }
