"""The door: refuses what no lane has a place for, before the body is read or a route is looked up.

Under ten times the load nine of ten requests end here, so this is what a refusal costs.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
            if parts.draining:
                send = _last_on_its_connection(send)
        await self._app(scope, receive, send)


def _last_on_its_connection(send: Send) -> Send:
    """The client is told to connect anew: a request sent while the process ends would be lost on the way."""

    async def closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Connection"] = "close"
        await send(message)

    return closing
