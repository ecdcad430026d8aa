"""The application over fakes: a colour's name as sentence, a space of seven words, a real store."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from caption_service.app import create_app
from caption_service.engine import Engine
from caption_service.written import WrittenCodec
from diversity_contracts.pictures import Decode, decode
from diversity_view.generation import Generation
from diversity_view.metrics import Metrics
from diversity_view.store import Store
from tests.fakes.captioner import MeanColour, WordSpace, captioning
from tests.fakes.drawn import encoded, plain
from tests.fakes.running_view import RunningView, running

RED, GREEN, BLUE, DARK = (
    encoded(plain(colour)) for colour in [(255, 0, 0), (0, 255, 0), (0, 0, 255), (90, 30, 0)]
)
CAPTIONS = {"bus": ("A red bus!", "the street"), "dog": ("the dog",)}

View = RunningView[Engine]
Load = Callable[[Metrics], Generation[Engine]]
Start = Callable[..., Awaitable[View]]


def engine_in(folder: Path, encoder: MeanColour | None = None, decode: Decode = decode) -> Engine:
    """An engine over the store in `folder`."""
    return Engine(
        artifact="caption-test",
        captioning=captioning(encoder, max_pixels=1_000, decode=decode),
        space=WordSpace(),
        store=Store.open(folder, artifact="caption-test", digest="d", codec=WrittenCodec()),
        observe=lambda *_: None,
    )


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts an application; everything it opened is closed afterwards."""
    async with AsyncExitStack() as stack:

        async def make(load: Load | None = None, *, max_queue: int = 8, wait: bool = True) -> View:
            def generation(_: Metrics) -> Generation[Engine]:
                return Generation(engine_in(tmp_path), {"bleu_4": 0.18}, created="2026-01-01")

            return await stack.enter_async_context(
                running("caption", create_app, load or generation, max_queue=max_queue, wait=wait)
            )

        yield make


@pytest.fixture
async def view(start: Start) -> View:
    """Five pictures: green and blue without captions, a bus and a dog with human ones, a dark red."""
    view = await start()
    pictures = {"green": GREEN, "blue": BLUE, "bus": RED, "dog": GREEN, "dark": DARK}
    reply = await view.apply(0, pictures, CAPTIONS)
    assert reply.status_code == 200, reply.text
    return view
