"""The outermost layer of a request: its id, one log line, one measurement."""

import logging
import re
import secrets
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diversity_contracts.trace_context import TRACEPARENT_HEADER, Trace, begin_trace, parse_traceparent
from diversity_view.metrics import Metrics
from diversity_view.problem_handlers import unforeseen

log = logging.getLogger(__name__)
HEADER = "X-Request-ID"
# What a caller may choose as id: nothing that could break a log line or a header.
_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


class RequestLog:
    """ASGI middleware: takes or makes the request id, logs, measures, answers for what escaped."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers.get(HEADER))
        parent = parse_traceparent(headers.get(TRACEPARENT_HEADER))
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            log.exception("unforeseen failure", extra={"request_id": request_id})
            if status:
                raise  # the reply is under way; the server breaks the connection
            await unforeseen(request_id)(scope, receive, send_with_id)
        finally:
            self._record(scope, request_id, parent, status, time.perf_counter() - started)

    def _record(
        self, scope: Scope, request_id: str, parent: Trace | None, status: int, seconds: float
    ) -> None:
        trace = begin_trace() if parent is None else parent.child()
        # The route's template, not the path sent: a scanner must not grow the metrics.
        route = getattr(scope.get("route"), "path", "unmatched")
        self._metrics.request(route, status, seconds)
        log.log(
            logging.DEBUG if route in _QUIET else logging.INFO,
            "request",
            extra={
                "request_id": request_id,
                "trace_id": trace.trace_id,
                "span_id": trace.span_id,
                "parent_id": parent and parent.span_id,
                "method": scope["method"],
                "route": route,
                "status": status,
                "took_ms": round(seconds * 1e3, 2),
            },
        )


def _request_id(given: str | None) -> str:
    return given if given and _ID.fullmatch(given) else secrets.token_hex(8)
