"""A view in a process of its own that behaves as a file says: `python -m tests.e2e.faults.rude_view`.

PORT, NAME (drml, caption) and BEHAVIOUR, a file of one word that is read at each request; none: it is polite.
"""

import asyncio
import os
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.fakes.view import FakeCaptionView, FakeView

BEYOND = (
    b'{"results": [{"image_id": "p0", "distance": NaN, "similarity": NaN, "percentile": 7}], "count": -1}'
)
REPLIES: dict[str, tuple[int, bytes, bytes]] = {
    "500": (500, b"text/plain", b"Traceback (most recent call last)"),
    "html": (200, b"text/html", b"<html>It works!</html>"),
    "other": (200, b"application/json", b'{"weather": "fine"}'),
    "numbers": (200, b"application/json", BEYOND),
    "half": (200, b"application/json", b'{"results": [{"image_id": "p'),
    "bytes": (200, b"application/json", bytes(range(256)) * 40),
}
ENDLESS, CUT = "endless", "cut"
BEHAVIOURS = (*REPLIES, ENDLESS, CUT)


class Rude:
    """Answers every request as the file says, instead of the application."""

    def __init__(self, app: ASGIApp, behaviour: Path) -> None:
        self._app, self._behaviour = app, behaviour

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        word = self._behaviour.read_text() if scope["type"] == "http" else ""
        if word not in BEHAVIOURS:
            await self._app(scope, receive, send)
            return
        status, kind, body = REPLIES.get(word, (200, b"application/json", b" " * 100))
        headers = [(b"content-type", kind)]
        if word == CUT:
            headers.append((b"content-length", b"100000"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        while word == ENDLESS:
            await send({"type": "http.response.body", "body": body, "more_body": True})
            await asyncio.sleep(0.05)
        await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve until killed."""
    view = FakeView() if os.environ["NAME"] == "drml" else FakeCaptionView()
    app = Rude(view.app, Path(os.environ["BEHAVIOUR"]))
    uvicorn.run(app, port=int(os.environ["PORT"]), log_config=None, access_log=False)


if __name__ == "__main__":
    main()
