"""Sends what schemathesis makes of an OpenAPI document to an application in this process.

with Documented(client_of_gateway(folder), COPY) as documented:
    documented.ask(operation, examples=20)
"""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, reject, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

Result = TypeVar("Result")


def never_a_server_error(context: Any, response: Any, case: Any) -> bool | None:
    """A 503 of a query that no view can rank yet is none, a history of which nothing is indexed, if it says
    when to ask again; any other is one."""
    ranks = case.operation.path in {"/divergent", "/similar"}
    if response.status_code == 503 and "retry-after" in response.headers and ranks:
        assert "No view that ranks answers" in response.json()["detail"], response.text
        return None
    return bool(not_a_server_error(context, response, case))


CHECKS = [
    never_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
HELD_S = 120.0  # a reply that takes longer hangs


class Documented:
    """An application that runs on a loop of its own, with a client of it, and its document's operations."""

    def __init__(self, served: AbstractAsyncContextManager[httpx.AsyncClient], document: Path) -> None:
        self._served = served
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._client: httpx.AsyncClient | None = None
        self.operations = operations_of(document)
        self.sent = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._client = self._wait(self._served.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wait(self._served.__aexit__(kind, error, trace))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def ask(self, name: str, *, examples: int) -> None:
        """Send `examples` requests of one operation that the document allows, and as many that it does not.

        Fails with a request whose reply is not as documented. `name` is `METHOD path`.
        """
        operation = self.operations[name]
        self._ask(operation, GenerationMode.POSITIVE, examples)
        if operation.path_parameters or operation.query or operation.body:  # else nothing can be wrong
            self._ask(operation, GenerationMode.NEGATIVE, examples)

    def _ask(self, operation: Any, mode: GenerationMode, examples: int) -> None:

        @settings(
            max_examples=examples,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            deadline=None,
            database=None,
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def each(case: schemathesis.Case[Any]) -> None:
            case.validate_response(self._reply(case), checks=CHECKS)

        each()

    def _reply(self, case: schemathesis.Case[Any]) -> httpx.Response:
        """The reply to one request."""
        asked = requests.Request(**case.as_transport_kwargs(base_url="http://service")).prepare()
        body = asked.body or b""
        assert isinstance(body, str | bytes)
        headers = {
            name: value if isinstance(value, str) else value.decode("latin-1")
            for name, value in asked.headers.items()
        }
        try:
            url = httpx.URL(asked.url or "")
        except httpx.InvalidURL:  # longer than the client lets anyone ask, far beyond what a server reads
            reject()
        self.sent += 1
        return self._wait(self._send(asked.method or "", url, headers, body))

    async def _send(
        self, method: str, url: httpx.URL, headers: dict[str, str], body: str | bytes
    ) -> httpx.Response:
        assert self._client is not None
        return await self._client.request(method, url, headers=headers, content=body)

    def _wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        future: Future[Result] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(HELD_S)


def operations_of(document: Path) -> dict[str, Any]:
    """The operations of an OpenAPI document, by `METHOD path`; InvalidSchema for one that cannot be read."""
    schema = schemathesis.openapi.from_path(document)
    operations: dict[str, Any] = {}
    for result in schema.get_all_operations():
        if not isinstance(result, Ok):
            raise result.err()
        operation = result.ok()
        operations[f"{operation.method.upper()} {operation.path}"] = operation
    return operations
