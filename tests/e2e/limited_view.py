"""A DRML view of known capacity as a process of its own: `python -m tests.e2e.limited_view`, PORT.

It works on AT_ONCE queries for WORK_S each and lets the others wait, so what it can carry does not depend on
the machine: AT_ONCE ÷ WORK_S queries a second.
"""

import asyncio
import os

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.fakes.view import FakeView

AT_ONCE = 2
WORK_S = 0.1
CAPACITY = AT_ONCE / WORK_S
QUERIES = {"/nearest", "/farthest", "/distances"}


class Limited:
    """So many at once, each so long."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in QUERIES:
            await self._app(scope, receive, send)
            return
        async with self._turns:
            await asyncio.sleep(WORK_S)
            await self._app(scope, receive, send)


def main() -> None:
    """Serve until killed."""
    view = FakeView()
    view.app.add_middleware(Limited)
    uvicorn.run(view.app, port=int(os.environ["PORT"]), log_config=None, access_log=False)


if __name__ == "__main__":
    main()
