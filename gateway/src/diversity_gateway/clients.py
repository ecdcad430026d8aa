"""A view over HTTP: kept-alive connections, deadlines, a circuit, foreign errors translated."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar
from urllib.parse import quote

import orjson
from pydantic import ValidationError

from diversity_contracts import problems
from diversity_contracts.columns import COLUMNS_TYPE
from diversity_contracts.places import Place
from diversity_contracts.trace_context import TRACEPARENT_HEADER
from diversity_contracts.wire import ChangeBatch, ChangesApplied, ViewModel
from diversity_gateway.atlas import checked
from diversity_gateway.circuit import Circuit
from diversity_gateway.dialects import PAIRWISE, PROJECTION, Dialect, read_pairs
from diversity_gateway.exchange import Exchange, Part, Reply, Request, form
from diversity_gateway.kept_connections import KeptConnections
from diversity_gateway.ranking import Mode
from diversity_gateway.request_context import REQUEST_ID_HEADER, current_request_id, current_trace
from diversity_gateway.views import (
    Asked,
    ChangesRefused,
    GenerationChanged,
    Listing,
    Measures,
    Member,
    PairDistances,
    ViewQuery,
    ViewUnavailable,
)
from diversity_gateway.wording import known, next_form, picture_of

Value = TypeVar("Value")
JSON, PICTURE = "application/json", "application/octet-stream"
# A batch is 32 pictures to encode on a processor that may be shared: seconds, not milliseconds.
PUSH_TIMEOUT_S = 120.0
# A history is measured member by member: a thousand over 100,000 pictures take a view about 10 s on one core.
MEMBER_S = 0.02
SHOWN_S = 0.1  # more for each picture that is sent with others: a view encodes it before it measures
SHOWN_AT_ONCE = 16  # what a view encodes in one go
PLACES_S = 5.0  # 100,000 pictures are drawn in about a second, once for a state of the index
PAIRS_S = 2.0  # a thousand pictures of five captions each
# What a view says of the caller's picture or id is the caller's to read; anything else is the view's failure.
_CALLERS = {
    error.status: error
    for error in (problems.NotAPicture, problems.UnknownId, problems.TooLarge, problems.UnsupportedType)
}


class ViewClient:
    """Implements `views.View` for the service at `url` that speaks `dialect`.

    Args:
        exchange: the seam for tests; None speaks real HTTP.
        deadline_s: the longest a query waits for one reply.
    """

    def __init__(
        self, url: str, dialect: Dialect, *, deadline_s: float = 2.0, exchange: Exchange | None = None
    ) -> None:
        self._dialect = dialect
        self._deadline_s = deadline_s
        self._neighbor = KeptConnections(url) if exchange is None else exchange
        self._circuit = Circuit(url, self._probe)

    @property
    def is_suspect(self) -> bool:
        """Whether the last exchange failed and no probe has succeeded since."""
        return self._circuit.is_open

    async def aclose(self) -> None:
        """Stop probing and close the connections."""
        await self._circuit.aclose()
        await self._neighbor.aclose()

    async def ends(self, query: ViewQuery | Asked, mode: Mode, depth: int) -> Listing:
        """The `depth` first pictures from the end that `mode` asks for."""
        query = await self._introduced(query)
        target = f"{self._dialect.ends[mode]}?n={depth}"
        if (picture := picture_of(query)) is not None:
            request = self._query(query, f"{target}&representation=true", PICTURE, picture)
        else:
            request = self._query(query, target, JSON, orjson.dumps(known(query)))
        said = _parse(self._dialect.read_ends, await self._ask(request))
        return Listing(
            numbers=said.numbers,
            stand=said.stand,
            asked=next_form(query, said),
            sentence=said.sentence,
        )

    async def measure(self, query: ViewQuery | Asked, image_ids: Sequence[str]) -> Measures:
        """The numbers of `image_ids`; those the index lacks are left out."""
        query = await self._introduced(query)
        if (picture := picture_of(query)) is not None:
            wanted = Part("image_ids", None, orjson.dumps(list(image_ids)), JSON)
            kind, body = form([Part("image", "image", picture), wanted])
        else:
            kind, body = JSON, orjson.dumps({**known(query), "image_ids": list(image_ids)})
        request = self._query(query, self._dialect.measure, kind, body)
        said = _parse(self._dialect.read_measures, await self._ask(request))
        return Measures(
            numbers=said.numbers,
            stand=said.stand,
            asked=next_form(query, said),
            sentence=said.sentence,
        )

    async def pairs(self, image_ids: Sequence[str]) -> PairDistances:
        """The distances between those of `image_ids` that the index holds."""
        body = orjson.dumps({"image_ids": list(image_ids)})
        headers = {"Content-Type": JSON}
        request = Request("POST", PAIRWISE, headers, body, self._deadline_s + PAIRS_S)
        return _parse(read_pairs, await self._ask(request))

    async def places(self) -> bytes:
        """Every indexed picture's place on the map: a `Places`, as it came."""
        return _parse(
            checked, await self._ask(Request("GET", PROJECTION, {}, b"", self._deadline_s + PLACES_S))
        )

    async def place(self, query: ViewQuery) -> Place:
        """Where a picture lies on the map."""
        request = self._query(query, PROJECTION, PICTURE, picture_of(query) or b"")
        return _parse(Place.model_validate_json, await self._ask(request))

    async def model(self) -> ViewModel:
        """What the view serves. Not kept from a suspect view: this is how it is found well again."""
        async with self._exchange():
            reply = await self._neighbor.ask(Request("GET", "/model", {}, b"", self._deadline_s))
        if reply.status != 200:
            raise ViewUnavailable("down", f"/model answered {reply.status}")
        return _parse(ViewModel.model_validate_json, reply)

    async def push(
        self, batch: ChangeBatch, pictures: Mapping[str, bytes], artifact: str | None = None
    ) -> ChangesApplied:
        """Hand over `batch` and the contents it names, to the generation of `artifact`."""
        kind, body = form(
            [Part("changes", None, batch.model_dump_json().encode(), JSON)]
            + [Part("picture", name, data) for name, data in pictures.items()]
        )
        target = "/changes" if artifact is None else f"/changes?artifact={quote(artifact, safe='')}"
        async with self._exchange():
            reply = await self._neighbor.ask(
                Request("POST", target, {"Content-Type": kind}, body, PUSH_TIMEOUT_S)
            )
        if reply.status == 200:
            return _parse(ChangesApplied.model_validate_json, reply)
        if reply.status == 409:
            raise ChangesRefused(_detail(reply))
        raise ViewUnavailable("down", f"/changes answered {reply.status}: {_detail(reply)}")

    async def _probe(self) -> None:
        await self.model()

    async def _introduced(self, query: ViewQuery | Asked) -> ViewQuery | Asked:
        """A history's pictures in the view's own form, each shown to it once, all under one deadline."""
        if isinstance(query, Asked) or all(picture_of(one.query) is None for one in query.history):
            return query
        turns = asyncio.Semaphore(SHOWN_AT_ONCE)

        async def shown(one: Member) -> Member:
            if picture_of(one.query) is None:
                return one
            async with turns:
                return replace(one, query=(await self.ends(one.query, "similar", 1)).asked)

        async with self._exchange(), asyncio.timeout(self._deadline_s + SHOWN_S * len(query.history)):
            members = await asyncio.gather(*map(shown, query.history), return_exceptions=True)
        known = []
        for member in members:
            if isinstance(member, BaseException):  # the first in the order sent, whichever failed first
                raise member
            known.append(member)
        return replace(query, history=tuple(known))

    def _query(self, query: ViewQuery | Asked, target: str, kind: str, body: bytes) -> Request:
        """A question about `query`, whose reply may come in columns."""
        headers = {"Content-Type": kind, "Accept": COLUMNS_TYPE}
        members = len(query.history) if isinstance(query, ViewQuery) else 0
        return Request("POST", target, headers, body, self._deadline_s + MEMBER_S * members)

    async def _ask(self, request: Request) -> Reply:
        """One query of the view, under its deadline and the circuit."""
        if self._circuit.is_open:
            raise ViewUnavailable("down", "the view failed lately and has not recovered yet")
        headers = {**request.headers, REQUEST_ID_HEADER: current_request_id()}
        if (trace := current_trace()) is not None:
            headers[TRACEPARENT_HEADER] = trace.header()
        async with self._exchange():
            reply = await self._neighbor.ask(request._replace(headers=headers))
        return self._judged(reply)

    @asynccontextmanager
    async def _exchange(self) -> AsyncIterator[None]:
        """An exchange's errors as ViewUnavailable, their cause kept; any of them opens the circuit."""
        try:
            yield
        except TimeoutError as error:
            self._circuit.record_failure()
            raise ViewUnavailable("late", "the view did not answer in time") from error
        except ConnectionError as error:
            self._circuit.record_failure()
            raise ViewUnavailable("down", f"the view cannot be reached: {type(error).__name__}") from error

    def _judged(self, reply: Reply) -> Reply:
        """`reply` if it is an answer, else the error that it stands for."""
        if reply.status == 200:
            return reply
        if reply.status in _CALLERS:
            raise _CALLERS[reply.status](_detail(reply))
        if reply.status == 409:
            raise GenerationChanged(_detail(reply))
        if reply.status == 429:
            raise ViewUnavailable("busy", _detail(reply))
        if reply.status == 503:
            raise ViewUnavailable("loading", _detail(reply))
        if reply.status != problems.NotSupported.status:  # the view is well, and does not do this
            self._circuit.record_failure()
        raise ViewUnavailable("down", f"the view answered {reply.status}: {_detail(reply)}")


def _parse(read: Callable[[bytes], Value], reply: Reply) -> Value:
    try:
        return read(reply.content)
    except ValueError as error:  # pydantic's is one
        raise ViewUnavailable("down", "the view answered something that is not its contract") from error


def _detail(reply: Reply) -> str:
    try:
        return problems.Problem.model_validate_json(reply.content).detail
    except ValidationError:
        return f"status {reply.status}"
