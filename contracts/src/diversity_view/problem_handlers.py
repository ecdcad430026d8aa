"""Every failure as one kind of reply: application/problem+json."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from diversity_contracts.problems import (
    MEDIA_TYPE,
    TYPE_PREFIX,
    FieldProblem,
    InvalidParameter,
    Problem,
    ProblemError,
)
from diversity_view.metrics import Metrics

log = logging.getLogger(__name__)


def install(app: FastAPI, metrics: Metrics) -> None:
    """Handle what routes and the framework raise; `RequestLog` answers for what nobody foresaw."""

    async def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, ProblemError)  # noqa: S101  what it is registered for
        metrics.problem(error.slug)
        if error.status >= 500 and error.__cause__ is not None:  # else the reply says all there is to know
            log.warning(
                error.detail, extra={"request_id": request.state.request_id, "cause": repr(error.__cause__)}
            )
        return problem_response(error.document(request.state.request_id), error.headers())

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        fields = [
            FieldProblem(location=".".join(map(str, item["loc"])), detail=item["msg"])
            for item in error.errors()
        ]
        return await known(
            request, InvalidParameter(f"{fields[0].location}: {fields[0].detail}", errors=fields)
        )

    async def framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        title = HTTPStatus(error.status_code).phrase
        slug = title.lower().replace(" ", "-")
        metrics.problem(slug)
        document = Problem(
            type=TYPE_PREFIX + slug,
            title=title,
            status=error.status_code,
            detail=f"{request.method} {request.url.path}: {title.lower()}.",
            request_id=request.state.request_id,
        )
        return problem_response(document, dict(error.headers or {}))

    app.add_exception_handler(ProblemError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, framework)


def unforeseen(request_id: str) -> Response:
    """The reply to a failure without a known reason; the reason is in the log, never in the reply."""
    return problem_response(ProblemError("The service failed; its log says why.").document(request_id), {})


def problem_response(document: Problem, headers: dict[str, str]) -> Response:
    return Response(
        document.model_dump_json(exclude_none=True),
        status_code=document.status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )
