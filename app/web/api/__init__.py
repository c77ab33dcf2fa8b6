"""The API under /api/v1: what HR does by hand, for programs, with a key in every request."""

from fastapi import APIRouter, Depends

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
from app.web.api.problems import one_of_each

router = APIRouter(prefix="/api/v1", dependencies=[Depends(one_of_each)])
for part in (people, surveys, rounds, results, indicators, actions, webhooks, keys, description):
    router.include_router(part.router)
