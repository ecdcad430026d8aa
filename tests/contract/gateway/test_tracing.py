"""One request in every log and in every process: its id, its trace."""

import json
import logging
from pathlib import Path

import httpx
import pytest
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, use_span
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from diversity_contracts.trace_context import Trace, parse_traceparent
from diversity_gateway.logs import JsonLines
from tests.contract.gateway.conftest import Gateway, gateway_over
from tests.fakes.view import FakeView

PARENT = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", True)


class Overhear:
    """What a view was sent beside its query."""

    def __init__(self, app: ASGIApp, heard: list[Headers]) -> None:
        self._app, self._heard = app, heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/nearest":
            self._heard.append(Headers(scope=scope))
        await self._app(scope, receive, send)


class Traced:
    """Stands where OpenTelemetry's middleware does: the request has a span of its own."""

    def __init__(self, app: ASGIApp, span: SpanContext) -> None:
        self._app, self._span = app, span

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with use_span(NonRecordingSpan(self._span)):
            await self._app(scope, receive, send)


async def ask(gateway: Gateway, headers: dict[str, str]) -> None:
    reply = await gateway.http.post("/similar", json={"image_id": "a"}, headers=headers)
    assert reply.status_code == 200


async def test_a_request_keeps_its_id_and_trace_on_the_way_to_the_view(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    view, heard = FakeView(), list[Headers]()
    view.app.add_middleware(Overhear, heard=heard)
    caplog.handler.setFormatter(JsonLines())
    caplog.set_level(logging.INFO)
    async with gateway_over(view, tmp_path) as gateway:
        await gateway.fill(a=1, b=2)
        await ask(gateway, {"X-Request-ID": "mine", "traceparent": PARENT.header()})
        await ask(gateway, {"traceparent": "not one"})
    first, second = heard
    assert first["x-request-id"] == "mine"
    sent = parse_traceparent(first["traceparent"])
    assert sent is not None
    assert (sent.trace_id, sent.sampled) == (PARENT.trace_id, True)
    assert sent.span_id != PARENT.span_id
    logged = [json.loads(line) for line in caplog.text.splitlines() if '"/similar"' in line]
    assert logged[0]["request_id"] == "mine"
    assert (logged[0]["trace_id"], logged[0]["span_id"]) == (sent.trace_id, sent.span_id)
    assert logged[0]["parent_id"] == PARENT.span_id
    anew = parse_traceparent(second["traceparent"])
    assert anew is not None
    assert anew.trace_id not in {PARENT.trace_id, "0" * 32}
    assert logged[1]["trace_id"] == anew.trace_id
    assert logged[1]["parent_id"] is None


async def test_where_spans_are_exported_the_views_belong_under_them(tmp_path: Path) -> None:
    view, heard = FakeView(), list[Headers]()
    view.app.add_middleware(Overhear, heard=heard)
    span = SpanContext(0x1234, 0x56, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    async with gateway_over(view, tmp_path) as gateway:
        await gateway.fill(a=1, b=2)
        transport = httpx.ASGITransport(Traced(gateway.app, span))
        async with httpx.AsyncClient(transport=transport, base_url="http://g", timeout=60) as client:
            reply = await client.post("/similar", json={"image_id": "a"})
    assert reply.status_code == 200
    assert parse_traceparent(heard[0]["traceparent"]) == Trace(f"{0x1234:032x}", f"{0x56:016x}", True)
