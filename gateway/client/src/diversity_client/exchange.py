"""One call from its first attempt to its outcome, as a generator that neither sends nor waits itself.

It yields what shall be done next, an attempt or a wait, and is sent what came of it; a client, synchronous
or not, only does as it is told.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import httpx
from pydantic import ValidationError

from diversity_client.answers import ProblemDocument
from diversity_client.calls import Call
from diversity_client.errors import ClientError, NotAGateway, Unreachable, problem_of
from diversity_client.retrying import REFUSED_UNREAD, UNCERTAIN, Retries, retry_after

T = TypeVar("T")
# Nothing of the call had left this machine.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Send the call."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait so many seconds."""

    seconds: float


Outcome = httpx.Response | httpx.TransportError | None
"""Of an attempt; None of a pause."""
Exchange = Generator[Attempt | Pause, Outcome, T]


def exchange(
    call: Call[T],
    retries: Retries,
    now: Callable[[], float],
    chance: Callable[[], float],
    today: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Exchange[T]:
    """Make `call`, again as often as `retries` allow and it is safe; returns what the reply says.

    Args:
        now: seconds of a clock that only goes on.
        chance: the jitter, 0..1, another each time.

    Raises Unreachable, Problem, NotAGateway.
    """
    began, failures, uncertain = now(), 0, False
    while True:
        outcome = yield Attempt()
        if isinstance(outcome, httpx.Response) and outcome.is_success:
            return _read(call, outcome)
        failures += 1
        wait_s: float | None = None
        if isinstance(outcome, httpx.Response):
            if uncertain and call.removes and outcome.status_code == httpx.codes.NOT_FOUND:
                return call.read(outcome)
            wait_s = retry_after(outcome.headers.get("retry-after"), today())
            again = outcome.status_code in REFUSED_UNREAD
            if outcome.status_code in UNCERTAIN:
                again, uncertain = call.repeatable, True
        else:
            again = call.repeatable or isinstance(outcome, _NEVER_SENT)
            uncertain = uncertain or not isinstance(outcome, _NEVER_SENT)
        pause = retries.pause(failures, now() - began, wait_s, chance()) if again else None
        if pause is None:
            raise _failure(call, outcome, wait_s) from (
                None if isinstance(outcome, httpx.Response) else outcome
            )
        yield Pause(pause)


def _read(call: Call[T], reply: httpx.Response) -> T:
    try:
        return call.read(reply)
    except ValueError as error:  # pydantic's ValidationError and json's error both are
        raise NotAGateway(
            f"The reply to {call.method} {call.path} is not the gateway's: {_begin(reply)}"
        ) from error


def _failure(call: Call[T], outcome: Outcome, wait_s: float | None) -> ClientError:
    if not isinstance(outcome, httpx.Response):
        reason = str(outcome) or type(outcome).__name__
        return Unreachable(f"No reply to {call.method} {call.path}: {reason}")
    try:
        document = ProblemDocument.model_validate_json(outcome.content)
    except ValidationError:
        return NotAGateway(
            f"{call.method} {call.path} was answered {outcome.status_code}, not by a gateway: "
            f"{_begin(outcome)}"
        )
    return problem_of(document, wait_s)


def _begin(reply: httpx.Response) -> str:
    text = " ".join(reply.text.split())
    return repr(text[:120] + ("…" if len(text) > 120 else ""))
