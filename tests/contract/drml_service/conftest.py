"""The application over fakes: mean colour as network, brute force as index, a real store."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from diversity_contracts.pictures import Decode, decode
from diversity_view.generation import Generation
from diversity_view.metrics import Metrics
from diversity_view.store import Store
from drml_service.app import create_app
from drml_service.encoding import PictureEncoding
from drml_service.engine import Engine
from drml_service.vector_codec import VectorCodec
from tests.fakes.drawn import encoded, plain
from tests.fakes.encoder import MeanColour
from tests.fakes.running_view import RunningView, running
from tests.fakes.searcher import BruteForce

RED, GREEN, BLUE, DARK = (
    encoded(plain(colour)) for colour in [(255, 0, 0), (0, 255, 0), (0, 0, 255), (90, 0, 0)]
)

View = RunningView[Engine]
Load = Callable[[Metrics], Generation[Engine]]
Start = Callable[..., Awaitable[View]]


def generation_in(
    folder: Path, metrics: Metrics, encoder: MeanColour | None = None, decode: Decode = decode
) -> Generation[Engine]:
    """An engine over an empty store in `folder`."""
    engine = Engine(
        artifact="drml-test",
        encoding=PictureEncoding(
            encoder or MeanColour(), observe=metrics.stage, max_pixels=1_000, decode=decode
        ),
        store=Store.open(folder, artifact="drml-test", digest="d", codec=VectorCodec(3)),
        searcher=BruteForce(),
        observe=metrics.stage,
    )
    return Generation(
        engine, {"triplet_accuracy": 0.5}, created="2026-01-01", refusal="drml-9: its hash differs"
    )


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts an application; everything it opened is closed afterwards."""
    async with AsyncExitStack() as stack:

        async def make(load: Load | None = None, *, max_queue: int = 8, wait: bool = True) -> View:
            return await stack.enter_async_context(
                running(
                    "drml",
                    create_app,
                    load or (lambda metrics: generation_in(tmp_path, metrics)),
                    max_queue=max_queue,
                    wait=wait,
                )
            )

        yield make


@pytest.fixture
async def view(start: Start) -> View:
    """An application with four pictures: red, green, blue and a dark red."""
    view = await start()
    reply = await view.apply(0, {"red": RED, "green": GREEN, "blue": BLUE, "dark": DARK})
    assert reply.status_code == 200
    return view
