"""A view's application in this process, over whatever parts it is given, with a client to it."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx
import orjson
from fastapi import FastAPI

from diversity_contracts.bodies import Limits
from diversity_contracts.pictures import content_hash
from diversity_contracts.wire import ViewName
from diversity_view.generation import Engine, Generation
from diversity_view.lanes import Lane
from diversity_view.metrics import Metrics
from diversity_view.parts import Parts
from diversity_view.serving import Serving

EngineT = TypeVar("EngineT", bound=Engine)
PNG = {"content-type": "image/png"}
LIMITS = Limits(body_bytes=20_000, part_bytes=20_000, parts=40, json_bytes=20_000)


@dataclass
class RunningView(Generic[EngineT]):
    """A running application and a client to it."""

    app: FastAPI
    parts: Parts[EngineT]
    client: httpx.AsyncClient

    async def apply(
        self,
        after: int,
        puts: Mapping[str, bytes],
        captions: Mapping[str, Sequence[str]] | None = None,
        *,
        artifact: str | None = None,
        **over: object,
    ) -> httpx.Response:
        """Send one batch, to the generation of `artifact`."""
        changes = [
            {
                "seq": after + place + 1,
                "image_id": image_id,
                "content_hash": content_hash(data),
                "captions": list((captions or {}).get(image_id, ())),
            }
            for place, (image_id, data) in enumerate(puts.items())
        ]
        batch = {"catalogue_id": "c", "after": after, "upto": after + len(puts), "changes": changes, **over}
        files: list[tuple[str, tuple[str | None, bytes]]] = [("changes", (None, orjson.dumps(batch)))]
        contents = {content_hash(data): data for data in puts.values()}
        files += [("picture", content) for content in contents.items()]
        meant = {} if artifact is None else {"artifact": artifact}
        return await self.client.post("/changes", files=files, params=meant)

    async def asked_at_once(
        self, asking: Sequence[Coroutine[Any, Any, httpx.Response]]
    ) -> list[httpx.Response]:
        """The replies to requests that all waited for a turn at the same moment."""
        begun, go = threading.Event(), threading.Event()

        def work() -> None:
            begun.set()
            assert go.wait(60)

        async with asyncio.TaskGroup() as group:
            group.create_task(self.parts.queries.run(work))  # the one thread is taken
            await asyncio.to_thread(begun.wait, 60)
            tasks = [group.create_task(one) for one in asking]
            for _ in range(1_000):  # more turns of the loop than a request in this process takes to get there
                await asyncio.sleep(0)
            go.set()
        return [task.result() for task in tasks]

    async def groups(self) -> dict[float, float]:
        """How often how many queries were worked on in one go: by the buckets of the metric, as counts up to
        each."""
        found = dict[float, float]()
        for line in (await self.client.get("/metrics")).text.splitlines():
            if matched := re.match(r'\w+_together_bucket\{le="(.+)"\} (.+)', line):
                found[float(matched[1])] = float(matched[2])
        return found


@asynccontextmanager
async def running(
    name: ViewName,
    create_app: Callable[[Parts[Any]], FastAPI],
    load: Callable[[Metrics], Generation[EngineT]],
    *,
    max_queue: int = 8,
    wait: bool = True,
) -> AsyncIterator[RunningView[EngineT]]:
    """Start an application; everything it opened is closed afterwards.

    Args:
        load: builds its generation.
        wait: until the generation is loaded.
    """
    metrics = Metrics(name)
    parts = Parts(
        serving=Serving(name, lambda: load(metrics), changed=metrics.standing),
        metrics=metrics,
        queries=Lane(
            "queries",
            concurrency=1,
            max_queue=max_queue,
            waited=metrics.waited,
            together=16,
            within_s=60,  # of these tests' clock: how fast the machine is decides nothing
            grouped=metrics.grouped,
        ),
        changes=Lane("changes", concurrency=1, max_queue=1, waited=metrics.waited),
        preparing=Lane("preparing", concurrency=1, max_queue=1, waited=metrics.waited),
        query_limits=LIMITS,
        batch_limits=LIMITS,
        body_seconds=0.3,
    )
    app = create_app(parts)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://view") as client:
        if wait:
            await parts.serving.start()
        yield RunningView(app, parts, client)
    parts.queries.close()
    parts.changes.close()
    parts.preparing.close()
    parts.serving.stop()
