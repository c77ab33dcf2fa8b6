"""How the organisation shows itself: name, colour and logo, set by HR."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access import accounts
from app.access.accounts import Role
from app.audit import log
from app.kit import colour, png
from app.kit.language import Language
from app.people import organisation
from app.people.organisation import Logo
from app.web.dependencies import DbSession, Hr, Keeping, ReadSession, Staff, TheSite, see_other
from app.web.files import Sent, one_file, read
from app.web.forms import Fields

router = APIRouter()

# A respondent's page is a few thousand bytes; a logo must not outweigh it.
LARGEST = 24 * 1024
TWO = 2


@router.get("/settings")
def show(
    request: Request, _: Keeping, page: Staff, site: TheSite, session: ReadSession
) -> HTMLResponse:
    """What is set, and what the installation itself has."""
    # Whoever comes here may have just changed it.
    site.pages.renew_look()
    return _page(page, site, session, saved=bool(request.query_params.get("saved")))


@router.post("/settings")
def change(
    request: Request, viewer: Keeping, page: Staff, site: TheSite, session: DbSession
) -> Response:
    """Set the name and the colour."""
    fields = Fields.of(request, page.language)
    name = fields.text("name", organisation.LONGEST_NAME, required=False)
    chosen = fields.text("colour", 7, required=False).lower()
    if chosen and not fields.errors.get("colour"):
        _check_colour(chosen, fields, page.language)
    if not fields.done():
        return _page(page, site, session, fields)
    organisation.change(session, name=name, colour=chosen)
    log.record(session, viewer.account_id, "organisation.changed", "organisation")
    return see_other("/settings?saved=1")


@router.post("/settings/logo")
def change_logo(
    viewer: Keeping,
    page: Staff,
    site: TheSite,
    session: DbSession,
    sent: Annotated[Sent, Depends(read)],
) -> Response:
    """Set the logo, or take it away."""
    fields = Fields(sent.pairs, page.language)
    taken_away = fields.choice("act", ("set", "remove")) == "remove"
    logo = None if taken_away else _logo(sent, fields, page.language)
    if not fields.done():
        return _page(page, site, session, fields)
    organisation.change_logo(session, logo)
    log.record(session, viewer.account_id, "organisation.logo_changed", "organisation")
    return see_other("/settings?saved=1")


@router.post("/settings/four-eyes")
def change_four_eyes(
    request: Request, viewer: Hr, page: Staff, site: TheSite, session: DbSession
) -> Response:
    """Have launches need two people, or not any more."""
    fields = Fields.of(request, page.language)
    wanted = fields.checked("four_eyes")
    if wanted and len(accounts.with_role(session, Role.HR)) < TWO:
        fields.refuse(
            "four_eyes",
            page.language.text(
                "There is one account of HR: add another first, or nothing could be launched."
            ),
        )
    if not fields.done():
        return _page(page, site, session, fields)
    organisation.want_four_eyes(session, wanted=wanted)
    log.record(session, viewer.account_id, "organisation.four_eyes", "organisation", on=wanted)
    return see_other("/settings?saved=1")


def _check_colour(chosen: str, fields: Fields, language: Language) -> None:
    if not colour.HEX.fullmatch(chosen):
        fields.refuse("colour", language.text("Write the colour like #0b6fc2."))
        return
    if colour.stands_out(chosen):
        return
    light, dark = (colour.contrast(chosen, paper) for paper in (colour.LIGHT, colour.DARK))
    fields.refuse(
        "colour",
        language.text(
            "%(colour)s cannot be told well enough from the page: its contrast is %(light)s on the "
            "light page and %(dark)s on the dark one, and each must be at least 3. The nearest "
            "that can is %(nearest)s.",
            colour=chosen,
            light=language.number(light, 1),
            dark=language.number(dark, 1),
            nearest=colour.nearest(chosen),
        ),
    )


def _logo(sent: Sent, fields: Fields, language: Language) -> Logo | None:
    _, content = one_file(sent, fields, language)
    if fields.errors:
        return None
    try:
        picture = png.rewritten(content)
        if len(picture.content) > LARGEST:
            raise png.NotPng("large")
    except png.NotPng as refusal:
        fields.refuse("file", _reasons(language)[refusal.key])
        return None
    return Logo(picture.content, picture.width, picture.height)


def _reasons(language: Language) -> dict[str, str]:
    text = language.text
    return {
        "type": text("This is no PNG picture: save the logo as PNG. SVG and JPEG are not taken."),
        "broken": text("The picture is damaged: save it again as PNG."),
        "interlaced": text("The picture is interlaced: save it as PNG without interlacing."),
        "large": text(
            "The picture is too large: at most 800 x 400 pixels and 24 KiB. A flat logo with few "
            "colours is much smaller."
        ),
    }


def _page(
    page: Staff,
    site: TheSite,
    session: Session,
    fields: Fields | None = None,
    *,
    saved: bool = False,
) -> HTMLResponse:
    given = site.runtime.settings
    shown = organisation.read(session, "")
    return page(
        "settings/index.html",
        422 if fields else 200,
        errors=fields.errors if fields else {},
        typed=fields.typed if fields else {"name": shown.name, "colour": shown.colour},
        shown=shown,
        given=given.organisation,
        mail=site.transport is not None,
        base_url=given.base_url,
        timezone=given.timezone,
        min_group=given.min_group,
        welcome=page.viewer.role is Role.HR,
        four_eyes=organisation.four_eyes(session),
        saved=saved,
    )
