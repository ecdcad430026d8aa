"""Views that hang, fail and talk nonsense while /divergent is asked without a pause: no request fails."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.faults.polite_stack import PoliteStack, polite_stack
from tests.e2e.faults.rude_view import BEHAVIOURS
from tests.e2e.test_views_down import asking, is_whole, wait_for

DEADLINE_S = 2
# A list, then the numbers of what the other view listed: two replies, each under its deadline, the second
# only of a view that gave the first. The rest is slack for a busy machine; without a deadline a hung view
# takes minutes.
LONGEST_MS = 1_000 * (2 * DEADLINE_S + 4)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PoliteStack]:
    folder: Path = tmp_path_factory.mktemp("rude")
    with polite_stack(folder, VIEW_DEADLINE_S=str(DEADLINE_S), CACHE_BYTES="0") as built:
        for number in range(8):
            assert built.add(f"p{number}", number).status_code in {201, 202}
        yield built


@pytest.mark.parametrize("name", ["drml", "caption"])
def test_a_view_that_behaves_badly_costs_no_request(
    stack: PoliteStack, name: str, record_property: Callable[[str, object], None]
) -> None:
    with asking(stack.gateway.url) as replies:
        wait_for(replies, is_whole, 2)
        for word in BEHAVIOURS:
            stack.behave(name, word)
            wait_for(replies, lambda answer: answer.get("degraded") == [name], 2)
            stack.behave(name)
            wait_for(replies, is_whole, 2)
        os.kill(stack.views[name].pid, signal.SIGSTOP)
        wait_for(replies, lambda answer: answer.get("degraded") == [name], 2)
        os.kill(stack.views[name].pid, signal.SIGCONT)
        wait_for(replies, is_whole, 2)
    failed = [answer for status, answer in replies if status != 200]
    record_property("tried requests", len(replies))
    record_property("tried behaviours", len(BEHAVIOURS) + 1)
    record_property("lost requests", len(failed))
    assert failed == []
    assert max(answer["took_ms"] for _, answer in replies) < LONGEST_MS
