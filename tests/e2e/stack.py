"""Real processes for end-to-end tests: the views and the gateway on free ports, state in one folder.

    with Stack(tmp_path) as stack:
        httpx.get(stack.gateway.url + "/stats")

The networks are small untrained ones unless `artifacts` names a folder of published artifacts; `light` views
have none.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from demo import tied_child
from tests.e2e.light_view import publish_mean_colour

READY_S = 900.0  # a cold import of TensorFlow takes minutes where other work has both cores
STOP_S = 30.0
POLL_S = 0.05
HOST = "127.0.0.1"
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Service:
    """One `python -m MODULE`, which may be killed and started again on the same port and state."""

    def __init__(self, module: str, settings: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.log = log
        self._module = module
        self._settings = {**settings, "HOST": HOST, "PORT": str(self.port)}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        if self._process is None:
            raise RuntimeError(f"{self._module} is not running")
        return self._process.pid

    def start(self) -> None:
        """Start; `wait_ready` tells when it serves."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                # Ended by the kernel when the test run is: a run that is cut short leaves nothing behind.
                [sys.executable, tied_child.__file__, str(os.getpid()), self._module],
                env={**os.environ, "OMP_NUM_THREADS": "1", **self._settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_ready(self, path: str = "/readyz") -> None:
        """Return once `path` answers 200; RuntimeError with the log's end when it does not."""
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                if httpx.get(self.url + path, timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(POLL_S)
        raise RuntimeError(f"{self._module} did not get ready:\n{self.log.read_text()[-4_000:]}")

    def kill(self) -> None:
        """SIGKILL, at whatever it is doing."""
        self._end(signal.SIGKILL)

    def signal_stop(self) -> None:
        """SIGTERM, not waited for."""
        os.kill(self.pid, signal.SIGTERM)

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        return self._end(signal.SIGTERM)

    def wait(self) -> int:
        """Until it has ended by itself, at most STOP_S; the exit status."""
        if self._process is None:
            return 0
        try:
            status = self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._process = None
        return status

    def _end(self, how: signal.Signals) -> int:
        if self._process is not None:
            self._process.send_signal(how)
        return self.wait()


class Stack:
    """The services over one folder; leaving the block stops them.

    Args:
        two_views: with caption-service; else the gateway knows of no caption view.
        light: the views are services without networks (`light_view.py`), for tests of what lies around them.
        settings, of_views: further environment of the gateway, and of each view.
    """

    def __init__(
        self,
        folder: Path,
        *,
        two_views: bool = False,
        light: bool = False,
        artifacts: Path | None = None,
        settings: dict[str, str] | None = None,
        of_views: dict[str, str] | None = None,
    ) -> None:
        if artifacts is None:
            artifacts = folder / "artifacts"
            _publish(artifacts, two_views=two_views, light=light)
        self.artifacts, self._folder, self._of_views = artifacts, folder, of_views or {}
        self._light = light
        self.drml = self._view("drml")
        self.caption = self._view("caption")
        self.views = (self.drml, self.caption) if two_views else (self.drml,)
        urls = {"DRML_URL": self.drml.url, "CAPTION_URL": self.caption.url if two_views else ""}
        self.gateway = Service(
            "diversity_gateway",
            {**urls, "STATE": str(folder / "gateway"), **(settings or {})},
            folder / "gateway.log",
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start what does not run, and wait until all serve."""
        services = (*self.views, self.gateway)
        try:
            for service in services:
                service.start()
            for service in services:
                service.wait_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop all, the gateway first."""
        for service in (self.gateway, *self.views):
            service.stop()

    def wait_indexed(self, timeout_s: float = 60.0) -> None:
        """Return once every view has the whole catalogue; TimeoutError when one does not get there."""
        deadline = time.monotonic() + timeout_s
        while True:
            stats = httpx.get(self.gateway.url + "/stats", timeout=10).json()
            size = stats["catalogue_size"]
            if all(view["pending"] == 0 and view["indexed"] == size for view in stats["views"].values()):
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"not indexed: {stats}")
            time.sleep(POLL_S)

    def _view(self, name: str) -> Service:
        own = {"ARTIFACTS": str(self.artifacts), "STATE": str(self._folder / name), "THREADS": "1"}
        module = f"{name}_service"
        if self._light:
            module = "tests.e2e.light_view"
            own |= {"NAME": name, "PYTHONPATH": str(ROOT)}
        return Service(module, {**own, **self._of_views}, self._folder / f"{name}.log")


def _publish(artifacts: Path, *, two_views: bool, light: bool) -> None:
    if light:
        publish_mean_colour(artifacts, "drml")
        publish_mean_colour(artifacts, "caption")
        return
    # Building networks takes torch and TensorFlow, seconds that tests without them need not spend.
    from tests.fakes.artifacts import publish_untrained

    publish_untrained(artifacts)
    if two_views:
        from tests.fakes.caption_artifacts import publish_untrained_caption

        publish_untrained_caption(artifacts)
