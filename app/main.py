"""Builds the application: the one place that wires settings, middleware, routes and lifespan."""

import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from fastapi import FastAPI, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.types import ASGIApp

from app.access import tidying
from app.access.bringing import PEOPLE_IMPORT, Importing
from app.access.sign_in import SIGN_IN
from app.access.tidying import TIDY, Tidying
from app.actions.register import UnknownAction
from app.campaigns import series, watching
from app.campaigns.anonymous_post import AnonymousPost, Office
from app.campaigns.drafts import UnknownDraft
from app.campaigns.models import SurveyRound
from app.campaigns.own_links import OWN_LINK
from app.campaigns.pulsing import Pulsing
from app.campaigns.reminders import Reminding
from app.campaigns.rounds import (
    CLOSE,
    INVITE,
    INVITE_DEPARTMENT,
    VOIDED,
    RoundPlan,
    RoundRefused,
    UnknownRound,
)
from app.campaigns.series import SERIES, UnknownSeries
from app.campaigns.series_plan import SeriesRefused
from app.campaigns.watching import WATCH, Watching
from app.campaigns.waves import REMIND, REMINDERS
from app.hooks.delivering import Delivering
from app.hooks.events import DELIVER
from app.hooks.register import HookRefused, UnknownHook
from app.indicators.registry import UnknownIndicator
from app.kit.jobs import Kind
from app.kit.language import Refusal, language
from app.kit.outbound import Outbound
from app.kit.pace import Pace
from app.kit.posting import Posting, Prepare
from app.kit.relay import configured
from app.kit.runtime import Runtime
from app.kit.settings import SMALLEST_GROUP, Settings
from app.kit.sign_on import Provider
from app.kit.worker import Worker
from app.responses import submission
from app.responses.receipts import Receipts
from app.responses.submission import SWEEP, Submissions
from app.results import backups, retention
from app.results.backups import BACKUP, Backing, Shelf
from app.results.closing import READY, Closing
from app.results.export.offer import NotOffered
from app.results.release import RELEASED, SUMMARY, NotReleased, Sweeping
from app.results.retention import RETAIN, Retention
from app.results.sharing import SHARED, UnknownSummary
from app.web import api, emails, leading, release_mails, staff_mails
from app.web.api import problems
from app.web.dependencies import Site, see_other
from app.web.errors import Errors, Problem, msgid
from app.web.heads import HeadAsGet
from app.web.leading import SignInAgain
from app.web.measuring import Measured, Named
from app.web.pages import API_PATH, Pages, reader_language
from app.web.routes import sign_on
from app.web.routes.kiosk import KioskDesk
from app.web.routes.receipt import ReceiptDesk
from app.web.routes.respond import Respond
from app.web.routes.stop import StopDesk
from app.web.routing import ROUTERS
from app.web.security import protect
from app.web.signed_out import SignedOut
from app.web.static_files import STATIC_PATH

UPLOADS = ("/people/import", "/settings/logo", "/indicators/import")


def create_app(site: Site, *, origins: Iterable[str] = (), work: bool = False) -> ASGIApp:
    """The whole service; with `work` it does the queue's work as well."""
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # A redirect to the address with a slash would be built from the Host header.
        redirect_slashes=False,
        # Its spans would hold addresses, and those hold personal links.
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
        lifespan=_lifespan(site, work=work),
    )
    app.state.site = site
    errors = Errors(site.pages)
    errors.install(app)
    problems.install(app, errors)
    errors.register(app, UnknownRound, 404)
    errors.register(app, UnknownDraft, 404)
    errors.register(app, UnknownSeries, 404)
    errors.register(app, NotReleased, 404)
    errors.register(app, UnknownIndicator, 404)
    errors.register(app, UnknownAction, 404)
    errors.register(app, UnknownSummary, 404)
    errors.register(app, UnknownHook, 404)
    SignedOut(site).install(app)
    app.add_exception_handler(SignInAgain, _to_sign_in_again)
    app.add_exception_handler(RoundRefused, _refused(site, errors))
    app.add_exception_handler(SeriesRefused, _refused(site, errors))
    app.add_exception_handler(HookRefused, _refused(site, errors))
    app.add_exception_handler(NotOffered, _refused(site, errors))
    # Those who answer first: each address before it is looked at and costs every one of them.
    Respond(site).install(app)
    ReceiptDesk(site).install(app)
    StopDesk(site).install(app)
    KioskDesk(site).install(app)
    for module in ROUTERS:
        app.include_router(module.router)
    app.include_router(api.router)
    app.mount(STATIC_PATH.rstrip("/"), site.pages.assets)
    guarded = protect(
        HeadAsGet(Named(app)),
        site.runtime.settings,
        errors,
        site.form_key,
        origins=origins,
        upload_paths=UPLOADS,
    )
    return Measured(guarded, site.numbers)


