"""What a program is told where its request cannot be done: problem+json with a sentence of ours."""

from collections import Counter
from collections.abc import Mapping, Sequence

from fastapi import FastAPI, Request
from fastapi.responses import Response

from app.kit.language import Refusal
from app.web.errors import OUR_NAME, Errors, Problem


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


def told(request: Request, errors: Errors, refusal: Refusal) -> Response:
    """Say why the product does not do it; a field that is the matter can be mended, all else not."""
    field = str(refusal.values.get("field", ""))
    pointed = [{"pointer": f"/{field}", "code": "refused"}] if field else []
    problem = Problem("", str(refusal))
    return errors.response(request.scope, 422 if field else 409, problem=problem, errors=pointed)


def one_of_each(request: Request) -> None:
    """Refuse a parameter that comes twice: two programs on the way would read two things."""
    names = Counter(name for name, _ in request.query_params.multi_items())
    if twice := [name for name, times in names.items() if times > 1]:
        errors = [
            {"pointer": f"/{one}", "code": "twice"} for one in twice if OUR_NAME.fullmatch(one)
        ]
        raise Refused(400, "A parameter came twice: send each once.", errors=errors)


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
