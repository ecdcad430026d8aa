"""The steps of an ingest, counted, and an end of the process at one of them.

A step is anything Python asks of the file system under a folder, a statement SQLite is about to run, or a
call that writes, syncs or names a file: between making a file and filling it lies one, too.
"""

import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from types import FrameType
from typing import Any

PREFIXES = ("open", "os.", "shutil.", "pathlib.")
CALLS = frozenset({"write", "flush", "fsync", "replace", "rename", "link", "utime", "send"})


class Steps:
    """Counts from the first file that is made among the contents, and ends this process by SIGKILL.

    Args:
        state: the gateway's folder.
        kill_at: the step that ends the process, counted from 1; 0: none.
    """

    def __init__(self, state: str, kill_at: int) -> None:
        self._state, self._left = state, kill_at
        self._contents = (f"{state}/incoming/", f"{state}/content/")
        self._armed = False
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def install(self) -> None:
        """From now on, in this thread and in those that are started later."""
        sys.addaudithook(self._audit)
        sys.setprofile(self._called)
        threading.setprofile(self._called)

    def _audit(self, event: str, arguments: Iterable[object]) -> None:
        if event == "sqlite3.connect/handle":
            # Not ready to be traced yet.
            self._connections += [given for given in arguments if isinstance(given, sqlite3.Connection)]
        elif event.startswith(PREFIXES):
            given = list(arguments)
            paths = [argument for argument in given if isinstance(argument, str)]
            # Made, not read or swept: a start does that.
            if event == "open" and paths and paths[0].startswith(self._contents) and _makes(given[-1]):
                self._arm()
            if any(path.startswith(self._state) for path in paths):
                self._step()

    def _called(self, _: FrameType, event: str, argument: Any) -> None:
        if self._armed and event == "c_call" and argument.__name__ in CALLS:
            self._step()

    def _arm(self) -> None:
        with self._lock:
            self._armed, connections = True, self._connections
            self._connections = []
        for connection in connections:
            with suppress(sqlite3.ProgrammingError):  # closed meanwhile
                connection.set_trace_callback(self._statement)

    def _statement(self, _: str) -> None:
        self._step()

    def _step(self) -> None:
        with self._lock:
            if self._armed:
                self._left -= 1
                if self._left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)


def _makes(flags: object) -> bool:
    return isinstance(flags, int) and bool(flags & os.O_CREAT)
