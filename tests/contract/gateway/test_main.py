"""The server of the gateway: what it does beside uvicorn's."""

import gc
import socket
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from diversity_gateway.connections import HEAD_S, KEEP_ALIVE_S
from diversity_gateway.main import Server


@pytest.fixture
def nothing_frozen() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("nothing_frozen")
async def test_what_the_start_made_is_not_collected_again() -> None:
    app = FastAPI()
    config = uvicorn.Config(app, log_config=None, lifespan="off")
    config.load()
    server = Server(config, app, drain_s=0)
    server.lifespan = config.lifespan_class(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        await server.startup([listener])
        frozen = gc.get_freeze_count()
        await server.shutdown([listener])
    assert frozen > 10_000  # the modules of the framework alone hold more


def test_an_idle_connection_is_the_clients_to_close() -> None:
    kept_by_a_client = httpx.Limits().keepalive_expiry
    assert kept_by_a_client is not None
    assert kept_by_a_client < KEEP_ALIVE_S < HEAD_S
