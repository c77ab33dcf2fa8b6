"""A round with nothing in it but boxes: for tests of the ballot box alone."""

import secrets
from datetime import timedelta

from sqlalchemy import Connection, insert

from app.campaigns.models import SurveyRound
from app.kit.clock import now
from app.kit.seal import Keyring
from app.kit.tokens import random_code
from app.responses import ballot_box
from app.responses.ballot_box import Ballot
from app.surveys.frozen import FrozenSurvey

CODES = 4


def open_bare_round(
    connection: Connection,
    keyring: Keyring,
    invited: dict[str, int],
    streams: tuple[str, ...] = ("why",),
    codes_size: int = CODES,
) -> str:
    round_id = random_code()
    connection.execute(insert(FrozenSurvey), [{"hash": round_id, "document": "{}"}])
    row = {
        "id": round_id,
        "name": "Bare",
        "survey_key": "bare",
        "survey_version": 1,
        "survey_hash": round_id,
        "policy_hash": "",
        "language": "en",
        "server_key": "",
        "auto_release": False,
        "launch_key": round_id,
        "created_by": "test",
        "created_at": now(),
        "opens_at": now(),
        "closes_at": now() + timedelta(days=1),
    }
    connection.execute(insert(SurveyRound), [row])
    ballot_box.open_round(connection, keyring, round_id, invited, codes_size, streams)
    return round_id


def ballot(round_id: str, department: str = "sales", codes: bytes = b"\1\2\3\4", **given) -> Ballot:
    return Ballot(
        **{
            "round_id": round_id,
            "department_id": department,
            "token_hash": secrets.token_bytes(32),
            "codes": codes,
            "comments": {},
            "submission_key": secrets.token_hex(8),
            **given,
        }
    )
