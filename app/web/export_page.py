"""What the export page says: which files there are, what stands in them, who took which."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.access.models import Account
from app.audit import log
from app.audit.models import AuditEntry
from app.kit.language import Language
from app.results.export import columns

EXPORTED, AUDIT_EXPORTED = "release.exported", "release.audit_exported"
LOGGED = 50


@dataclass(frozen=True)
class Taken:
    """Somebody took a file: who, which, when."""

    who: str
    what: str
    at: datetime


def files(reader: Language) -> list[tuple[str, str]]:
    """Every file there is and how it is described."""
    text = reader.text
    return [
        ("scores.xlsx", text("Workbook (.xlsx): overview, scores, answers, gaps and comments")),
        ("scores.csv", text("Scores by department (.csv)")),
        ("comments.csv", text("Comments (.csv)")),
        ("bundle.zip", text("Everything (.zip): all tables, codebook, description for programs")),
        ("scores.json", text("Results for programs (.json)")),
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
    return f"{detail['what']}.{detail.get('format', 'csv')}"
