"""An example for every request with a body: shown on the page of the API, and sent by the tests."""

from collections.abc import Mapping
from typing import Any

BODIES: Mapping[str, Mapping[str, Any]] = {
    "PUT /api/v1/people": {
        "people": [
            {
                "employee_id": "1001",
                "name": "Aminah binti Hassan",
                "email": "aminah@example.com",
                "department": "Commercial/Sales",
                "language": "ms",
            }
        ],
        "dry_run": True,
    },
    "POST /api/v1/rounds": {
        "survey": "team_pulse",
        "name": "June",
        "departments": ["Commercial"],
        "reminders": ["last-day"],
        "mail_hours": "08:00-12:00",
        "preview": True,
    },
    "POST /api/v1/rounds/{round_id}/extend": {"closes": "2030-01-31T18:00:00+08:00"},
    "POST /api/v1/rounds/{round_id}/void": {"sure": False},
    "POST /api/v1/rounds/{round_id}/export": {
        "what": "scores",
        "format": "csv",
        "profile": "analysis",
    },
    "PUT /api/v1/indicators": {
        "values": [{"period": "2026-03", "indicator": "lead_conversion", "value": 12.5}],
        "dry_run": True,
    },
    "POST /api/v1/actions": {
        "what": "Meet every second Tuesday to look at the leads together.",
        "who": "Badrul",
        "due_on": "2030-01-31",
        "department": "Commercial/Sales",
    },
    "PUT /api/v1/actions/{action_id}": {
        "what": "Meet every Tuesday to look at the leads together.",
        "due_on": "2030-02-28",
        "department": "Commercial/Sales",
    },
    "POST /api/v1/actions/{action_id}/done": {"done": True},
    "POST /api/v1/webhooks": {
        "name": "Dashboard",
        "kind": "standard",
        "address": "https://hooks.example.com/selaras",
        "events": ["round.closed", "release.published"],
    },
    "POST /api/v1/webhooks/{hook_id}/state": {"enabled": False},
    "POST /api/v1/keys": {"role": "hr", "name": "People sync", "days": 365},
}
