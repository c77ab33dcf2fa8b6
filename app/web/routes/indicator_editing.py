"""HR keeps the indicators: adds them, says what was agreed, types values in, deletes, undoes."""

import re
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.indicators import importing, periods, registry
from app.indicators.models import Indicator
from app.indicators.presets import BY_KEY
from app.indicators.problems import ROW_MESSAGES
from app.indicators.registry import BETTER, COMPANY, Given, IndicatorRefused
from app.kit.clock import now
from app.kit.language import Language
from app.people.tree import Tree
from app.results import signs
from app.surveys.definition import SIGNS
from app.web import figures
from app.web.dependencies import DbSession, Hr, ReadSession, Site, Staff, TheSite, see_other
from app.web.forms import Fields

router = APIRouter()

KEY = re.compile(r"[a-z][a-z0-9_]{1,39}", re.ASCII)


@router.get("/indicators/new")
def new(_: Hr, page: Staff, session: ReadSession) -> HTMLResponse:
    """The built-in ones that are not in use yet, and a form for one of one's own."""
    return _new(page, session)


@router.post("/indicators/new")
def add(request: Request, viewer: Hr, page: Staff, site: TheSite) -> Response:
    """Add one of one's own."""
    fields = Fields.of(request, page.language)
    key = _key(fields, page.language)
    given = _given(fields, page.language)
    if fields.done():
        try:
            with site.runtime.database.writing() as session:
                registry.add(session, key, given, viewer.account_id)
            return see_other(f"/indicators/{key}")
        except IndicatorRefused as refusal:
            fields.refuse("key", refusal.told(page.language))
    with site.runtime.database.reading() as session:
        return _new(page, session, fields, 422)


@router.post("/indicators/presets/{key}")
def use(key: str, viewer: Hr, session: DbSession) -> Response:
    """Take a built-in one into use."""
    if key not in BY_KEY:
        raise registry.UnknownIndicator(key)
    registry.add_preset(session, key, viewer.account_id)
    return see_other(f"/indicators/{key}")


@router.get("/indicators/{key}")
def show(
    key: str,
    _: Hr,
    page: Staff,
    session: ReadSession,
    site: TheSite,
    request: Request,
) -> HTMLResponse:
    """What it is, what was agreed, and every value."""
    return _show(page, session, site, key, request.query_params)


@router.post("/indicators/{key}")
def change(key: str, request: Request, viewer: Hr, page: Staff, site: TheSite) -> Response:
    """Give it another name, unit, target or promise."""
    fields = Fields.of(request, page.language)
    given = _given(fields, page.language)
    with site.runtime.database.writing() as session:
        registry.get(session, key)
        if fields.done():
            registry.change(session, key, given, viewer.account_id)
            return see_other(f"/indicators/{key}?saved=1")
    with site.runtime.database.reading() as session:
        return _show(page, session, site, key, {}, fields, 422)


@router.post("/indicators/{key}/delete")
def delete(key: str, viewer: Hr, session: DbSession) -> Response:
    """Take it out of use; the next page offers the way back."""
    registry.remove(session, key, viewer.account_id)
    return see_other(f"/indicators?deleted={key}")


@router.post("/indicators/{key}/restore")
def restore(key: str, viewer: Hr, session: DbSession) -> Response:
    """Undo it."""
    registry.restore(session, key, viewer.account_id)
    return see_other(f"/indicators/{key}")


@router.post("/indicators/{key}/values")
def put_value(key: str, request: Request, viewer: Hr, page: Staff, site: TheSite) -> Response:
    """Type in a month's value; the same month again replaces it and says so."""
    fields = Fields.of(request, page.language)
    with site.runtime.database.writing() as session:
        registry.get(session, key)
        tree = Tree.read(session)
        department = fields.choice(
            "department", {COMPANY, *(one.id for one in tree.nodes)}, required=False
        )
        period = _period(fields, page.language, site)
        value = _number(fields, "value", page.language, required=True)
        if fields.done() and value is not None:
            replaced = registry.type_in(session, key, department, period, value, viewer.account_id)
            said = "replaced" if replaced else "stored"
            return see_other(f"/indicators/{key}?{said}={period}#values")
    with site.runtime.database.reading() as session:
        return _show(page, session, site, key, {}, fields, 422)


