"""Threads of a lane: a background one gives way, and so does what it starts."""

import os
import sys
import threading
from contextlib import closing

import pytest

from diversity_view.lanes import BACKGROUND_NICENESS, Lane


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def niceness_of_a_thread_of_mine() -> int:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(niceness()))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere niceness is the whole process's")
async def test_only_the_background_gives_way() -> None:
    own = niceness()
    for background in (True, False):
        lane = Lane("x", concurrency=1, max_queue=0, waited=lambda *_: None, background=background)
        with closing(lane):
            wanted = max(own, BACKGROUND_NICENESS) if background else own
            assert await lane.run(niceness) == wanted
            assert await lane.run(niceness_of_a_thread_of_mine) == wanted
    assert niceness() == own
