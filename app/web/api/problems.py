"""What a program is told where its request cannot be done: problem+json with a sentence of ours."""

from collections.abc import Mapping, Sequence

from fastapi import FastAPI, Request
from fastapi.responses import Response

from app.web.errors import Errors, Problem


class Refused(Exception):
    """A request that is not done: the status, why, and which fields are the matter."""

    def __init__(
        self,
        status: int,
        text: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.errors = errors
        self.headers = headers


def install(app: FastAPI, errors: Errors) -> None:
    """Answer every refusal of the API."""

    async def handler(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return errors.response(
            request.scope,
            error.status,
            problem=Problem("", error.text),
            headers=error.headers,
            errors=error.errors,
        )

    app.add_exception_handler(Refused, handler)
