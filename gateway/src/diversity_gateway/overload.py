"""Refuses what no lane has a place for, before the body is read and before any route is looked up.

Under ten times the load nine of ten requests end here, so this is what a refusal costs.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from diversity_gateway.calls import kind_of
from diversity_gateway.parts import Parts
from diversity_gateway.problem_handlers import problem_reply


class Overload:
    """Inside the request context, outside everything else. A lane is asked again once the body is there."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            parts: Parts = scope["app"].state.parts
            lane = parts.lanes.get(kind_of(scope["method"], scope["path"]))
            if lane is not None and lane.is_full:
                await problem_reply(lane.refusal())(scope, receive, send)
                return
        await self._app(scope, receive, send)
