"""What the export page says: which files there are, what stands in them, who took which."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.access.models import Account
from app.audit import log
from app.audit.models import AuditEntry
from app.kit.language import Language
from app.results import report
from app.results.export import columns, offer
from app.results.export.extract import Extract
from app.results.export.offer import NotInstalled

EXPORTED, AUDIT_EXPORTED = "release.exported", "release.audit_exported"
LOGGED = 50


@dataclass(frozen=True)
class Taken:
    """Somebody took a file: who, which, when."""

    who: str
    what: str
    at: datetime


def files(reader: Language, *, rows: bool) -> list[tuple[str, str]]:
    """Every file there is and how it is described; `rows` where answers by row are given out."""
    text = reader.text
    by_row = (
        ("wide.csv", text("Answers, one row a ballot (.csv)")),
        ("long.csv", text("Answers, one row an answer (.csv)")),
    )
    return [
        ("scores.xlsx", text("Workbook (.xlsx): overview, scores, answers, gaps and comments")),
        ("scores.pptx", text("Slides (.pptx): with charts that can be edited")),
        ("scores.pdf", text("Report (.pdf): the results page on paper")),
        ("scores.csv", text("Scores by department (.csv)")),
        ("comments.csv", text("Comments (.csv)")),
        *(by_row if rows else ()),
        ("bundle.zip", text("Everything (.zip): all tables, codebook, description for programs")),
        ("scores.json", text("Results for programs (.json)")),
    ]


def missing(reader: Language) -> list[str]:
    """What cannot be made here, and what to install for it."""
    found = []
    for format_ in offer.EXTRAS:
        try:
            offer.require(format_)
        except NotInstalled as error:
            found.append(error.told(reader))
    return found


def subjects(extract: Extract) -> list[tuple[str, str]]:
    """The groups slides can be about."""
    reader = extract.language
    return [
        (one["department"], report.place(one["department"], reader))
        for one in offer.subjects(extract)
    ]


def profiles(reader: Language) -> list[tuple[str, str]]:
    """For whom a table is written."""
    return [
        ("excel", reader.text("Excel: opens with a double click; no text runs as a formula")),
        ("analysis", reader.text("Analysis: for R, Python or SPSS; every text exactly as it is")),
    ]


def tables(reader: Language) -> list[tuple[str, list[tuple[str, str]]]]:
    """The columns of each table with what they mean."""
    return [
        (name, [(one.name, columns.meaning(one.name, reader)) for one in some])
        for name, some in columns.TABLES.items()
    ]


def taken(session: Session, round_id: str, reader: Language) -> list[Taken]:
    """Who exported what of this round, the newest first, from the audit log."""
    found = log.entries(session, round_id, LOGGED, {EXPORTED, AUDIT_EXPORTED})
    return [Taken(_who(session, one.actor, reader), _what(one, reader), one.at) for one in found]


def _who(session: Session, actor: str, reader: Language) -> str:
    account = session.get(Account, actor)
    if account is not None:
        return account.email
    # An account that was erased left nothing but its id.
    return reader.text("the command line") if " " in actor else reader.text("a former account")


def _what(entry: AuditEntry, reader: Language) -> str:
    detail = json.loads(entry.detail)
    if entry.action == AUDIT_EXPORTED:
        return reader.text("audit of the release")
    about = f" ({detail['department']})" if detail.get("department") else ""
    return f"{detail['what']}.{detail.get('format', 'csv')}{about}"
