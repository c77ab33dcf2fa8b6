"""The API under /api/v1: what HR does by hand, for programs, with a key in every request."""

from fastapi import APIRouter

from app.web.api import (
    actions,
    description,
    indicators,
    keys,
    people,
    results,
    rounds,
    surveys,
    webhooks,
)

router = APIRouter(prefix="/api/v1")
for part in (people, surveys, rounds, results, indicators, actions, webhooks, keys, description):
    router.include_router(part.router)
