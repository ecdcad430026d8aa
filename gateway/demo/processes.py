"""A service as a child process: started, watched until it is ready, stopped with its parent."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from demo import tied_child
from demo.failures import DemoFailed

HOST = "127.0.0.1"
TAIL_LINES = 15
STOP_S = 15.0  # requests in flight finish first; the services promise less
POLL_S = 0.2


def check_port(port: int) -> None:
    """Raise DemoFailed if something listens on `port` already."""
    with socket.socket() as probe:
        # As the services do: a port in TIME_WAIT is free, one that somebody listens on is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise DemoFailed(
                f"Port {port} cannot be used ({error.strerror}). Is another demo running? "
                "Choose three free ports in a row by the first of them, say: make demo PORT=9000"
            ) from error


class Service:
    """`python -m MODULE` as a child that never outlives this process.

    Use as a context manager: leaving it stops the child. Its output goes to `log`.
    """

    def __init__(self, module: str, *, port: int, settings: Mapping[str, str], log: Path) -> None:
        self.module = module
        self.url = f"http://{HOST}:{port}"
        self._settings = {**settings, "HOST": HOST, "PORT": str(port)}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, tied_child.__file__, str(os.getpid()), self.module],
                env={**os.environ, **self._settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C at the terminal goes to this process alone, which then stops its children in order.
                start_new_session=True,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait_ready(self, timeout_s: float) -> None:
        """Return once `/readyz` answers 200.

        Raises DemoFailed with the log's tail if the child ends or is late, and with a view's own word from
        `/model` if it has found no artifact that it can serve.
        """
        deadline = time.monotonic() + timeout_s
        with httpx.Client(base_url=self.url, timeout=2.0, trust_env=False) as client:
            while True:
                self.check_alive()  # first: a stranger on the same port could answer in its place
                if _is_ready(client):
                    return
                if (reason := _refusal(client)) is not None:
                    raise DemoFailed(f"{self.module} has no model to serve: {reason}")
                if time.monotonic() > deadline:
                    raise DemoFailed(f"{self.module} is not ready after {timeout_s:.0f} s.{self._tail()}")
                time.sleep(POLL_S)

    def check_alive(self) -> None:
        """Raise DemoFailed with the tail of its log if the child has ended."""
        status = None if self._process is None else self._process.poll()
        if status is not None:
            raise DemoFailed(f"{self.module} has ended with status {status}.{self._tail()}")

    def stop(self, patience_s: float = STOP_S) -> None:
        """Ask the child to finish, and end it if it does not within `patience_s`."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._kill()
        except BaseException:  # the person presses Ctrl-C again
            self._kill()
            raise

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _tail(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "".join([f"\nThe end of its log, {self._log}:", *(f"\n    {line[:300]}" for line in lines)])


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _refusal(client: httpx.Client) -> str | None:
    """Why a view will never be ready; None while there is hope, and for a service without a model."""
    try:
        reply = client.get("/model")
    except httpx.TransportError:
        return None
    model = reply.json() if reply.is_success else {}
    return str(model["refusal"]) if model.get("state") == "failed" else None
