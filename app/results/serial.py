"""What is frozen, as text, and the hash it is known by."""

import hashlib
import json
from typing import Any


def serialised(content: dict[str, Any]) -> str:
    """The text a release is stored and hashed as."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def hash_of(text: str) -> str:
    """The fingerprint of a text."""
    return hashlib.sha256(text.encode()).hexdigest()
