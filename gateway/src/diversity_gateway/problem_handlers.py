"""Every failure as `application/problem+json`, the framework's own included."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diversity_contracts.problems import (
    MEDIA_TYPE,
    TYPE_PREFIX,
    FieldProblem,
    InvalidParameter,
    Problem,
    ProblemError,
)
from diversity_gateway.request_context import current_request_id

_log = logging.getLogger(__name__)
_FRAMEWORK = {
    404: ("unknown-path", "No such path", "There is nothing at this path."),
    405: ("method-not-allowed", "Method not allowed", "This path does not take this method; see `Allow`."),
}
_EXTRA = "not a parameter of this call"


def install(app: FastAPI) -> None:
    """Register the handlers on `app`."""
    app.exception_handler(ProblemError)(_on_problem)
    app.exception_handler(RequestValidationError)(_on_invalid)
    app.exception_handler(HTTPException)(_on_framework)
    app.exception_handler(ClientDisconnect)(_on_disconnect)


def field_problems(errors: Sequence[Mapping[str, Any]]) -> list[FieldProblem]:
    """pydantic's findings, without the input and without its words for an unknown name."""
    found = []
    for error in errors:
        detail = _EXTRA if error["type"] == "extra_forbidden" else str(error["msg"])
        found.append(FieldProblem(location=".".join(map(str, error["loc"])), detail=detail))
    return found


def invalid(errors: list[FieldProblem]) -> InvalidParameter:
    """One error that names every refused field."""
    detail = "; ".join(f"`{error.location}`: {error.detail}" for error in errors[:5])
    return InvalidParameter(detail, errors=errors)


def problem_reply(error: ProblemError) -> Response:
    """The reply that tells of `error`."""
    return _reply(error.document(current_request_id()), error.headers())


async def _on_problem(_: Request, error: ProblemError) -> Response:
    return problem_reply(error)


async def _on_invalid(_: Request, error: RequestValidationError) -> Response:
    refused = invalid(field_problems(error.errors()))
    return _reply(refused.document(current_request_id()), {})


async def _on_framework(_: Request, error: HTTPException) -> Response:
    slug, title, detail = _FRAMEWORK.get(
        error.status_code,
        ("malformed-request", "The request cannot be served", "The request cannot be served."),
    )
    document = Problem(
        type=TYPE_PREFIX + slug,
        title=title,
        status=error.status_code,
        detail=detail,
        request_id=current_request_id(),
    )
    return _reply(document, dict(error.headers or {}))


async def _on_disconnect(_: Request, error: ClientDisconnect) -> Response:
    return Response(status_code=499)  # nobody is there to read it; the log tells it from a failure


class Unexpected:
    """Turns what no handler knows into a 500 that tells nothing.

    A middleware, because the framework's own place for this lies outside every other one: the reply would
    miss the request id.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            _log.error("unexpected failure", extra={"path": scope["path"]}, exc_info=error)
            problem = ProblemError("Something went wrong here; the request id finds it in the log.")
            await _reply(problem.document(current_request_id()), {})(scope, receive, send)


def _reply(document: Problem, headers: dict[str, str]) -> Response:
    return Response(
        document.model_dump_json(exclude_none=True),
        status_code=document.status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )
