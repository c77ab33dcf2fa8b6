"""What HR may change about a round after its launch; each change is confirmed and told."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access.accounts import Role
from app.campaigns import amending, joining, policy, rounds
from app.campaigns.models import SurveyRound
from app.campaigns.rounds import RoundRefused
from app.campaigns.sheet import sheet
from app.kit.language import LANGUAGES, language
from app.responses import submission
from app.results import release
from app.surveys import wording
from app.web.dependencies import Auditing, DbSession, Hr, ReadSession, Staff, TheSite, see_other
from app.web.forms import Fields

router = APIRouter()


@router.post("/rounds/{round_id}/minimum")
def raise_minimum(
    round_id: str, staff: Staff, viewer: Hr, session: DbSession, request: Request
) -> Response:
    """Raise the smallest group with a result of its own."""
    fields = Fields.of(request, staff.language)
    smallest = fields.integer("min_group", 1, amending.LARGEST_GROUP)
    if not fields.done():
        raise RoundRefused("smallest group: enter a whole number")
    amending.raise_minimum(session, round_id, smallest, viewer.account_id)
    return see_other(f"/rounds/{round_id}")


@router.get("/rounds/{round_id}/wording")
def choose_text(
    round_id: str, staff: Staff, _: Hr, session: ReadSession, text: str = ""
) -> HTMLResponse:
    """The texts of the survey, and the one that is to be mended."""
    return _wording(staff, session, rounds.get(session, round_id), text)


@router.post("/rounds/{round_id}/wording")
def mend(round_id: str, staff: Staff, viewer: Hr, site: TheSite, request: Request) -> Response:
    """Mend a slip; only where it is confirmed that the meaning stays."""
    fields = Fields.of(request, staff.language)
    place = fields.text("text", 300)
    words = fields.text("words", amending.LONGEST_TEXT, lines=True)
    same = fields.checked("same")
    if fields.done() and not same:
        fields.refuse("same", staff.language.text("Tick the box: only you can know."))
    if not fields.errors:
        where, _, code = place.rpartition("|")
        try:
            with site.runtime.database.writing() as session:
                amending.mend(session, round_id, where, code, words, viewer.account_id)
        except RoundRefused as refusal:
            if refusal.values.get("field") != "words":
                raise
            fields.refuse("words", refusal.told(staff.language))
    if not fields.errors:
        return see_other(f"/rounds/{round_id}")
    with site.runtime.database.reading() as session:
        row = rounds.get(session, round_id)
        return _wording(staff, session, row, place, fields.typed.get("words"), fields.errors, 422)


@router.get("/rounds/{round_id}/joining")
def show_joining(
    round_id: str, staff: Staff, _: Hr, session: ReadSession, site: TheSite
) -> HTMLResponse:
    """Who came to the departments of a round since its launch, by department."""
    row = rounds.get(session, round_id)
    return staff(
        "rounds/joining.html",
        row=row,
        phase=release.phase(session, row),
        waiting=joining.waiting(session, site.runtime.keyring, round_id),
    )


@router.post("/rounds/{round_id}/joining")
def join(round_id: str, viewer: Hr, session: DbSession, site: TheSite) -> Response:
    """Invite them."""
    submission.join(session, site.runtime.keyring, round_id, viewer.account_id)
    return see_other(f"/rounds/{round_id}")


@router.get("/rounds/{round_id}/sheet")
def show_sheet(
    round_id: str, staff: Staff, viewer: Auditing, session: ReadSession, site: TheSite
) -> HTMLResponse:
    """The sheet for staff representatives, in every language."""
    given = site.runtime.settings
    languages = [language(code) for code in LANGUAGES]
    return staff(
        "rounds/sheet.html",
        row=rounds.get(session, round_id),
        policy=policy.frozen(session, round_id),
        audits=viewer.role is Role.AUDITOR,
        sheets=[
            (
                one,
                sheet(
                    session,
                    round_id,
                    one,
                    organisation=site.pages.look().organisation,
                    contact=given.contact,
                    zone=given.zone,
                ),
            )
            for one in languages
        ],
    )


def _wording(
    staff: Staff,
    session: Session,
    row: SurveyRound,
    chosen: str,
    typed: str | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    survey = rounds.survey_of(session, row)
    texts = {
        f"{place}|{code}": words
        for place, text in wording.places(survey).items()
        for code, words in text.entries
        if code in LANGUAGES
    }
    words = texts.get(chosen, "")
    return staff(
        "rounds/wording.html",
        status,
        row=row,
        phase=release.phase(session, row),
        policy=policy.frozen(session, row.id),
        texts=[
            (key, f"{_short(words)} ({language(key[-2:]).name})") for key, words in texts.items()
        ],
        chosen=chosen if chosen in texts else "",
        words=words if typed is None else typed,
        was=words,
        errors=errors or {},
        mendings=amending.mendings(session, row.id),
    )


def _short(words: str) -> str:
    return words if len(words) <= 80 else f"{words[:79]}…"
