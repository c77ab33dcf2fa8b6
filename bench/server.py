"""The service under load in a process of its own: the real one, or its form route without a database."""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.campaigns.invitations import BallotPaper
from app.kit.clock import now
from app.kit.runtime import Runtime
from app.kit.settings import load
from app.main import create_app, make_site
from app.responses.receipts import Receipt
from app.responses.submission import Opening, Submission
from app.web.dependencies import Site
from app.web.routes.respond import Respond
from app.web.security import server_options
from bench.serving import SECRET


class Swallowed:
    """Takes submissions and keeps nothing: what is left of the route is parsing and checking."""

    async def submit(self, submission: Submission) -> Receipt:
        """Accept at once."""
        return Receipt(submission.token[:6], submission.submission_key[:18])


def without_database(site: Site, round_id: str) -> Site:
    """Answer every link with the same paper, and store nothing."""
    ballot = BallotPaper(round_id, "", "sales", "en", now() + timedelta(days=1), "")

    async def opening(_self: Respond, _token: str) -> Opening:
        return Opening(ballot, answered=False)

    Respond.opening = opening  # type: ignore[method-assign, assignment]
    return replace(site, submissions=Swallowed())  # type: ignore[arg-type]


def bare(answer: bytes) -> Starlette:
    """One route that answers these bytes, whatever is asked: a server's own cost."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = [line.partition(b": ") for line in head.split(b"\r\n")[1:]]
    # The server writes these itself.
    own = {b"date", b"server", b"content-length", b"connection"}
    headers = {k.decode(): v.decode() for k, _, v in lines if k.lower() not in own}

    async def answered(_request: Request) -> Response:
        return Response(body, headers=headers)

    return Starlette(routes=[Route("/{rest:path}", answered)])


def main() -> None:
    """`python -m bench.server DATABASE_URL DATA_DIR PORT real|round ID|bytes FILE`."""
    url, folder, port, mode, *given = sys.argv[1:]
    settings = load(database_url=url, data_dir=Path(folder), secret_key=SECRET)
    app: ASGIApp
    if mode == "bytes":
        app = bare(Path(given[0]).read_bytes())
    else:
        site = make_site(Runtime.start(settings))
        app = create_app(without_database(site, given[0]) if mode == "round" else site)
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_config=None, **server_options(settings))


if __name__ == "__main__":
    main()
