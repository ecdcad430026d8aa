"""The program that forks decoding processes, as its service sees it: started again when it is gone."""

import logging
import socket
import subprocess
import sys
import threading

from diversity_contracts.decoding_worker import LOWEST, READY
from diversity_contracts.problems import NotReady

log = logging.getLogger(__name__)
PROGRAM = "diversity_contracts.decoding_worker"
_TRIES = 3  # the first may meet a program that was killed since
_PATIENCE_S = 30.0  # Python and Pillow are read in 0.3 s, on a busy machine in a few
_BUFFER = 1024 * 1024  # a picture or its pixels go through at once, as far as the system allows


class Nursery:
    """Gives sockets to new processes. From any thread.

    Args:
        program: the module to run.
        seconds: the longest that one of its processes may take for a picture.
    """

    def __init__(self, program: str, seconds: float) -> None:
        self._program, self._seconds = program, seconds
        self._lock = threading.Lock()
        self._running: tuple[subprocess.Popen[bytes], socket.socket] | None = None
        self._closed = False

    def start(self) -> None:
        """Have the program running, without waiting until it is ready."""
        with self._lock:
            self._control()

    def worker(self, niceness: int) -> socket.socket:
        """The socket of a new process that is ready. Raises NotReady where none can be started."""
        for _ in range(_TRIES):
            here, there = socket.socketpair()
            for side in (here, there):
                side.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
            here.settimeout(_PATIENCE_S)
            try:
                self._hand_over(there, niceness)
                if here.recv(1) == READY:
                    return here
            except OSError as error:
                log.warning("a decoding process does not start", extra={"reason": str(error)})
            except BaseException:
                here.close()
                raise
            here.close()
        raise NotReady("No process can be started that decodes pictures.", retry_after_s=5)

    def close(self) -> None:
        """End the program; its processes end with their sockets."""
        with self._lock:
            self._closed = True
            self._end()

    def _hand_over(self, channel: socket.socket, niceness: int) -> None:
        """Closes `channel` here, so that its end is the end of the process that has it."""
        with channel, self._lock:
            control = self._control()
            try:
                socket.send_fds(control, [bytes([niceness + LOWEST])], [channel.fileno()])
            except OSError:
                self._end()
                raise

    def _control(self) -> socket.socket:
        if self._closed:
            raise NotReady("The service is going down.", retry_after_s=5)
        if self._running is None:
            self._running = self._started()
        return self._running[1]

    def _started(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        here, there = socket.socketpair()
        with there:
            told = (str(there.fileno()), str(self._seconds))
            try:
                process = subprocess.Popen(  # noqa: S603 - nothing in it comes from a request
                    [sys.executable, "-W", "ignore", "-m", self._program, *told],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=(there.fileno(),),
                )
            except OSError:
                here.close()
                raise
        return process, here

    def _end(self) -> None:
        if self._running is None:
            return
        process, control = self._running
        self._running = None
        control.close()
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
