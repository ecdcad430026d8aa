"""The command line as a process on a terminal of its own, which can be killed."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
from typing import Any

PATIENCE_S = 600.0  # far past what any machine needs


class CommandLine:
    """`diversity ARGUMENTS`, its standard error a terminal, so that bars are drawn."""

    def __init__(self, *arguments: str) -> None:
        leader, follower = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "diversity_client", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=follower,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
            start_new_session=True,
        )
        os.close(follower)
        self._seen = bytearray()
        self._reader = threading.Thread(target=self._read, args=(leader,), daemon=True)
        self._reader.start()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def kill(self) -> bool:
        """SIGKILL; whether it hit a running process."""
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()
        return self._process.returncode == -signal.SIGKILL

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def ended(self) -> tuple[int, dict[str, Any]]:
        """Its exit code and its JSON, once it has ended by itself."""
        out, _ = self._process.communicate(timeout=PATIENCE_S)
        return self._process.returncode, json.loads(out)

    def screen(self) -> str:
        """What the terminal was sent so far."""
        return self._seen.decode(errors="replace")

    def _read(self, leader: int) -> None:
        try:
            while piece := os.read(leader, 4_096):
                self._seen += piece
        except OSError:
            pass  # the other end is closed: the process has ended
        finally:
            os.close(leader)
