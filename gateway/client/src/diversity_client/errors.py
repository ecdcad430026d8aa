"""What can go wrong with a call, by kind.

    ClientError
    ├── Misused              the call cannot be made as it was asked for; nothing was sent
    ├── Unreachable          no reply, or a busy gateway for longer than patience lasts
    ├── NotAGateway          a reply that no gateway gives: a proxy's, another service's
    └── Problem              the gateway says what is wrong (application/problem+json, RFC 9457)
        ├── NotAPicture      400
        ├── MalformedRequest 400
        ├── Unauthorised     401   no key, or an unknown one
        ├── Forbidden        403   a key without the scope
        ├── UnknownId        404
        ├── SlowBody         408
        ├── Conflict         409
        ├── StaleCursor      410   the catalogue or an artifact changed: start again without cursor
        ├── TooLarge         413
        ├── UnsupportedType  415
        ├── InvalidParameter 422
        ├── TooManyRequests  429
        ├── NotReady         503
        └── NoSpace          507

A kind that this client does not know yet is a plain Problem; its `type`, `title` and `status` tell.
"""

from typing import ClassVar

from diversity_client.answers import FieldProblem, ProblemDocument

PREFIX = "urn:diversity:problem:"


class ClientError(Exception):
    """Base of everything this client raises on purpose."""


class Misused(ClientError, ValueError):
    """A call that cannot be made: two kinds of query at once, say, or a file that cannot be read."""


class Unreachable(ClientError):
    """No reply came. `__cause__` is the last failure of the connection, where it was that."""


class NotAGateway(ClientError):
    """The reply is none of the gateway's."""


class Problem(ClientError):
    """The gateway refused or failed, and said why."""

    slug: ClassVar[str] = ""

    def __init__(self, document: ProblemDocument, retry_after_s: float | None = None) -> None:
        super().__init__(f"{document.title} ({document.status}): {document.detail}")
        self.document = document
        self.retry_after_s = retry_after_s

    @property
    def type(self) -> str:
        """A stable URN that names the kind."""
        return self.document.type

    @property
    def title(self) -> str:
        """The kind in words, the same each time."""
        return self.document.title

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.document.status

    @property
    def detail(self) -> str:
        """What happened this time, for a person to read."""
        return self.document.detail

    @property
    def request_id(self) -> str | None:
        """The id that the request carries in every log of the service."""
        return self.document.request_id

    @property
    def errors(self) -> list[FieldProblem]:
        """One entry per refused field."""
        return self.document.errors or []


class NotAPicture(Problem):
    slug = "not-a-picture"


class MalformedRequest(Problem):
    slug = "malformed-request"


class Unauthorised(Problem):
    slug = "unauthorised"


class Forbidden(Problem):
    slug = "forbidden"


class UnknownId(Problem):
    slug = "unknown-id"


class SlowBody(Problem):
    slug = "slow-body"


class Conflict(Problem):
    slug = "conflict"


class StaleCursor(Problem):
    slug = "stale-cursor"


class TooLarge(Problem):
    slug = "too-large"


class UnsupportedType(Problem):
    slug = "unsupported-type"


class InvalidParameter(Problem):
    slug = "invalid-parameter"


class TooManyRequests(Problem):
    slug = "too-many-requests"


class NotReady(Problem):
    slug = "not-ready"


class NoSpace(Problem):
    slug = "no-space"


def problem_of(document: ProblemDocument, retry_after_s: float | None = None) -> Problem:
    """The exception of the document's kind."""
    for kind in Problem.__subclasses__():
        if document.type == PREFIX + kind.slug:
            return kind(document, retry_after_s)
    return Problem(document, retry_after_s)
