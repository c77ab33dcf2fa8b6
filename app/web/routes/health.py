"""Whether the process lives, and whether it can work."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError

from app.kit import migration
from app.web.dependencies import TheSite

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
    return PlainTextResponse("ok\n")
