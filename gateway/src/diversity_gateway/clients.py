"""A view over HTTP: kept-alive connections, deadlines, a circuit, foreign errors translated."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TypeVar

import httpx
from pydantic import ValidationError

from diversity_contracts import problems
from diversity_contracts.trace_context import TRACEPARENT_HEADER
from diversity_contracts.wire import ChangeBatch, ChangesApplied, ViewModel
from diversity_gateway.circuit import Circuit
from diversity_gateway.dialects import PAIRWISE, Dialect, read_pairs
from diversity_gateway.ranking import Mode
from diversity_gateway.request_context import REQUEST_ID_HEADER, current_request_id, current_trace
from diversity_gateway.views import (
    Asked,
    ChangesRefused,
    GenerationChanged,
    Listing,
    Measures,
    PairDistances,
    ViewQuery,
    ViewUnavailable,
)
from diversity_gateway.wording import known, next_form, picture_of

Value = TypeVar("Value")
# A batch is 32 pictures to encode on a processor that may be shared: seconds, not milliseconds.
PUSH_TIMEOUT_S = 120.0
# A history is measured member by member: a thousand over 100,000 pictures take a view about 10 s on one core.
MEMBER_S = 0.02
PAIRS_S = 2.0  # a thousand pictures of five captions each
# What a view says of the caller's picture or id is the caller's to read; anything else is the view's failure.
_CALLERS = {
    error.status: error
    for error in (problems.NotAPicture, problems.UnknownId, problems.TooLarge, problems.UnsupportedType)
}


class ViewClient:
    """Implements `views.View` for the service at `url` that speaks `dialect`.

    Args:
        transport: the seam for tests; None speaks real HTTP.
        deadline_s: the longest a query waits for one reply.
    """

    def __init__(
        self,
        url: str,
        dialect: Dialect,
        *,
        deadline_s: float = 2.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._dialect = dialect
        self._deadline_s = deadline_s
        self._http = httpx.AsyncClient(
            base_url=url,
            transport=transport,
            timeout=httpx.Timeout(PUSH_TIMEOUT_S, connect=2.0),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=4.0),
            trust_env=False,  # a view is an internal neighbor, never behind the environment's proxy
        )
        self._circuit = Circuit(url, self._probe)

    @property
    def is_suspect(self) -> bool:
        """Whether the last exchange failed and no probe has succeeded since."""
        return self._circuit.is_open

    async def aclose(self) -> None:
        """Stop probing and close the connections."""
        await self._circuit.aclose()
        await self._http.aclose()

    async def ends(self, query: ViewQuery | Asked, mode: Mode, depth: int) -> Listing:
        """The `depth` first pictures from the end that `mode` asks for."""
        query = await self._introduced(query)
        build = partial(self._http.build_request, "POST", self._dialect.ends[mode])
        if (picture := picture_of(query)) is not None:
            parameters = {"n": str(depth), "representation": "true"}
            request = build(params=parameters, content=picture, headers=_PICTURE)
        else:
            request = build(params={"n": str(depth)}, content=json.dumps(known(query)), headers=_JSON)
        said = _parse(self._dialect.read_ends, await self._ask(request, _extra_s(query)))
        return Listing(
            entries=[entry for entry in said.entries if entry is not None],
            stand=said.stand,
            asked=next_form(query, said),
            sentence=said.sentence,
        )

    async def measure(self, query: ViewQuery | Asked, image_ids: Sequence[str]) -> Measures:
        """The numbers of `image_ids`; those the index lacks are left out."""
        query = await self._introduced(query)
        build = partial(self._http.build_request, "POST", self._dialect.measure)
        if (picture := picture_of(query)) is not None:
            wanted = json.dumps(list(image_ids)).encode()
            request = build(
                files=[
                    ("image", ("image", picture, "application/octet-stream")),
                    ("image_ids", (None, wanted, "application/json")),
                ]
            )
        else:
            asked = {**known(query), "image_ids": list(image_ids)}
            request = build(content=json.dumps(asked), headers=_JSON)
        said = _parse(self._dialect.read_measures, await self._ask(request, _extra_s(query)))
        return Measures(
            entries={entry.image_id: entry for entry in said.entries if entry is not None},
            stand=said.stand,
            asked=next_form(query, said),
            sentence=said.sentence,
        )

    async def pairs(self, image_ids: Sequence[str]) -> PairDistances:
        """The distances between those of `image_ids` that the index holds."""
        asked = {"image_ids": list(image_ids)}
        request = self._http.build_request("POST", PAIRWISE, content=json.dumps(asked), headers=_JSON)
        return _parse(read_pairs, await self._ask(request, PAIRS_S))

    async def model(self) -> ViewModel:
        """What the view serves. Not kept from a suspect view: this is how it is found well again."""
        async with self._exchange():
            reply = await self._http.get("/model", timeout=self._deadline_s)
        if reply.status_code != 200:
            raise ViewUnavailable("down", f"/model answered {reply.status_code}")
        return _parse(ViewModel.model_validate_json, reply)

    async def push(
        self, batch: ChangeBatch, pictures: Mapping[str, bytes], artifact: str | None = None
    ) -> ChangesApplied:
        """Hand over `batch` and the contents it names, to the generation of `artifact`."""
        files: list[tuple[str, tuple[str | None, bytes, str]]] = [
            ("changes", (None, batch.model_dump_json().encode(), "application/json"))
        ]
        files += [("picture", (name, data, "application/octet-stream")) for name, data in pictures.items()]
        async with self._exchange():
            meant = {} if artifact is None else {"artifact": artifact}
            reply = await self._http.post("/changes", files=files, params=meant)
        if reply.status_code == 200:
            return _parse(ChangesApplied.model_validate_json, reply)
        if reply.status_code == 409:
            raise ChangesRefused(_detail(reply))
        raise ViewUnavailable("down", f"/changes answered {reply.status_code}: {_detail(reply)}")

    async def _probe(self) -> None:
        await self.model()

    async def _introduced(self, query: ViewQuery | Asked) -> ViewQuery | Asked:
        """A history's pictures in the view's own form, each shown to it once."""
        if isinstance(query, Asked) or all(picture_of(one.query) is None for one in query.history):
            return query
        members = []
        for one in query.history:
            shown = picture_of(one.query) is not None
            form = (await self.ends(one.query, "similar", 1)).asked if shown else one.query
            members.append(replace(one, query=form))
        return replace(query, history=tuple(members))

    async def _ask(self, request: httpx.Request, extra_s: float = 0.0) -> httpx.Response:
        """One query of the view, under the deadline, `extra_s` longer, and the circuit."""
        if self._circuit.is_open:
            raise ViewUnavailable("down", "the view failed lately and has not recovered yet")
        request.headers[REQUEST_ID_HEADER] = current_request_id()
        if (trace := current_trace()) is not None:
            request.headers[TRACEPARENT_HEADER] = trace.header()
        async with self._exchange(), asyncio.timeout(self._deadline_s + extra_s):
            reply = await self._http.send(request)
        return self._judged(reply)

    @asynccontextmanager
    async def _exchange(self) -> AsyncIterator[None]:
        """httpx's errors as ViewUnavailable, their cause kept; any of them opens the circuit."""
        try:
            yield
        except (TimeoutError, httpx.TimeoutException) as error:
            self._circuit.record_failure()
            raise ViewUnavailable("late", "the view did not answer in time") from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            self._circuit.record_failure()
            raise ViewUnavailable("down", f"the view cannot be reached: {type(error).__name__}") from error

    def _judged(self, reply: httpx.Response) -> httpx.Response:
        """`reply` if it is an answer, else the error that it stands for."""
        if reply.status_code == 200:
            return reply
        if reply.status_code in _CALLERS:
            raise _CALLERS[reply.status_code](_detail(reply))
        if reply.status_code == 409:
            raise GenerationChanged(_detail(reply))
        if reply.status_code == 429:
            raise ViewUnavailable("busy", _detail(reply))
        if reply.status_code == 503:
            raise ViewUnavailable("loading", _detail(reply))
        if reply.status_code != problems.NotSupported.status:  # the view is well, and does not do this
            self._circuit.record_failure()
        raise ViewUnavailable("down", f"the view answered {reply.status_code}: {_detail(reply)}")


_JSON = {"Content-Type": "application/json"}
_PICTURE = {"Content-Type": "application/octet-stream"}


def _extra_s(query: ViewQuery | Asked) -> float:
    return MEMBER_S * len(query.history) if isinstance(query, ViewQuery) else 0.0


def _parse(read: Callable[[bytes], Value], reply: httpx.Response) -> Value:
    try:
        return read(reply.content)
    except ValueError as error:  # pydantic's is one
        raise ViewUnavailable("down", "the view answered something that is not its contract") from error


def _detail(reply: httpx.Response) -> str:
    try:
        return problems.Problem.model_validate_json(reply.content).detail
    except ValidationError:
        return f"status {reply.status_code}"
