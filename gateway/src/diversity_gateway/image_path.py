"""Which id a path under /images/ or /users/ means, decided on the bytes sent, before percent-decoding. Pure.

An id may hold any text, slashes and the word `content` too. A server hands on the decoded path, in which
`/images/a%2Fcontent` (the picture `a/content`) equals `/images/a/content` (the content of `a`). So the path
is rewritten first: the id becomes one segment, still encoded, with its literal slashes encoded as well.
"""

from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from diversity_contracts.image_ids import check_image_id
from diversity_contracts.problems import InvalidParameter

# What comes before an id, and what may come after it.
PLACES = ((b"/images/", b"/content"), (b"/users/", b"/history"))


def single_segment(raw_path: bytes) -> str | None:
    """The path to route by for `raw_path`; None where it does not name a picture.

    >>> single_segment(b"/images/fish/trout/content")
    '/images/fish%2Ftrout/content'
    """
    for prefix, ending in PLACES:
        if raw_path.startswith(prefix) and raw_path.isascii():
            rest, tail = raw_path[len(prefix) :], b""
            if rest.endswith(ending) and rest != ending:
                rest, tail = rest[: -len(ending)], ending
            return (prefix + rest.replace(b"/", b"%2F") + tail).decode("ascii") if rest else None
    return None


def decode_segment(segment: str, *, what: str = "image id") -> str:
    """The id in an encoded path segment; raises InvalidParameter unless it is one."""
    try:
        return check_image_id(unquote(segment, errors="strict"))
    except UnicodeDecodeError as error:
        raise InvalidParameter(f"The {what} in the path is not percent-encoded UTF-8.") from error


class SingleSegmentIds:
    """Rewrites paths under /images/ and /users/ so that routes see one encoded segment per id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = single_segment(scope.get("raw_path") or b"")
            if path is not None:
                scope = {**scope, "path": path}
        await self._app(scope, receive, send)
