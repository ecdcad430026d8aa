"""One call from its first attempt to its outcome, over a scripted network and a clock that is set."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from diversity_client import calls
from diversity_client.answers import ProblemDocument
from diversity_client.errors import NotAGateway, NotReady, Problem, UnknownId, Unreachable, problem_of
from diversity_client.exchange import Attempt, Outcome, exchange
from diversity_client.retrying import Retries

READ = calls.stats()
STATS = httpx.Response(200, json={"catalogue_size": 1, "version": 2, "views": {}})
REFUSED = httpx.ConnectError("refused")
BROKEN = httpx.ReadError("reset")
POLICY = Retries(attempts=4, patience_s=60, first_s=1, most_s=8)


def problem(status: int, slug: str = "not-ready", **headers: str) -> httpx.Response:
    """A problem document of the gateway."""
    document = {
        "type": f"urn:diversity:problem:{slug}",
        "title": "T",
        "status": status,
        "detail": "D",
        "request_id": "r",
    }
    return httpx.Response(status, content=json.dumps(document), headers=headers)


@dataclass
class Told:
    """What a client did as it was told."""

    attempts: int = 0
    pauses: list[float] = field(default_factory=list)


def run(call: calls.Call[Any], outcomes: Iterable[Outcome], told: Told | None = None) -> Any:
    """What the exchange ends with; the clock goes on only by its pauses, the jitter is 0.5."""
    told = Told() if told is None else told
    script = iter(outcomes)
    steps = exchange(call, POLICY, lambda: sum(told.pauses), lambda: 0.5)
    outcome: Outcome = None
    while True:
        try:
            step = steps.send(outcome)
        except StopIteration as end:
            return end.value
        if isinstance(step, Attempt):
            told.attempts += 1
            outcome = next(script)
        else:
            told.pauses.append(step.seconds)
            outcome = None


def test_a_reply_is_read_at_the_first_attempt() -> None:
    told = Told()
    assert run(READ, [STATS], told).version == 2
    assert told == Told(attempts=1)


@pytest.mark.parametrize(
    "failure", [REFUSED, BROKEN, problem(503), problem(429), problem(408), httpx.Response(502)]
)
def test_what_is_safe_to_repeat_is_made_again(failure: httpx.Response | httpx.TransportError) -> None:
    told = Told()
    assert run(READ, [failure, failure, STATS], told).version == 2
    assert told == Told(attempts=3, pauses=[0.5, 1.0])


def test_retry_after_is_waited() -> None:
    told = Told()
    run(READ, [problem(429, **{"Retry-After": "7"}), STATS], told)
    assert told.pauses == [7.5]


def test_who_asks_for_more_than_patience_is_not_waited_for() -> None:
    told = Told()
    with pytest.raises(NotReady) as caught:
        run(READ, [problem(503, **{"Retry-After": "100"})], told)
    assert told == Told(attempts=1)
    assert caught.value.retry_after_s == 100


def test_after_the_last_attempt_the_failure_is_told() -> None:
    told = Told()
    with pytest.raises(Unreachable, match="reset") as caught:
        run(READ, [BROKEN] * 4, told)
    assert caught.value.__cause__ is BROKEN
    assert told == Told(attempts=4, pauses=[0.5, 1.0, 2.0])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 413, 415, 422, 500, 507])
def test_what_would_fail_again_is_not_made_again(status: int) -> None:
    told = Told()
    with pytest.raises(Problem):
        run(READ, [problem(status, "x")], told)
    assert told.attempts == 1


@pytest.mark.parametrize("failure", [BROKEN, httpx.ReadTimeout("late"), problem(408), httpx.Response(504)])
def test_what_may_have_been_done_is_not_repeated_unless_that_is_safe(
    failure: httpx.Response | httpx.TransportError,
) -> None:
    told = Told()
    with pytest.raises((Unreachable, Problem, NotAGateway)):
        run(calls.add_history("u", ["a"]), [failure], told)
    assert told.attempts == 1


@pytest.mark.parametrize("failure", [REFUSED, httpx.ConnectTimeout("late"), problem(429), problem(503)])
def test_what_was_surely_not_done_is_made_again_whatever_it_is(
    failure: httpx.Response | httpx.TransportError,
) -> None:
    stored = httpx.Response(200, json={"user_id": "u", "added": 1, "count": 1, "missing": []})
    assert run(calls.add_history("u", ["a"]), [failure, stored]).added == 1


def test_a_deletion_whose_reply_was_lost_is_no_unknown_id() -> None:
    gone = problem(404, "unknown-id")
    assert run(calls.delete_image("a", True), [BROKEN, gone]) is None
    with pytest.raises(UnknownId):
        run(calls.delete_image("a", True), [gone])
    with pytest.raises(UnknownId):  # it never left this machine
        run(calls.delete_image("a", True), [REFUSED, gone])
    with pytest.raises(UnknownId):
        run(calls.get_image("a"), [BROKEN, gone])


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(200, text="<html>It works!</html>"),
        httpx.Response(200, json={"weather": "fine"}),
        httpx.Response(404, text="nothing here"),
        httpx.Response(500, json=["no problem"]),
        httpx.Response(307, headers={"Location": "http://elsewhere/"}),
    ],
)
def test_a_reply_of_something_else_says_so(reply: httpx.Response) -> None:
    with pytest.raises(NotAGateway, match="GET /stats"):
        run(READ, [reply])


def test_a_kind_of_problem_that_is_not_known_is_a_problem_all_the_same() -> None:
    document = ProblemDocument(type="urn:diversity:problem:new", title="New", status=499, detail="d")
    error = problem_of(document)
    assert type(error) is Problem
    assert (error.type, error.title, error.status, error.detail) == (document.type, "New", 499, "d")
