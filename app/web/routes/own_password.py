"""Setting a password with its second factor, on installations without mail."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from pyotp import TOTP
from sqlmodel import Session

from app.access import passwords, sessions
from app.access.models import Account
from app.access.passwords import PasswordRefused
from app.access.sign_in import Viewer
from app.kit.tokens import mac
from app.web import qr
from app.web.dependencies import Cookie, DbSession, ReadSession, SignedIn, Site, Staff, TheSite
from app.web.forms import Fields
from app.web.stepping_up import require_fresh

router = APIRouter()

ADDRESS = "/account/password"


@router.get("/account/password")
def ask(
    viewer: SignedIn, page: Staff, site: TheSite, cookie: Cookie, session: ReadSession
) -> HTMLResponse:
    """The form, with what the app reads."""
    _require(site, session, viewer)
    return _page(page, viewer, _secret(site, cookie), Fields((), page.language))


@router.post("/account/password")
def set_up(
    request: Request,
    viewer: SignedIn,
    page: Staff,
    site: TheSite,
    cookie: Cookie,
    session: DbSession,
) -> Response:
    """Take both, end every other session, and show the recovery codes this once."""
    _require(site, session, viewer)
    fields = Fields.of(request, page.language)
    password = passwords.normal(fields.secret("password", passwords.LONGEST))
    code = fields.text("code", 10)
    secret = _secret(site, cookie)
    if not fields.done():
        return _page(page, viewer, secret, fields, 422)
    account = session.get_one(Account, viewer.account_id)
    try:
        passwords.check(password, account.email)
        codes = passwords.establish(
            session, site.runtime.keyring, account, password, secret, code.replace(" ", "")
        )
    except PasswordRefused as refusal:
        _, _, words = refusal.told(page.language).partition(": ")
        fields.refuse("code" if str(refusal).startswith("code") else "password", words)
        return _page(page, viewer, secret, fields, 422)
    sessions.end_all(session, account.id, account.id, but=viewer.session_id)
    return page("own/codes.html", codes=codes)


def _require(site: Site, session: Session, viewer: Viewer) -> None:
    if site.transport is not None:
        raise HTTPException(404)
    require_fresh(session, viewer, ADDRESS)


def _secret(site: Site, cookie: str) -> str:
    """What the app is to hold: the same until the form is sent, and another in each session."""
    return passwords.app_secret(mac(site.form_key, "second factor", cookie))


def _page(
    page: Staff, viewer: Viewer, secret: str, fields: Fields, status: int = 200
) -> HTMLResponse:
    address = TOTP(secret).provisioning_uri(name=viewer.email, issuer_name="Selaras")
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return page(
        "own/password.html",
        status,
        errors=fields.errors,
        secret=spaced,
        picture=qr.picture(address),
    )
