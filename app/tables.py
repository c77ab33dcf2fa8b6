"""Imports every models.py, so that the metadata is whole."""

from sqlmodel import SQLModel

from app.kit import jobs
from app.people import models as people_models

metadata = SQLModel.metadata

__all__ = ["jobs", "metadata", "people_models"]
