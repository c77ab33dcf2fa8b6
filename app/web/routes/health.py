"""Whether the process lives, and whether it can work."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import PlainTextResponse, Response
from sqlalchemy.exc import SQLAlchemyError

from app.kit import condition, migration
from app.kit.tokens import same
from app.web.dependencies import TheSite
from app.web.numbers import CONTENT_TYPE

router = APIRouter()


@router.get("/healthz")
async def alive() -> PlainTextResponse:
    """The process answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def ready(site: TheSite) -> PlainTextResponse:
    """The database answers and has a schema this version can work with."""
    if site.stopping.is_set():
        return PlainTextResponse("stopping\n", 503)
    try:
        fits = migration.may_serve(site.runtime.database)
    except SQLAlchemyError:
        return PlainTextResponse("the database does not answer\n", 503)
    if not fits:
        return PlainTextResponse("the database must be migrated\n", 503)
    if condition.disk_left(site.runtime.settings.data_dir) < condition.SMALLEST_DISK:
        return PlainTextResponse("the disk is full\n", 503)
    return PlainTextResponse("ok\n")


@router.get("/metrics")
def metrics(request: Request, site: TheSite) -> Response:
    """Numbers for Prometheus; not there where no token is set."""
    token = site.runtime.settings.metrics_token
    if not token:
        raise HTTPException(404)
    if not same(request.headers.get("authorization", ""), f"Bearer {token}"):
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    return Response(site.numbers.page(site.runtime), media_type=CONTENT_TYPE)
