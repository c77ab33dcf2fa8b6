"""The API under /api/v1: what HR does by hand, for programs, with a key in every request."""

from fastapi import APIRouter

from app.web.api import description, indicators, keys, people, results, rounds, surveys

router = APIRouter(prefix="/api/v1")
for part in (people, surveys, rounds, results, indicators, keys, description):
    router.include_router(part.router)
