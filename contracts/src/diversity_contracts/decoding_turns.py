"""Whose turn it is at a few decoding processes: who came first."""

import socket
import threading
from collections import deque
from queue import SimpleQueue


class Turns:
    """`count` turns, each with a process that is idle or with leave to start one.

    A turn that is given back goes to whoever waits longest: a thread that decodes one picture after the other
    does not go past those that want a single one.
    """

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        self._free = count
        self._idle = list[socket.socket]()
        self._waiting = deque[SimpleQueue[socket.socket | None]]()
        self._closed = False

    def take(self) -> socket.socket | None:
        """Wait for a turn; None: its process is still to be started."""
        with self._lock:
            if self._free:
                self._free -= 1
                return self._idle.pop() if self._idle else None
            mine = SimpleQueue[socket.socket | None]()
            self._waiting.append(mine)
        return mine.get()

    def give(self, worker: socket.socket | None) -> None:
        """Give a turn back, with its process unless that is gone."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().put(worker)
                return
            self._free += 1
            if worker is None:
                return
            if self._closed:
                worker.close()
            else:
                self._idle.append(worker)

    def close(self) -> None:
        """Let go of the processes, of those at work when they come back."""
        with self._lock:
            self._closed = True
            for worker in self._idle:
                worker.close()
            self._idle.clear()
