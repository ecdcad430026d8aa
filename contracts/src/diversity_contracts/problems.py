"""Error codes every process answers with, as `application/problem+json` (RFC 9457).

    ProblemError
    ├── NotAPicture       400   the bytes are no picture this service decodes
    ├── MalformedRequest  400   the body or its framing cannot be read
    ├── Unauthorised      401
    ├── Forbidden         403
    ├── UnknownId         404
    ├── SlowBody          408   the body does not arrive in time; the connection is closed
    ├── Conflict          409
    ├── StaleCursor       410
    ├── TooLarge          413   bytes, pixels or parts over a limit
    ├── UnsupportedType   415   the body's media type is none of the accepted ones
    ├── InvalidParameter  422
    ├── TooManyRequests   429
    ├── NotSupported      501   not with this choice of settings
    ├── NotReady          503   with Retry-After
    └── NoSpace           507   the disk is full

Code raises one of these where the reason is known; one handler per process turns it into a reply.
"""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:diversity:problem:"


class FieldProblem(BaseModel):
    """One parameter or field that was refused."""

    location: str = Field(description="Where it stands, say `query.n` or `body.history.0.weight`.")
    detail: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="A stable URN that names the kind of problem.")
    title: str = Field(description="The kind of problem, the same words each time.")
    status: int = Field(ge=400, le=599, description="The HTTP status, repeated.")
    detail: str = Field(description="What happened this time, for a person to read.")
    request_id: str = Field(description="The id this request carries in every log.")
    errors: list[FieldProblem] | None = Field(default=None, description="One entry per refused field.")


class ProblemError(Exception):
    """A failure with a known reason. Subclasses fix its kind; `detail` says what happened."""

    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "The service failed"
    status: ClassVar[int] = 500

    def __init__(
        self,
        detail: str,
        *,
        errors: list[FieldProblem] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.retry_after_s = retry_after_s

    def document(self, request_id: str) -> Problem:
        """The document a caller receives."""
        return Problem(
            type=TYPE_PREFIX + self.slug,
            title=self.title,
            status=self.status,
            detail=self.detail,
            request_id=request_id,
            errors=self.errors,
        )

    def headers(self) -> dict[str, str]:
        """The reply's extra headers."""
        return {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}


class NotAPicture(ProblemError):
    slug, title, status = "not-a-picture", "Not a decodable picture", 400


class MalformedRequest(ProblemError):
    slug, title, status = "malformed-request", "The request cannot be read", 400


class Unauthorised(ProblemError):
    slug, title, status = "unauthorised", "A valid API key is needed", 401

    def headers(self) -> dict[str, str]:
        """Where a key goes (RFC 6750)."""
        return {**super().headers(), "WWW-Authenticate": 'Bearer realm="image-diversity"'}


class Forbidden(ProblemError):
    slug, title, status = "forbidden", "The API key does not allow this", 403


class UnknownId(ProblemError):
    slug, title, status = "unknown-id", "No such entry", 404


class SlowBody(ProblemError):
    slug, title, status = "slow-body", "The request took too long to arrive", 408

    def headers(self) -> dict[str, str]:
        """What is still to come is not read, so the connection cannot go on."""
        return {**super().headers(), "Connection": "close"}


class Conflict(ProblemError):
    slug, title, status = "conflict", "The request contradicts the present state", 409


class StaleCursor(ProblemError):
    slug, title, status = "stale-cursor", "The cursor is no longer valid", 410


class TooLarge(ProblemError):
    slug, title, status = "too-large", "The request is too large", 413


class UnsupportedType(ProblemError):
    slug, title, status = "unsupported-type", "Not an accepted media type", 415


class InvalidParameter(ProblemError):
    slug, title, status = "invalid-parameter", "A parameter is invalid", 422


class TooManyRequests(ProblemError):
    slug, title, status = "too-many-requests", "Too many requests at once", 429


class NotSupported(ProblemError):
    slug, title, status = "not-supported", "Not supported with these settings", 501


class NotReady(ProblemError):
    slug, title, status = "not-ready", "Not ready to serve this", 503


class NoSpace(ProblemError):
    slug, title, status = "no-space", "No space left to store this", 507
