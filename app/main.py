"""Builds the application: the one place that wires settings, middleware, routes and lifespan."""

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from app.kit.runtime import Runtime


def create_app(runtime: Runtime) -> FastAPI:
    """The whole service over one runtime."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.runtime = runtime
    app.add_api_route("/healthz", _alive, include_in_schema=False)
    return app


async def _alive() -> PlainTextResponse:
    return PlainTextResponse("ok\n")
