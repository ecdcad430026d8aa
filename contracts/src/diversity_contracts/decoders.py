"""Decoding in processes of their own: a decoder that crashes or hangs takes its picture with it, no more.

A few processes serve all threads, each one picture at a time. One that dies is replaced, and the picture it
had is tried once more in a new one: what ended the first may have had nothing to do with it.
"""

import logging
import os
import select
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from diversity_contracts import decoding_frames as frames
from diversity_contracts import pictures
from diversity_contracts.decoding_nursery import PROGRAM, Nursery
from diversity_contracts.decoding_turns import Turns
from diversity_contracts.pictures import MAX_PIXELS, Decode, Picture, content_hash
from diversity_contracts.problems import NotAPicture
from diversity_contracts.reductions import Reduction

log = logging.getLogger(__name__)
# 40 megapixels take up to 3 s of a core. Files of a few hundred kilobytes can be made that take minutes.
SECONDS = 10.0
GRACE_S = 5.0
_TRIES = 2


@contextmanager
def decoding(count: int, *, seconds: float = SECONDS) -> Iterator[Decode]:
    """What decodes, for as long as the block lasts: up to `count` processes; none: this one."""
    if not count:
        yield pictures.decode
        return
    decoders = Decoders(count, seconds=seconds)
    decoders.start()
    try:
        yield decoders.decode
    finally:
        decoders.close()


class Decoders:
    """At most `count` processes for the threads of one niceness, each as nice as they are.

    Args:
        seconds: the longest that a picture is decoded.
        program: the module that is run for them.
        grace_s: so long after that a process is given up; the kernel ends it on time, unless it is stopped.
    """

    def __init__(
        self, count: int, *, seconds: float = SECONDS, program: str = PROGRAM, grace_s: float = GRACE_S
    ) -> None:
        self._count, self._seconds, self._wait_s = count, seconds, seconds + grace_s
        self._nursery = Nursery(program, seconds)
        self._lock = threading.Lock()
        self._turns = dict[int, Turns]()

    def start(self) -> None:
        """Get ready for the first picture, without waiting for that."""
        self._nursery.start()

    def decode(
        self, data: bytes, *, max_pixels: int = MAX_PIXELS, reduction: Reduction | None = None
    ) -> Picture:
        """As `pictures.decode`; NotAPicture too for what a decoder crashes on or takes too long for.

        Raises NotReady where no process can be started.
        """
        niceness = _niceness()
        with self._lock:
            turns = self._turns.setdefault(niceness, Turns(self._count))
        worker = turns.take()
        try:
            if worker is not None and not _is_idle(worker):
                worker.close()
                worker = None
            for _ in range(_TRIES):
                if worker is None:
                    worker = self._nursery.worker(niceness)
                    frames.limit(worker, self._wait_s)
                began = time.monotonic()
                try:
                    return self._asked(worker, data, max_pixels, reduction)
                except (OSError, frames.BrokenFrame) as error:
                    worker.close()
                    worker, took_s = None, time.monotonic() - began
                    said = {"picture": content_hash(data), "seconds": round(took_s, 3), "reason": str(error)}
                    log.warning("a decoding process is gone", extra=said)
                    if took_s >= self._seconds:
                        raise NotAPicture("The picture takes too long to decode.") from error
            raise NotAPicture("The picture is broken: its decoder crashes on it.")
        finally:
            turns.give(worker)

    def close(self) -> None:
        """Let the processes end, those at work when they are done."""
        with self._lock:
            for turns in self._turns.values():
                turns.close()
        self._nursery.close()

    def _asked(
        self, worker: socket.socket, data: bytes, max_pixels: int, reduction: Reduction | None
    ) -> Picture:
        """Raises OSError or BrokenFrame where the process dies or says what makes no sense."""
        most = max_pixels if reduction is None else reduction.side**2
        until = time.monotonic() + self._wait_s
        frames.ask(worker, data, max_pixels, reduction)
        media_type, size, own, pixels = frames.answered(worker, most=most, until=until)
        return Picture(Image.frombytes("RGB", size, pixels), media_type, *own)


def _is_idle(worker: socket.socket) -> bool:
    """Whether it waits for a question: nothing comes from it, and not its end either."""
    watched = select.poll()
    watched.register(worker, select.POLLIN)
    return not watched.poll(0)


def _niceness() -> int:
    """Of the thread that asks. Only Linux has one for each."""
    if sys.platform != "linux":
        return 0
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
