"""A draft out of a round: to ask the same again, or after calling off one that has not opened."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.campaigns import drafts, messages, policy, rounds, timing
from app.campaigns.models import RoundDepartment, RoundReminding, SurveyRound
from app.campaigns.rounds import Phase, RoundRefused
from app.campaigns.sketch import Sketch
from app.kit.clock import now
from app.people.tree import Node, Tree
from app.surveys import shelf
from app.surveys.definition import Survey

WEEK = timedelta(weeks=1)


def copied(session: Session, round_id: str, zone: ZoneInfo) -> Sketch:
    """The same again: its survey at the newest version, its people by where they are now.

    It is open as long as it was, from its launch or, where it had a day of its own, from the next
    such day of the week. Raises UnknownRound.
    """
    row = rounds.get(session, round_id)
    known, moved = drafts.of_round(session, round_id), _Moved(session, round_id)
    given = known.sketch if known else _of(session, row, moved)
    opens_at, closes_at = _later(row, given.opens_at, zone)
    return replace(
        given,
        departments=tuple(map(moved, given.departments)),
        sides={side: moved(path) for side, path in given.sides.items()},
        former_messages={},
        opens_at=opens_at,
        closes_at=closes_at,
    )


def refuse_opened(session: Session, round_id: str) -> None:
    """Raise RoundRefused where people may have been asked already."""
    row = rounds.locked(session, round_id)
    if rounds.phase(session, row, released=row.links_gone_at is not None) is not Phase.SCHEDULED:
        raise RoundRefused("this round has opened, so it cannot be called off: void it instead")


class _Moved:
    """Where a department of the round is now; one that is gone keeps its path, and is refused."""

    def __init__(self, session: Session, round_id: str) -> None:
        self._ids = {one.path: one.id for one in rounds.tree_of(session, round_id)}
        self._tree = Tree.read(session)

    def __call__(self, path: str) -> str:
        node_id = self._ids.get(path, "")
        return self._tree[node_id].path_text if node_id in self._tree else path


def _of(session: Session, row: SurveyRound, moved: "_Moved") -> Sketch:
    """What was frozen, as it would have been chosen on the pages."""
    promised, survey = policy.frozen(session, row.id), rounds.survey_of(session, row)
    frozen, tree = rounds.tree_of(session, row.id), Tree.read(session)
    # Parents come first, so the highest of a side is what stands for it.
    sides = {one.side: moved(one.path) for one in reversed(frozen) if one.side}
    reminding = session.get(RoundReminding, row.id)
    words = messages.of(session, row.id)
    usual = messages.complete(survey, {})
    on_shelf = row.survey_key in shelf.keys(session)
    paired = on_shelf and shelf.find(session, row.survey_key).needs_pairs
    return Sketch(
        survey=row.survey_key,
        survey_hash="" if on_shelf else row.survey_hash,
        name=row.name,
        departments=_covering(frozen, tree),
        sides={} if paired else sides,
        pairs=_pairs(survey, sides) if paired else (),
        merges=promised.reporting_groups,
        breakdowns=promised.breakdowns,
        mode=promised.mode,
        min_group=promised.min_group,
        min_comments=promised.min_comments,
        keep_invitations_days=promised.keep_invitations_days,
        keep_comments_months=promised.keep_comments_months,
        keep_rows_months=promised.keep_rows_months,
        row_export=promised.row_export,
        messages={key: one for key, one in words.items() if usual.get(key) not in {None, one}},
        closes_at=row.closes_at,
        remind_half_way=reminding is not None and reminding.half_way,
        remind_last_day=reminding is not None and reminding.last_day,
        mail_hours=f"{reminding.earliest}-{reminding.latest}" if reminding else timing.USUAL_HOURS,
        mail_days=reminding.weekdays if reminding else timing.USUAL_DAYS,
        auto_release=row.auto_release,
        tell_people=row.tell_people,
    )


def _pairs(survey: Survey, sides: Mapping[str, str]) -> tuple[str, ...]:
    found = {
        frozenset({side.key, other.key})
        for side in survey.sides
        for other in survey.counterparts(side.key)
    }
    return tuple(sorted("+".join(sorted(sides[key] for key in pair)) for pair in found))


def _covering(frozen: Sequence[RoundDepartment], tree: Tree) -> tuple[str, ...]:
    """The fewest departments of now that hold those in which people were asked, and no others.

    None where that is all of them: a round of everybody stays one.
    """
    above = {one.parent_id for one in frozen}
    asked = {one.id for one in frozen if one.invited or one.id not in above}

    def found(node: Node) -> list[Node]:
        children = tree.children(node.id)
        below = [one for child in children for one in found(child)]
        # Who was asked directly in a department was asked with all that was below it.
        whole = node.id in asked or (children and below == list(children))
        return [node] if whole else below

    tops = tree.children(None)
    covering = [one for top in tops for one in found(top)]
    return () if covering == list(tops) else tuple(one.path_text for one in covering)


def _later(
    row: SurveyRound, scheduled: datetime | None, zone: ZoneInfo
) -> tuple[datetime | None, datetime]:
    """When it opens (None: at its launch) and closes, by the clock of the zone."""
    length = row.closes_at.astimezone(zone).date() - row.opens_at.astimezone(zone).date()
    closing = row.closes_at.astimezone(zone)
    if scheduled is None:
        day = now().astimezone(zone).date() + max(length, timedelta(days=1))
        return None, datetime.combine(day, closing.time(), zone).astimezone(now().tzinfo)
    weeks = max(0, (now() - scheduled) // WEEK + 1)
    opening = scheduled.astimezone(zone)
    moved = [
        datetime.combine(one.date() + weeks * WEEK, one.time(), zone).astimezone(now().tzinfo)
        for one in (opening, closing)
    ]
    return moved[0], moved[1]
