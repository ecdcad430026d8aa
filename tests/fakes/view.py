"""A DRML view in memory: the mean colour is the embedding, ranking is brute force. For contract tests.

It speaks `diversity_contracts.wire` over ASGI, so the gateway's real client talks to it. What it should get
wrong is set from outside: `fail_with`, `nonsense`, `delay_s`, `feeding`, `lose_index`.
"""

import asyncio
import json
import math
from dataclasses import dataclass, field

from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from diversity_contracts import problems
from diversity_contracts.bodies import FormBody, JsonBody, Limits, PictureBody, read_body
from diversity_contracts.pictures import decode
from diversity_contracts.wire import ChangeBatch, ChangesApplied, Distances, Neighbor, Ranking, ViewModel

Colour = tuple[float, float, float]


def mean_colour(data: bytes) -> Colour:
    """The mean of each channel, 0..255, to two digits: equal for equal pictures, easy to work out by hand."""
    pixels = decode(data).image.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(pixels, tuple)
    return (float(pixels[0]), float(pixels[1]), float(pixels[2]))


@dataclass
class FakeView:
    """The view's whole state; `app` is its HTTP face."""

    artifact: str = "drml-fake-1"
    entries: dict[str, Colour] = field(default_factory=dict)
    applied: int = 0
    catalogue_id: str | None = None
    batches: list[ChangeBatch] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    fail_with: int | None = None
    nonsense: bool = False
    delay_s: float = 0.0
    feeding: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.feeding.set()
        self.app = Starlette(
            routes=[
                Route("/nearest", self._list, methods=["POST"]),
                Route("/farthest", self._list, methods=["POST"]),
                Route("/distances", self._distances, methods=["POST"]),
                Route("/changes", self._changes, methods=["POST"]),
                Route("/model", self._model, methods=["GET"]),
            ],
            exception_handlers={problems.ProblemError: _on_problem},
        )

    def lose_index(self) -> None:
        """As after the loss of the state directory."""
        self.entries, self.applied, self.catalogue_id = {}, 0, None

    def rank(self, query: Colour, own: str | None) -> list[Neighbor]:
        """Every picture but the query's own, nearest first, ties by id, percentiles by definition."""
        others = {key: math.dist(query, colour) for key, colour in self.entries.items() if key != own}
        distances = list(others.values())
        ranked = sorted(others, key=lambda key: (others[key], key))
        return [Neighbor(image_id=key, distance=others[key], percentile=_percentile(others[key], distances))
                for key in ranked]  # fmt: skip

    async def _list(self, request: Request) -> Response:
        query, own, _ = await self._query(request)
        ranked = self.rank(query, own)
        if request.url.path == "/farthest":
            ranked.sort(key=lambda entry: (-entry.distance, entry.image_id))
        wants = request.query_params.get("representation") == "true"
        return _reply(
            Ranking(
                results=ranked[: int(request.query_params["n"])],
                artifact=self.artifact,
                count=len(self.entries),
                applied=self.applied,
                representation=json.dumps(query) if wants else None,
            )
        )

    async def _distances(self, request: Request) -> Response:
        query, own, image_ids = await self._query(request)
        colours = list(self.entries.items())
        distances = [math.dist(query, colour) for key, colour in colours if key != own]
        results: list[Neighbor | None] = []
        for key in image_ids:
            colour = self.entries.get(key)
            if colour is None:
                results.append(None)
            else:
                distance = math.dist(query, colour)
                others = distances if key != own else [*distances, distance]
                results.append(
                    Neighbor(image_id=key, distance=distance, percentile=_percentile(distance, others))
                )
        return _reply(
            Distances(results=results, artifact=self.artifact, count=len(self.entries), applied=self.applied)
        )

    async def _changes(self, request: Request) -> Response:
        await self._misbehave(request)
        await self.feeding.wait()
        body = await _body(request)
        assert isinstance(body, FormBody)
        batch = ChangeBatch.model_validate_json(body.named("changes")[0].data)
        pictures = {part.filename: part.data for part in body.named("picture")}
        if batch.reset or (self.catalogue_id != batch.catalogue_id and batch.after == 0):
            self.lose_index()
        if batch.after != self.applied:
            raise problems.Conflict(f"the index stands at {self.applied}, not at {batch.after}")
        for change in batch.changes:
            self.entries.pop(change.image_id, None)
            if change.content_hash is not None:
                self.entries[change.image_id] = mean_colour(pictures[change.content_hash])
        self.catalogue_id, self.applied = batch.catalogue_id, batch.upto
        self.batches.append(batch)
        return _reply(ChangesApplied(applied=self.applied, count=len(self.entries)))

    async def _model(self, request: Request) -> Response:
        await self._misbehave(request)
        return _reply(
            ViewModel(
                view="drml",
                state="ready",
                artifact=self.artifact,
                count=len(self.entries),
                applied=self.applied,
                catalogue_id=self.catalogue_id,
            )
        )

    async def _query(self, request: Request) -> tuple[Colour, str | None, list[str]]:
        """The query's colour, its own id, and the ids to measure."""
        await self._misbehave(request)
        body = await _body(request)
        if isinstance(body, PictureBody):
            return mean_colour(body.data), None, []
        if isinstance(body, FormBody):
            return mean_colour(body.named("image")[0].data), None, json.loads(body.named("image_ids")[0].data)
        value = body.value
        image_ids = value.get("image_ids", [])
        assert isinstance(image_ids, list)
        if isinstance(representation := value.get("representation"), str):
            return json.loads(representation), None, image_ids
        own = value["image_id"]
        assert isinstance(own, str)
        if own not in self.entries:
            raise problems.UnknownId(f"There is no picture {own!r} in the index.")
        return self.entries[own], own, image_ids

    async def _misbehave(self, request: Request) -> None:
        self.calls.append(request.url.path)
        await asyncio.sleep(self.delay_s)
        if self.fail_with is not None:
            raise Refused(self.fail_with)
        if self.nonsense:
            raise Nonsense("nonsense")


class Refused(problems.ProblemError):
    """Whatever status the test asked for."""

    def __init__(self, status: int) -> None:
        super().__init__("as the test asked")
        self.status = status  # type: ignore[misc]


class Nonsense(problems.ProblemError):
    """A reply of status 200 that is not the contract."""


async def _body(request: Request) -> PictureBody | FormBody | JsonBody:
    headers = request.headers
    return await read_body(headers.get("content-type"), None, request.stream(), Limits())


def _percentile(distance: float, others: list[float]) -> float:
    """`others` includes the picture itself."""
    closer = sum(other < distance for other in others)
    ties = sum(other == distance for other in others) - 1
    return (closer + ties / 2) / (len(others) - 1) if len(others) > 1 else 0.0


def _reply(model: Ranking | Distances | ChangesApplied | ViewModel) -> Response:
    return Response(model.model_dump_json(), media_type="application/json")


async def _on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, problems.ProblemError)
    if isinstance(error, Nonsense):
        return JSONResponse({"results": "?"})
    return Response(
        error.document("fake").model_dump_json(),
        status_code=error.status,
        media_type=problems.MEDIA_TYPE,
    )
