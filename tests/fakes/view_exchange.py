"""How a view in memory reads a request and words its reply."""

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from diversity_contracts import problems
from diversity_contracts.bodies import FormBody, JsonBody, Limits, PictureBody, read_body


class Refused(problems.ProblemError):
    """Whatever status the test asked for."""

    def __init__(self, status: int) -> None:
        super().__init__("as the test asked")
        self.status = status  # type: ignore[misc]


class Nonsense(problems.ProblemError):
    """A reply of status 200 that is not the contract."""


async def body_of(request: Request) -> PictureBody | FormBody | JsonBody:
    """The body in whichever of the three forms it came."""
    headers = request.headers
    return await read_body(headers.get("content-type"), None, request.stream(), Limits())


def reply_with(model: BaseModel) -> Response:
    """A reply of the contract."""
    return Response(model.model_dump_json(), media_type="application/json")


async def on_problem(_: Request, error: Exception) -> Response:
    """What the test asked for: a status, or status 200 over nonsense."""
    assert isinstance(error, problems.ProblemError)
    if isinstance(error, Nonsense):
        return JSONResponse({"results": "?"})
    return Response(
        error.document("fake").model_dump_json(),
        status_code=error.status,
        media_type=problems.MEDIA_TYPE,
    )
