"""The sheet of a round for staff representatives, with the data-protection notice, from its policy."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from app.audit.models import AuditEntry
from app.campaigns import amending, keeping, policy, rounds
from app.campaigns.models import Invitation, RoundDepartment, SurveyRound
from app.campaigns.policy import FrozenPolicy
from app.kit.language import Language
from app.people.models import Employee
from app.surveys.definition import Survey

# Changes of the roster that are recent enough to have been made for this round.
# What HR does to one person, and as what it counts.
BY_HAND = {
    "person.added": "new",
    "person.changed": "changed",
    "person.deactivated": "left",
    "person.reactivated": "new",
}
RECENT = timedelta(days=14)


@dataclass(frozen=True)
class Section:
    """A heading, and what stands under it, one sentence a line."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class About:
    """What the sheet is written from."""

    row: SurveyRound
    survey: Survey
    policy: FrozenPolicy
    organisation: str
    contact: str
    zone: ZoneInfo


def sheet(
    session: Session,
    round_id: str,
    reader: Language,
    *,
    organisation: str,
    contact: str,
    zone: ZoneInfo,
) -> tuple[Section, ...]:
    """The whole sheet in one language; raises UnknownRound."""
    row = rounds.get(session, round_id)
    survey, frozen = rounds.survey_of(session, row), policy.frozen(session, round_id)
    about = About(row, survey, frozen, organisation or "Selaras", contact, zone)
    comments = any(item.type == "text" for item in survey.items)
    return (
        Section(reader.text("Who asks, and why"), _who(about, reader)),
        Section(
            reader.text("What the form promises"),
            policy.statement(frozen, reader, comments=comments),
        ),
        Section(reader.text("What is stored"), _stored(about, reader)),
        Section(reader.text("Who sees what"), _seen(about, reader)),
        Section(reader.text("How long it is kept"), _kept(session, about, reader)),
        Section(reader.text("Who is asked"), _asked(session, about, reader)),
        Section(
            reader.text("Changes of the people file shortly before"),
            _roster(session, about, reader),
        ),
        Section(reader.text("Changes since the launch"), _changes(session, about, reader)),
        Section(reader.text("Your rights"), _rights(about, reader)),
    )


def _who(about: About, reader: Language) -> tuple[str, ...]:
    row = about.row
    lines = [
        reader.text(
            "%(organisation)s asks its employees: %(title)s.",
            organisation=about.organisation,
            title=about.survey.title.in_(reader.code),
        ),
        about.survey.intro.in_(reader.code) if about.survey.intro else "",
        reader.text(
            "The results are used to see how well departments work together, and to mend what "
            "does not; they are not used to judge single people."
        ),
        reader.text(
            "It is open from %(opens)s until %(closes)s.",
            opens=reader.moment(row.opens_at, about.zone),
            closes=reader.moment(row.closes_at, about.zone),
        ),
    ]
    return tuple(filter(None, lines))


def _stored(about: About, reader: Language) -> tuple[str, ...]:
    links = (
        reader.text(
            "That you were invited, in which department, and whether a mail went out; fingerprints "
            "of the links of your department, and not which one is yours."
        )
        if about.policy.anonymous
        else reader.text(
            "That you were invited, in which department, when the mail went out, and a fingerprint "
            "of your link."
        )
    )
    return (
        reader.text(
            "From the people file of HR: employee number, name, e-mail address, department, "
            "manager and language; place, level and first day of work where the file has them."
        ),
        links,
        reader.text(
            "Your answers without name, link and time, shuffled and sealed with those of others. "
            "They cannot be found by person; only the receipt shown after sending finds them, to "
            "replace or withdraw them until the round closes."
        ),
        reader.text("No address of your device, no cookie, no time of answering."),
    )


def _seen(about: About, reader: Language) -> tuple[str, ...]:
    return (
        reader.text(
            "Managers see the results of their departments and the totals above them, HR those of "
            "all departments; each only for groups of at least %(k)s answers.",
            k=about.policy.min_group,
        ),
        reader.text(
            "HR sees the names of people whom mail could not reach, and nobody's link or answer."
        ),
        reader.text(
            "The service that carries our mail sees your link; Selaras gives nothing to anybody "
            "else outside."
        ),
        reader.text("The people who run this server could, with effort, watch answers arrive."),
    )


def _kept(session: Session, about: About, reader: Language) -> tuple[str, ...]:
    until = keeping.invitations_until(session, about.row)
    return (
        _single(about, reader),
        reader.text(
            "Who was invited: until %(day)s, then the list is deleted.",
            day=reader.date(until, about.zone),
        ),
        reader.plural(
            "Comments: for %(n)s month after the results are out, then they are deleted.",
            "Comments: for %(n)s months after the results are out, then they are deleted.",
            about.policy.keep_comments_months,
        ),
        reader.text("The figures of the results are kept."),
    )


