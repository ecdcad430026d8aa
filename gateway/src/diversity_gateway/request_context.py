"""The request id and the trace: taken or made, kept while a request lasts, logged with its outcome."""

import logging
import re
import secrets
import time
from contextvars import ContextVar

from opentelemetry.trace import format_span_id, format_trace_id, get_current_span
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diversity_contracts.trace_context import TRACEPARENT_HEADER, Trace, begin_trace, parse_traceparent

REQUEST_ID_HEADER = "X-Request-ID"
TOO_MANY = 429
# The page and everything it loads come from here; `blob:` and `data:` are previews of dropped pictures.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
_PROTECTIVE = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode("ascii")),
    (b"referrer-policy", b"no-referrer"),
)
_ID_NAME = REQUEST_ID_HEADER.lower().encode("ascii")
_ACCEPTED = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_request_id: ContextVar[str] = ContextVar("request_id", default="-")
_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)
_log = logging.getLogger("diversity_gateway.access")


def current_request_id() -> str:
    """The id of the request being served; `-` outside of one."""
    return _request_id.get()


def current_trace() -> Trace | None:
    """This process's span of the trace that the request belongs to; None outside of one."""
    return _trace.get()


def _exported_span() -> Trace | None:
    """OpenTelemetry's span of this request, where it traces requests: the views belong under that one."""
    span = get_current_span().get_span_context()
    if not span.is_valid:
        return None
    return Trace(format_trace_id(span.trace_id), format_span_id(span.span_id), span.trace_flags.sampled)


def _protect(start: Message, request_id: str) -> None:
    """Add the request id and the protective headers, but those that the reply has of its own."""
    headers = [header for header in start.get("headers", ()) if header[0] != _ID_NAME]
    there = {name for name, _ in headers}  # in lower case, as the ASGI standard asks
    missing = [header for header in _PROTECTIVE if header[0] not in there]
    start["headers"] = [*headers, (_ID_NAME, request_id.encode("ascii")), *missing]


class RequestContext:
    """Outermost middleware: request id, protective headers, one log line a request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        sent = headers.get(REQUEST_ID_HEADER, "")
        request_id = sent if _ACCEPTED.fullmatch(sent) else secrets.token_hex(12)
        _request_id.set(request_id)
        parent = parse_traceparent(headers.get(TRACEPARENT_HEADER))
        _trace.set(_exported_span() or (begin_trace() if parent is None else parent.child()))
        started = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _protect(message, request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            # Under a flood of refusals their lines would take more of the processor than the refusals;
            # `gateway_refused_total` counts them.
            _log.log(
                logging.DEBUG if status == TOO_MANY else logging.INFO,
                "request",
                extra={
                    "request_id": request_id,
                    "parent_id": parent and parent.span_id,
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "took_ms": round((time.perf_counter() - started) * 1000, 2),
                },
            )
