"""A catalogue that changes under every reply: an answer that is not exact, never a failure."""

from pathlib import Path

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.contract.gateway.conftest import gateway_over
from tests.fakes.view import FakeView

QUERIES = {"/nearest", "/farthest", "/distances"}


class Moving:
    """After each query the view stands one change further."""

    def __init__(self, app: ASGIApp, view: FakeView) -> None:
        self._app, self._view = app, view

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
        if scope["type"] == "http" and scope["path"] in QUERIES:
            self._view.applied += 1


PICTURES = 6


@pytest.mark.parametrize("path", ["/divergent?n=50", "/divergent?n=3&diversity=0.5"])
async def test_a_catalogue_in_motion_costs_exactness_alone(tmp_path: Path, path: str) -> None:
    view = FakeView()
    view.app.add_middleware(Moving, view=view)
    async with gateway_over(view, tmp_path, poll_s=600) as gateway:
        await gateway.fill(**{f"p{level}": level for level in range(10, 10 * PICTURES + 1, 10)})
        reply = await gateway.http.post(path, json={"image_id": "p10"})
        assert reply.status_code == 200, reply.text
        assert reply.json()["exact"] is False
        assert len(reply.json()["results"]) == min(PICTURES - 1, reply.json()["n"])
