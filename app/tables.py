"""Imports every models.py, so that the metadata is whole."""

from sqlmodel import SQLModel

from app.access import first_run
from app.access import models as access
from app.actions import models as actions
from app.audit import models as audit
from app.campaigns import approving, drafts
from app.campaigns import models as campaigns
from app.hooks import models as hooks
from app.indicators import models as indicators
from app.kit import hold, jobs, limits, migration, pace
from app.people import models as people
from app.people import organisation, uploads
from app.responses import models as responses
from app.results import models as results
from app.results import sharing
from app.surveys import frozen as surveys
from app.surveys import shelf

metadata = SQLModel.metadata

__all__ = [
    "access",
    "actions",
    "approving",
    "audit",
    "campaigns",
    "drafts",
    "first_run",
    "hold",
    "hooks",
    "indicators",
    "jobs",
    "limits",
    "metadata",
    "migration",
    "organisation",
    "pace",
    "people",
    "responses",
    "results",
    "sharing",
    "shelf",
    "surveys",
    "uploads",
]
