"""The three OpenAPI documents against their services over fakes: no 5xx, no undocumented status or body.

SCHEMATHESIS_EXAMPLES is how many requests the heavy test makes of each operation, as many of them allowed as
not.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from caption_service.app import create_app as create_caption
from diversity_view.generation import Generation
from drml_service.app import create_app as create_drml
from tests.contract.caption_service.conftest import engine_in
from tests.contract.documented_calls import Documented, operations_of
from tests.contract.drml_service.conftest import generation_in
from tests.contract.gateway.conftest import gateway_over
from tests.fakes.drawn import drawn
from tests.fakes.running_view import running
from tests.fakes.view import FakeCaptionView, FakeView

HERE = Path(__file__).parent
FEW = 4
MANY = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "300"))
PICTURES = {name: drawn(number, size=(20, 15)) for number, name in enumerate("abc")}


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """One that is told of an unforeseen error as any caller is."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://view", timeout=60)


@asynccontextmanager
async def gateway(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway_over(FakeView(), folder, FakeCaptionView(), wait_s=2.0) as built:
        for image_id, data in PICTURES.items():
            assert (await built.put(image_id, data)).status_code == 201
        yield built.http


@asynccontextmanager
async def drml(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with running("drml", create_drml, lambda metrics: generation_in(folder, metrics)) as view:
        assert (await view.apply(0, PICTURES)).status_code == 200
        async with client_of(view.app) as client:
            yield client


@asynccontextmanager
async def caption(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    def generation(_: object) -> Generation[object]:
        return Generation(engine_in(folder), {}, created="2026-01-01")

    async with running("caption", create_caption, generation) as view:
        assert (await view.apply(0, PICTURES)).status_code == 200
        async with client_of(view.app) as client:
            yield client


SERVED: dict[str, Callable[[Path], AbstractAsyncContextManager[httpx.AsyncClient]]] = {
    "gateway": gateway,
    "drml_service": drml,
    "caption_service": caption,
}
OPERATIONS = [
    (service, operation)
    for service in SERVED
    for operation in sorted(operations_of(HERE / service / "openapi.json"))
]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Documented]]:
    """Each service runs from the first test of it to the last test here."""
    running_ones: dict[str, Documented] = {}

    def service(name: str) -> Documented:
        if name not in running_ones:
            folder = tmp_path_factory.mktemp(name)
            built = Documented(SERVED[name](folder), HERE / name / "openapi.json")
            running_ones[name] = built.__enter__()
        return running_ones[name]

    yield service
    for built in running_ones.values():
        built.__exit__(None, None, None)


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_a_few_of_each_call(services: Callable[[str], Documented], service: str, operation: str) -> None:
    services(service).ask(operation, examples=FEW)


@pytest.mark.heavy
@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_many_of_each_call(
    services: Callable[[str], Documented],
    service: str,
    operation: str,
    record_property: Callable[[str, object], None],
) -> None:
    documented = services(service)
    before = documented.sent
    documented.ask(operation, examples=MANY)
    record_property("tried requests", documented.sent - before)
