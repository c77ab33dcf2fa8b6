"""The service under load in a process of its own: the real one, or its form route without a database."""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import uvicorn

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


def main() -> None:
    """`python -m bench.server DATABASE_URL DATA_DIR PORT ROUND|-`."""
    url, folder, port, bare_round = sys.argv[1:]
    secret = "a-server-key-for-benchmarks-that-is-long"
    settings = load(database_url=url, data_dir=Path(folder), secret_key=secret)
    site = make_site(Runtime.start(settings))
    if bare_round != "-":
        site = without_database(site, bare_round)
    app = create_app(site)
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_config=None, **server_options(settings))


if __name__ == "__main__":
    main()
