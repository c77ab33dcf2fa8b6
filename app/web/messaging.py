"""The step of planning a round at which HR changes the words of its mails; nothing is saved yet."""

from collections.abc import Mapping
from dataclasses import replace

from fastapi.responses import HTMLResponse

from app.campaigns import messages
from app.campaigns.messages import KINDS, LONGEST_BODY, LONGEST_SUBJECT, SLOTS, Words
from app.campaigns.rounds import RoundPlan
from app.kit.language import LANGUAGES, language
from app.surveys.definition import Survey
from app.web import emails
from app.web.dependencies import Site, StaffPage
from app.web.forms import Fields
from app.web.launching import Draft

STEPS = ("message", "standard", "undo")
PREFIX, BEFORE = "message-", "before-"


def read(fields: Fields, survey: Survey) -> dict[tuple[str, str], Words]:
    """The words that were changed; an empty field is the standard text."""
    found: dict[tuple[str, str], Words] = {}
    for kind in KINDS:
        for code in LANGUAGES:
            name = f"{PREFIX}{kind}-{code}"
            for one in (f"{BEFORE}{name}-subject", f"{BEFORE}{name}-body"):
                fields.text(one, LONGEST_BODY, required=False, lines=True)
            subject = fields.text(f"{name}-subject", LONGEST_SUBJECT, required=False)
            body = fields.text(f"{name}-body", LONGEST_BODY, required=False, lines=True)
            if (subject or body) and code in survey.languages:
                usual = messages.standard(kind, language(code))
                given = Words(subject or usual.subject, body or usual.body)
                found |= {(kind, code): given} if given != usual else {}
    return found


def is_wrong(errors: Mapping[str, str]) -> bool:
    """Whether all that is wrong with a round is in the words of its mails."""
    return bool(errors) and all(name.startswith(PREFIX) for name in errors)


def wrong(staff: StaffPage, survey: Survey, draft: Draft) -> HTMLResponse:
    """The words again, with what is missing in them."""
    return staff(
        "rounds/message.html",
        422,
        draft=draft,
        parts=_parts(survey, draft.typed),
        slots=SLOTS,
        shown=(),
        errors=draft.errors,
    )


def page(staff: StaffPage, site: Site, plan: RoundPlan, draft: Draft, step: str) -> HTMLResponse:
    """The words of each mail, and how they read; the standard ones again, or those of before."""
    typed = _changed(dict(draft.typed), step)
    if step != "message":
        fields = Fields([pair for pair in typed.items() if PREFIX in pair[0]], staff.language)
        plan = replace(plan, messages=read(fields, plan.survey))
    shown = [
        (kind, code, *emails.shown(site, emails.sample(site, plan, code, is_test=False), kind))
        for kind in KINDS
        for code in messages.languages(plan.survey)
    ]
    return staff(
        "rounds/message.html",
        draft=replace(draft, typed=typed),
        parts=_parts(plan.survey, typed),
        slots=SLOTS,
        shown=shown,
    )


def _changed(typed: dict[str, str], step: str) -> dict[str, str]:
    """What was typed, after going back to the standard words or undoing that."""
    ours = [name for name in typed if name.startswith(PREFIX)]
    if step == "standard":
        for name in ours:
            typed[BEFORE + name] = typed.pop(name)
    if step == "undo":
        for name in [one for one in typed if one.startswith(BEFORE)]:
            typed[name.removeprefix(BEFORE)] = typed.pop(name)
    return typed


def _parts(survey: Survey, typed: Mapping[str, str]) -> list[tuple[str, str, str, str, str]]:
    """Each mail by kind and language: the name of its fields, its subject and its body."""
    found = []
    for (kind, code), usual in messages.complete(survey, {}).items():
        name = f"{PREFIX}{kind}-{code}"
        subject = typed.get(f"{name}-subject") or usual.subject
        body = typed.get(f"{name}-body") or usual.body
        found.append((kind, language(code).name, name, subject, body))
    return found