@router.post("/indicators/{key}/values/delete")
def delete_value(
    key: str, request: Request, viewer: Hr, page: Staff, session: DbSession
) -> Response:
    """Delete a month's value."""
    department, period = _place(request, page)
    registry.remove_value(session, key, department, period, viewer.account_id)
    return see_other(f"/indicators/{key}?gone={period}&department={department}#values")


@router.post("/indicators/{key}/values/restore")
def restore_value(
    key: str, request: Request, viewer: Hr, page: Staff, session: DbSession
) -> Response:
    """Undo it."""
    department, period = _place(request, page)
    registry.restore_value(session, key, department, period, viewer.account_id)
    return see_other(f"/indicators/{key}?stored={period}#values")


def _place(request: Request, page: Staff) -> tuple[str, str]:
    fields = Fields.of(request, page.language)
    return fields.text("department", 40, required=False), fields.text("period", 10)


def _key(fields: Fields, language: Language) -> str:
    key = fields.text("key", 40).casefold().replace(" ", "_").replace("-", "_")
    reserved = key in {"new", "import", "presets"}
    if key and (not KEY.fullmatch(key) or reserved):
        fields.refuse(
            "key", language.text("Write letters, digits and _ only, such as trade_fairs.")
        )
    return key


def _given(fields: Fields, language: Language) -> Given:
    name_en = fields.text("name_en", 80)
    return Given(
        name_en=name_en,
        name_ms=fields.text("name_ms", 80, required=False) or name_en,
        unit=fields.text("unit", 20, required=False),
        better=fields.choice("better", BETTER),
        target=_number(fields, "target", language),
        service_level=_number(fields, "service_level", language),
        sign=fields.choice("sign", SIGNS, required=False),
        source=fields.text("source", 200, required=False),
    )


def _number(
    fields: Fields, name: str, language: Language, *, required: bool = False
) -> float | None:
    text = fields.text(name, 30, required=required)
    if not text:
        return None
    value, wrong = importing.typed(text)
    if wrong:
        fields.refuse(name, _sentence(language.text(ROW_MESSAGES[wrong])))
    return value


def _period(fields: Fields, language: Language, site: Site) -> str:
    text = fields.text("period", 10)
    period = periods.read(text)
    wrong = ""
    if period is None:
        wrong = "period_wrong"
    elif period > periods.of(now().astimezone(site.runtime.settings.zone).date()):
        wrong = "period_future"
    if text and wrong:
        fields.refuse("period", _sentence(language.text(ROW_MESSAGES[wrong])))
    return period or ""


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _new(
    page: Staff, session: Session, fields: Fields | None = None, status: int = 200
) -> HTMLResponse:
    return page(
        "indicators/new.html",
        status,
        presets=registry.unused(session),
        words=figures,
        signs=signs.choices(page.language),
        errors=fields.errors if fields else {},
        typed=fields.typed if fields else {},
    )


def _show(
    page: Staff,
    session: Session,
    site: Site,
    key: str,
    query: Mapping[str, str],
    fields: Fields | None = None,
    status: int = 200,
) -> HTMLResponse:
    row = registry.get(session, key)
    tree = Tree.read(session)
    stored = registry.values(session, [row.id], None)
    return page(
        "indicators/show.html",
        status,
        row=row,
        title=figures.name_of(row, page.language),
        stored=list(reversed(stored)),
        tree=tree,
        words=figures,
        signs=signs.choices(page.language),
        periods=periods,
        this_month=periods.of(now().astimezone(site.runtime.settings.zone).date()),
        query_of=query,
        errors=fields.errors if fields else {},
        typed=fields.typed if fields else _typed(row, query),
    )


def _typed(row: Indicator, query: Mapping[str, str]) -> dict[str, str]:
    """What the forms start with."""
    names = ("name_en", "name_ms", "unit", "better", "sign", "source")
    numbers = {"target": row.target, "service_level": row.service_level}
    return {
        **{name: getattr(row, name) for name in names},
        **{name: "" if value is None else f"{value:g}" for name, value in numbers.items()},
        **{name: query[name] for name in ("period", "department") if name in query},
    }
