"""What the API can do, for programs (OpenAPI) and for people (a page without a foreign host)."""

from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse

from app.web.api.examples import BODIES
from app.web.dependencies import Reader, TheSite

router = APIRouter(include_in_schema=False)

ERROR = {
    "description": "Not done; the reason is in `detail`, the fields concerned in `errors`.",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail", "request_id"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "request_id": {"type": "string"},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "pointer": {"type": "string"},
                                "code": {"type": "string"},
                            },
                        },
                    },
                },
            }
        }
    },
}


@router.get("/openapi.json")
def openapi(request: Request) -> JSONResponse:
    """The description programs read."""
    return JSONResponse(described(request.app))


@router.get("/docs")
def docs(request: Request, site: TheSite, reader: Reader) -> HTMLResponse:
    """The same for people."""
    content = described(request.app)
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in content["paths"].items():
        for method, one in methods.items():
            entry = {"method": method.upper(), "path": path, **one}
            groups.setdefault(one["tags"][0], []).append(entry)
    page = site.pages.render(
        "api/docs.html",
        reader,
        groups=groups,
        base=site.runtime.settings.base_url,
        query=request.url.query,
    )
    return HTMLResponse(page)


@cache
def described(app: Any) -> dict[str, Any]:
    """OpenAPI 3.1 of every route under /api/v1."""
    from app.web import api

    content = get_openapi(
        title="Selaras",
        # Of the API; which version of Selaras this is, is nobody's business.
        version="1",
        description="Every request carries a key: `Authorization: Bearer selaras_...`.",
        routes=api.router.routes,
    )
    content["components"].setdefault("securitySchemes", {})["key"] = {
        "type": "http",
        "scheme": "bearer",
    }
    content["security"] = [{"key": []}]
    for path, methods in content["paths"].items():
        for method, one in methods.items():
            one["responses"].pop("422", None)
            one["responses"]["4XX"] = ERROR
            if example := BODIES.get(f"{method.upper()} {path}"):
                one["requestBody"]["content"]["application/json"]["example"] = example
    return content
