"""The HTTP face of a view in memory; what is kept of a picture is for its subclasses to say.

It speaks `diversity_contracts.wire` over ASGI, so the gateway's real client talks to it. What it should get
wrong is set from outside: `fail_with`, `nonsense`, `delay_s`, `feeding`, `refuses`, `lose_index`.
"""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from diversity_contracts import problems
from diversity_contracts.bodies import FormBody, JsonBody, PictureBody
from diversity_contracts.pairs import Pairs, PairsQuery, pack_pairs
from diversity_contracts.wire import (
    ChangeBatch,
    ChangesApplied,
    RefusedChange,
    ViewModel,
    ViewName,
    ViewState,
)
from tests.fakes.map_face import Drawn, map_reply
from tests.fakes.places import Members, Place, ranked
from tests.fakes.view_exchange import Nonsense, Refused, body_of, on_problem, reply_with

Query = TypeVar("Query")  # what a view makes of a query picture
Entry = TypeVar("Entry")  # what it keeps of a catalogue picture


@dataclass
class View(ABC, Generic[Query, Entry]):
    """A view's whole state; `app` is its HTTP face."""

    artifact: str = ""
    generation: str | None = None
    """Its name, where that is not the artifact's."""
    entries: dict[str, Entry] = field(default_factory=dict)
    applied: int = 0
    catalogue_id: str | None = None
    batches: list[ChangeBatch] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    fail_with: int | None = None
    fails_at: str | None = None
    """The only path that fails, where not all do."""
    nonsense: bool = False
    delay_s: float = 0.0
    feeding: asyncio.Event = field(default_factory=asyncio.Event)
    encoded: int = 0
    """Query pictures encoded so far."""
    adjusts: Mapping[str, float] = field(default_factory=dict)
    """What it says as `adjusted`; an artifact without a reference sample says nothing."""
    state: ViewState = "ready"
    name: ViewName = "drml"
    drawn: Drawn | None = None
    """Where pictures lie on its map; None: it has no map."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """The paths of the near end, the far end and the measuring."""

    def __post_init__(self) -> None:
        self.feeding.set()
        self.app = Starlette(
            routes=[
                Route(self.paths["near"], self._near, methods=["POST"]),
                Route(self.paths["far"], self._far, methods=["POST"]),
                Route(self.paths["measure"], self._measure, methods=["POST"]),
                Route("/pairwise", self._pairwise, methods=["POST"]),
                Route("/changes", self._changes, methods=["POST"]),
                Route("/projection", self._projection, methods=["GET", "POST"]),
                Route("/model", self._model, methods=["GET"]),
            ],
            exception_handlers={problems.ProblemError: on_problem},
        )

    def lose_index(self) -> None:
        """As after the loss of the state directory."""
        self.entries, self.applied, self.catalogue_id = {}, 0, None

    @abstractmethod
    def encode(self, data: bytes) -> Query:
        """What the view makes of a query picture."""

    @abstractmethod
    def query_of(self, entry: Entry) -> Query:
        """The same for a catalogue picture."""

    @abstractmethod
    def keep(self, data: bytes, captions: list[str]) -> Entry:
        """What the view keeps of a catalogue picture."""

    @abstractmethod
    def gap(self, query: Query, entry: Entry) -> float:
        """How far the entry is from the query."""

    @abstractmethod
    def ranking(self, query: Query, places: list[Place], representation: str | None) -> BaseModel:
        """The reply of a list."""

    @abstractmethod
    def measures(self, query: Query, places: list[Place | None]) -> BaseModel:
        """The reply of a measuring."""

    def rank(self, asked: Members[Query]) -> list[Place]:
        """Every picture but the query's own, nearest first, ties by id, percentiles by definition.

        From several pictures: by the least of gap ÷ weight.
        """
        gaps = {
            key: min(self.gap(query, entry) / weight for query, weight in asked.weighed)
            for key, entry in self.entries.items()
            if key not in asked.own
        }
        return ranked(gaps)

    async def _near(self, request: Request) -> Response:
        return await self._list(request, far=False)

    async def _far(self, request: Request) -> Response:
        return await self._list(request, far=True)

    async def _list(self, request: Request, *, far: bool) -> Response:
        asked, _ = await self._query(request)
        ranked, query = self.rank(asked), asked.weighed[0][0]
        if far:
            ranked.sort(key=lambda place: (-place.gap, place.image_id))
        wants = request.query_params.get("representation") == "true"
        places = ranked[: int(request.query_params["n"])]
        return reply_with(self.ranking(query, places, json.dumps(query) if wants else None))

    async def _measure(self, request: Request) -> Response:
        asked, image_ids = await self._query(request)
        query = asked.weighed[0][0]
        known = {place.image_id: place for place in self.rank(asked)}
        for own in asked.own:
            known[own] = Place(own, self.gap(query, self.entries[own]), 0.0)
        return reply_with(self.measures(query, [known.get(key) for key in image_ids]))

    async def _changes(self, request: Request) -> Response:
        await self._misbehave(request)
        if self.state != "ready":
            raise problems.NotReady("The view is loading.")
        await self.feeding.wait()
        body = await body_of(request)
        assert isinstance(body, FormBody)
        batch = ChangeBatch.model_validate_json(body.named("changes")[0].data)
        pictures = {part.filename: part.data for part in body.named("picture")}
        if batch.reset or (self.catalogue_id != batch.catalogue_id and batch.after == 0):
            self.lose_index()
        if batch.after != self.applied:
            raise problems.Conflict(f"the index stands at {self.applied}, not at {batch.after}")
        refused = []
        for change in batch.changes:
            self.entries.pop(change.image_id, None)
            if change.image_id in self.refuses and change.content_hash is not None:
                refused.append(RefusedChange(image_id=change.image_id, detail="as the test asked"))
            elif change.content_hash is not None:
                self.entries[change.image_id] = self.keep(pictures[change.content_hash], change.captions)
        self.catalogue_id, self.applied = batch.catalogue_id, batch.upto
        self.batches.append(batch)
        return reply_with(ChangesApplied(applied=self.applied, count=len(self.entries), refused=refused))

    async def _model(self, request: Request) -> Response:
        await self._misbehave(request)
        return reply_with(
            ViewModel(
                view=self.name,
                state=self.state,
                artifact=self.artifact,
                generation=self.generation,
                count=len(self.entries),
                applied=self.applied,
                catalogue_id=self.catalogue_id,
            )
        )

    async def _pairwise(self, request: Request) -> Response:
        await self._misbehave(request)
        body = await body_of(request)
        assert isinstance(body, JsonBody)
        known = [key for key in PairsQuery.model_validate(body.value).image_ids if key in self.entries]
        gaps = [[self.gap(self.query_of(self.entries[a]), self.entries[b]) for b in known] for a in known]
        return reply_with(
            Pairs(
                image_ids=known,
                distances=pack_pairs(np.array(gaps).reshape(len(known), len(known))),
                artifact=self.artifact,
                generation=self.generation,
                count=len(self.entries),
                applied=self.applied,
            )
        )

    async def _projection(self, request: Request) -> Response:
        await self._misbehave(request)
        return map_reply(request, self.drawn, self.artifact, self.applied)

    async def _query(self, request: Request) -> tuple[Members[Query], list[str]]:
        """The query as the view understands it, and the ids to measure."""
        await self._misbehave(request)
        body = await body_of(request)
        if isinstance(body, PictureBody):
            self.encoded += 1
            return Members([(self.encode(body.data), 1.0)]), []
        if isinstance(body, FormBody):
            self.encoded += 1
            image_ids = json.loads(body.named("image_ids")[0].data)
            return Members([(self.encode(body.named("image")[0].data), 1.0)]), image_ids
        value = body.value
        image_ids = value.get("image_ids", [])
        assert isinstance(image_ids, list)
        history = value.get("history")
        if isinstance(history, list):
            there = [one for one in history if one.get("image_id", "") in {"", *self.entries}]
            if not there:
                raise problems.UnknownId("The index holds none of the history's pictures.")
            found = [(*self._one(one), one["weight"]) for one in there]
            weighed = [(query, weight) for query, _, weight in found]
            return Members(weighed, {own for _, own, _ in found if own is not None}), image_ids
        query, own = self._one(value)
        return Members([(query, 1.0)], set() if own is None else {own}), image_ids

    def _one(self, value: Mapping[str, object]) -> tuple[Query, str | None]:
        """One picture of a query in JSON, and its own id."""
        if isinstance(representation := value.get("representation"), str):
            return json.loads(representation), None
        own = value["image_id"]
        assert isinstance(own, str)
        if own not in self.entries:
            raise problems.UnknownId(f"There is no picture {own!r} in the index.")
        return self.query_of(self.entries[own]), own

    async def _misbehave(self, request: Request) -> None:
        self.calls.append(request.url.path)
        await asyncio.sleep(self.delay_s)
        if self.fail_with is not None and self.fails_at in {None, request.url.path}:
            raise Refused(self.fail_with)
        if self.nonsense:
            raise Nonsense("nonsense")
