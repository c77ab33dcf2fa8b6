"""What a message says: the signed JSON for programs, a few words for a chat."""

import json
from collections.abc import Mapping
from typing import Any

from app.hooks.events import CLOSED, FAILED, OPENED, PUBLISHED, REMINDED, TEST
from app.kit.language import Language

STANDARD, SLACK, TEAMS = "standard", "slack", "teams"
KINDS = (STANDARD, SLACK, TEAMS)

Data = Mapping[str, Any]


def body(kind: str, arguments: Data, base_url: str, language: Language) -> bytes:
    """The body of the request."""
    if kind == STANDARD:
        return _bytes(
            {"type": arguments["event"], "timestamp": arguments["at"], "data": arguments["data"]}
        )
    words = sentence(arguments["event"], arguments["data"], language)
    address = _address(arguments["data"], base_url)
    make = _slack if kind == SLACK else _teams
    return _bytes(make(words, address, language.text("Open in Selaras")))


def sentence(event: str, data: Data, language: Language) -> str:
    """The event in a sentence or two of the installation's language."""
    text = language.text
    round_id = data.get("round", "")
    said = {
        OPENED: text("A survey round has opened: %(round)s.", round=round_id),
        REMINDED: text("Reminders have gone out for the round %(round)s.", round=round_id),
        CLOSED: text("The round %(round)s has closed.", round=round_id),
        PUBLISHED: text("The results of the round %(round)s are out.", round=round_id),
        FAILED: text("Some mails of the round %(round)s did not arrive.", round=round_id),
        TEST: text("This is a test. Messages from Selaras arrive here."),
    }[event]
    counted = [_counted(name, n, language) for name, n in data.items() if isinstance(n, int)]
    return " ".join([said, *filter(None, counted)])


def _counted(name: str, n: int, language: Language) -> str:
    plural = language.plural
    match name:
        case "invited":
            return plural("%(n)s person was invited.", "%(n)s people were invited.", n)
        case "mails":
            return plural("%(n)s mail was sent.", "%(n)s mails were sent.", n)
        case "answered":
            return plural("%(n)s person answered.", "%(n)s people answered.", n)
        case "failed":
            return plural("%(n)s mail failed so far.", "%(n)s mails failed so far.", n)
    return ""


def _address(data: Data, base_url: str) -> str:
    return f"{base_url}/rounds/{data['round']}" if data.get("round") else f"{base_url}/rounds"


def _slack(words: str, address: str, label: str) -> Data:
    button = {"type": "button", "text": {"type": "plain_text", "text": label}, "url": address}
    return {
        "text": words,
        "blocks": [
            {"type": "section", "text": {"type": "plain_text", "text": words}},
            {"type": "actions", "elements": [button]},
        ],
    }


def _teams(words: str, address: str, label: str) -> Data:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "TextBlock", "text": words, "wrap": True}],
        "actions": [{"type": "Action.OpenUrl", "title": label, "url": address}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def _bytes(content: Data) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