def make_site(runtime: Runtime, fill_demo: Callable[[Runtime], None] | None = None) -> Site:
    """What pages and mails are made from; `fill_demo` makes a demo of an empty database."""
    return Site(
        runtime=runtime,
        pages=Pages(runtime.settings, runtime.database),
        submissions=Submissions(runtime.writer, runtime.keyring),
        receipts=Receipts(runtime.database, runtime.writer, runtime.keyring),
        form_key=runtime.keyring.derive("forms"),
        transport=configured(runtime.settings),
        provider=_provider(runtime.settings),
        outbound=Outbound(runtime.settings.webhook_networks),
        fill_demo=fill_demo,
    )


def _provider(settings: Settings) -> Provider | None:
    if not settings.oidc_issuer:
        return None
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        settings.base_url + sign_on.BACK,
        trust_email=settings.oidc_trust_email,
    )


def make_worker(site: Site) -> Worker:
    """A worker that knows every kind of job."""
    with site.runtime.database.writing() as session:
        tidying.plan(session)
        retention.plan(session)
        series.take_up(session)
        backups.plan(session, Shelf.of(site.runtime.settings))
        watching.plan(session)
    runtime = site.runtime
    rest = site.transport.rest if site.transport is not None else lambda: None
    stop = threading.Event()
    return Worker(runtime.database, runtime.writer, _kinds(site, stop.is_set), rest, stop)


def _kinds(site: Site, stopping: Callable[[], bool]) -> Mapping[str, Kind]:
    runtime = site.runtime
    closing = Closing(runtime.database, runtime.keyring, runtime.settings.zone)
    kinds = {CLOSE: Kind(closing), SWEEP: Kind(Sweeping(runtime.database))}
    kinds[TIDY] = Kind(Tidying(runtime.database))
    # A large file takes seconds, and minutes where much else is going on.
    kinds[PEOPLE_IMPORT] = Kind(Importing(runtime.database), lease=timedelta(minutes=10))
    kinds[WATCH] = Kind(Watching(runtime.database))
    kinds[DELIVER] = Delivering(
        runtime.database,
        runtime.keyring,
        site.outbound,
        runtime.settings.base_url,
        language(runtime.settings.language),
    ).kind()
    kinds[REMINDERS] = Kind(Reminding(runtime.database, submission.unanswered))
    kinds[RETAIN] = Kind(Retention(runtime.database))
    kinds[BACKUP] = Kind(
        Backing(runtime.database, Shelf.of(runtime.settings)), lease=timedelta(hours=1)
    )
    # Opening a round for tens of thousands takes a while.
    kinds[SERIES] = Kind(_pulsing(runtime), lease=timedelta(minutes=10))
    if site.transport is None:
        return kinds
    settings = runtime.settings
    pace = Pace(runtime.writer, settings.mail_per_minute, settings.mail_per_domain)
    post = AnonymousPost(
        Office(
            runtime.database,
            runtime.writer,
            runtime.keyring,
            site.transport,
            settings.base_url,
            pace,
            partial(emails.invitation, site),
            submission.used,
        )
    )
    kinds[INVITE_DEPARTMENT] = post.kind()
    single: Mapping[str, Prepare] = {
        READY: staff_mails.ReadyNotices(site),
        staff_mails.APPROVAL: staff_mails.ApprovalNotices(site),
        staff_mails.TEST: staff_mails.TestMails(site),
        SIGN_IN: staff_mails.SignInLinks(site),
    }
    # What somebody asked for a moment ago goes out also while sending is held.
    staff = {staff_mails.TEST, SIGN_IN}
    # Thousands of these may wait: nobody shall wait for them with a sign-in mail.
    many: Mapping[str, Prepare] = {
        INVITE: emails.Invitations(site),
        REMIND: emails.Reminders(site),
        OWN_LINK: emails.Invitations(site),
        VOIDED: emails.VoidNotices(site),
        RELEASED: release_mails.ReleaseNotices(site),
        SUMMARY: release_mails.Summaries(site),
        SHARED: release_mails.ShareNotices(site),
    }
    for kind, prepare in (*single.items(), *many.items()):
        posting = Posting(site.transport, runtime.writer, pace, prepare, stopping)
        kinds[kind] = posting.kind(bulk=kind in many, always=kind in staff)
    return kinds


def _pulsing(runtime: Runtime) -> Pulsing:
    def launch(session: Session, plan: RoundPlan, actor: str) -> SurveyRound:
        return submission.launch(session, runtime.keyring, plan, actor, SMALLEST_GROUP)

    return Pulsing(runtime.database, launch)


def _lifespan(site: Site, *, work: bool):  # type: ignore[no-untyped-def]
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        worker = make_worker(site) if work else None
        if worker is not None:
            worker.start()
        yield
        if worker is not None:
            worker.stop()

    return lifespan


def _refused(site: Site, errors: Errors) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Say why something cannot be done any more, in the reader's language."""

    async def handler(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        if request.scope["path"].startswith(API_PATH):
            return problems.told(request, errors, error)
        reader = reader_language(request.scope, site.runtime.settings.language)
        problem = Problem(msgid("This cannot be done"), error.told(reader))
        return errors.response(request.scope, 409, problem=problem)

    return handler


async def _to_sign_in_again(_request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInAgain)
    return see_other(leading.sign_in_again(error.back))
