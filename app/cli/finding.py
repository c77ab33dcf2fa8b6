"""What `selaras doctor` found of one thing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, and how to mend it."""

    what: str
    ok: bool
    says: str
