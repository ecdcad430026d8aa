"""The gateway, killed when it comes to a step of an ingest: `python -m tests.e2e.faults.killed_gateway`.

A step is anything Python asks of the file system under STATE, or a statement SQLite is about to run; steps
count from the first file opened in `incoming`, that is from the first new content. The file KILL_AT holds the
step, 0: never.
"""

import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from diversity_gateway.main import main

PREFIXES = ("open", "os.", "shutil.", "pathlib.")


class Steps:
    """Counts, and ends this process by SIGKILL at one."""

    def __init__(self, state: str, kill_at: int) -> None:
        self._state, self._incoming, self._left = state, f"{state}/incoming", kill_at
        self._armed = False
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def audit(self, event: str, arguments: Iterable[object]) -> None:
        """The hook of `sys.addaudithook`."""
        if event == "sqlite3.connect/handle":
            # Not ready to be traced yet.
            self._connections += [given for given in arguments if isinstance(given, sqlite3.Connection)]
        elif event.startswith(PREFIXES):
            paths = [argument for argument in arguments if isinstance(argument, str)]
            # Not what a start does there: it sweeps.
            if event == "open" and any(path.startswith(self._incoming) for path in paths):
                self._arm()
            if any(path.startswith(self._state) for path in paths):
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


if __name__ == "__main__":
    step = int(Path(os.environ["KILL_AT"]).read_text())
    sys.addaudithook(Steps(os.environ["STATE"], step).audit)
    main()