def _single(about: About, reader: Language) -> str:
    if not about.policy.row_export:
        return reader.text("Single answers: until they are counted, then they are destroyed.")
    return reader.plural(
        "Single answers: until they are counted; then for %(n)s month, as lines of a file without "
        "names, comments or times.",
        "Single answers: until they are counted; then for %(n)s months, as lines of a file without "
        "names, comments or times.",
        about.policy.keep_rows_months,
    )


def _asked(session: Session, about: About, reader: Language) -> tuple[str, ...]:
    new = _newcomers(session, about.row)
    return tuple(
        _department(one, new.get(one.id, 0), reader)
        for one in rounds.tree_of(session, about.row.id)
        if one.invited
    )


def _department(one: RoundDepartment, new: int, reader: Language) -> str:
    said = reader.text(
        "%(department)s: %(invited)s invited, %(reachable)s of them with an address or a slip of their own",
        department=one.path,
        invited=one.invited,
        reachable=one.reachable,
    )
    if not new:
        return said
    return said + reader.text(", %(n)s new in the people file within 14 days", n=new)


def _newcomers(session: Session, row: SurveyRound) -> dict[str, int]:
    """How many of those invited came to the people file shortly before, or later."""
    rows = session.exec(
        select(Invitation.department_id)
        .join(Employee, col(Employee.id) == col(Invitation.employee_id))
        .where(Invitation.round_id == row.id, col(Employee.added_at) >= row.created_at - RECENT)
    )
    counts: dict[str, int] = {}
    for department in rows:
        counts[department] = counts.get(department, 0) + 1
    return counts


def _roster(session: Session, about: About, reader: Language) -> tuple[str, ...]:
    row = about.row
    acts = session.exec(
        select(AuditEntry)
        .where(
            col(AuditEntry.action).in_(("people.imported", "people.import_undone", *BY_HAND)),
            col(AuditEntry.at).between(row.created_at - RECENT, row.closes_at),
        )
        .order_by(col(AuditEntry.at))
    ).all()
    if not acts:
        return (reader.text("None within 14 days before the launch, and none while it was open."),)
    whole = [_whole(one, about, reader) for one in acts if one.action not in BY_HAND]
    return (*whole, *_by_hand([one for one in acts if one.action in BY_HAND], about, reader))


def _whole(one: AuditEntry, about: About, reader: Language) -> str:
    day = reader.date(one.at, about.zone)
    if one.action == "people.import_undone":
        return reader.text("%(day)s: an import was undone", day=day)
    return reader.text(
        "%(day)s: %(new)s new, %(moved)s moved, %(changed)s changed, %(left)s taken out",
        day=day,
        **_figures(one),
    )


def _by_hand(acts: list[AuditEntry], about: About, reader: Language) -> list[str]:
    """One line a day for what was changed without a file."""
    days: dict[str, dict[str, int]] = {}
    for one in acts:
        counts = days.setdefault(
            reader.date(one.at, about.zone), dict.fromkeys(("new", "moved", "changed", "left"), 0)
        )
        moved = "department_id" in json.loads(one.detail).get("fields", ())
        counts["moved" if moved else BY_HAND[one.action]] += 1
    return [
        reader.text(
            "%(day)s, one by one: %(new)s new, %(moved)s moved, %(changed)s changed, "
            "%(left)s taken out",
            day=day,
            **counts,
        )
        for day, counts in days.items()
    ]


def _figures(entry: AuditEntry) -> dict[str, int]:
    detail = json.loads(entry.detail)
    figures = {name: int(detail.get(name, 0)) for name in ("new", "moved", "changed")}
    return {**figures, "left": int(detail.get("deactivated", 0))}


def _changes(session: Session, about: About, reader: Language) -> tuple[str, ...]:
    changes = amending.since_launch(session, about.row)
    if not changes:
        return (reader.text("None."),)
    return tuple(_change(about, reader, one) for one in changes)


def _change(about: About, reader: Language, one: dict[str, object]) -> str:
    day = reader.date(datetime.fromisoformat(str(one["on"])), about.zone)
    if one["kind"] == "min_group":
        said = reader.text("smallest group raised to %(k)s", k=one["to"])
    elif one["kind"] == "people":
        said = reader.text("%(n)s people of the people file joined", n=one["joined"])
    elif one["kind"] == "closing_date":
        until = reader.date(datetime.fromisoformat(str(one["to"])), about.zone)
        said = reader.text("end moved to %(day)s", day=until)
    else:
        said = reader.text(
            "a slip mended: “%(was)s” became “%(now)s”", was=one["from"], now=one["to"]
        )
    return f"{day}: {said}"


def _rights(about: About, reader: Language) -> tuple[str, ...]:
    lines = [
        reader.text("Answering is voluntary, and nobody is shown who did not."),
        reader.text(
            "You may ask for a copy of what is stored about you, have it put right, or have it "
            "erased."
        ),
    ]
    if about.contact:
        lines.append(
            reader.text("Questions, and requests of this kind: %(contact)s", contact=about.contact)
        )
    return tuple(lines)
