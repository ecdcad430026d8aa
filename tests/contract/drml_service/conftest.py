"""The application over fakes: mean colour as network, brute force as index, a real store."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson
import pytest
from fastapi import FastAPI

from diversity_contracts.bodies import Limits
from diversity_contracts.pictures import content_hash
from diversity_view.lanes import Lane
from diversity_view.metrics import Metrics
from diversity_view.parts import Parts
from diversity_view.serving import Generation, Serving
from diversity_view.store import Store
from drml_service.app import create_app
from drml_service.encoding import PictureEncoding
from drml_service.engine import Engine
from drml_service.vector_codec import VectorCodec
from tests.fakes.drawn import encoded, plain
from tests.fakes.encoder import MeanColour
from tests.fakes.searcher import BruteForce

RED, GREEN, BLUE, DARK = (
    encoded(plain(colour)) for colour in [(255, 0, 0), (0, 255, 0), (0, 0, 255), (90, 0, 0)]
)
PNG = {"content-type": "image/png"}
LIMITS = Limits(body_bytes=20_000, part_bytes=20_000, parts=40, json_bytes=20_000)


@dataclass
class View:
    """A running application and a client to it."""

    app: FastAPI
    parts: Parts[Engine]
    client: httpx.AsyncClient

    async def apply(self, after: int, puts: dict[str, bytes], **over: object) -> httpx.Response:
        """Send one batch."""
        changes = [
            {"seq": after + place + 1, "image_id": image_id, "content_hash": content_hash(data)}
            for place, (image_id, data) in enumerate(puts.items())
        ]
        batch = {"catalogue_id": "c", "after": after, "upto": after + len(puts), "changes": changes, **over}
        files: list[tuple[str, tuple[str | None, bytes]]] = [("changes", (None, orjson.dumps(batch)))]
        files += [("picture", (content_hash(data), data)) for data in puts.values()]
        return await self.client.post("/changes", files=files)


Start = Callable[..., Awaitable[View]]
Load = Callable[[], Generation[Engine]]


def generation_in(folder: Path, metrics: Metrics) -> Generation[Engine]:
    """An engine over an empty store in `folder`."""
    engine = Engine(
        artifact="drml-test",
        encoding=PictureEncoding(MeanColour(), observe=metrics.stage, max_pixels=1_000),
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
    started: list[View] = []

    async def make(load: Load | None = None, *, max_queue: int = 8, wait: bool = True) -> View:
        metrics = Metrics("drml")
        parts = Parts(
            serving=Serving("drml", load or (lambda: generation_in(tmp_path, metrics))),
            metrics=metrics,
            queries=Lane("queries", concurrency=1, max_queue=max_queue, waited=metrics.waited),
            changes=Lane("changes", concurrency=1, max_queue=1, waited=metrics.waited),
            query_limits=LIMITS,
            batch_limits=LIMITS,
            body_seconds=0.3,
        )
        app = create_app(parts)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://view")
        view = View(app, parts, client)
        started.append(view)
        if wait:
            await parts.serving.start()
        return view

    yield make
    for view in started:
        await view.client.aclose()
        view.parts.queries.close()
        view.parts.changes.close()
        view.parts.serving.stop()


@pytest.fixture
async def view(start: Start) -> View:
    """An application with four pictures: red, green, blue and a dark red."""
    view = await start()
    reply = await view.apply(0, {"red": RED, "green": GREEN, "blue": BLUE, "dark": DARK})
    assert reply.status_code == 200
    return view
