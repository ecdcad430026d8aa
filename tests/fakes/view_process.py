"""A view service as a real process: settings from the environment, signals, restarts."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson

from diversity_contracts.pictures import content_hash
from tests.fakes.drawn import drawn

# Importing a framework alone takes seconds, and far more on a machine that is busy with training.
START_SECONDS = 300.0


class ViewProcess:
    """One `python -m MODULE` and a client to it."""

    def __init__(self, module: str, root: Path, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {
            **os.environ,
            "ARTIFACTS": str(root / "artifacts"),
            "STATE": str(root / "state"),
            "PORT": str(port),
            "THREADS": "1",
            "DRAIN_SECONDS": "3",
            **settings,
        }
        self.log = root / "log.txt"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module], env=environment, stderr=log, stdout=log
            )
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)

    def status(self, path: str) -> int | None:
        """The status of a GET; None when nobody answers."""
        try:
            return self.client.get(path).status_code
        except httpx.TransportError:
            return None

    def wait_ready(self) -> None:
        """Return once it can serve; fails with the log when it ends or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while self.status("/readyz") != 200:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def wait_model(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The reply of `/model` once it is as wanted; fails with the last one when that takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not holds(model := self.client.get("/model").json()):
            assert time.monotonic() < deadline, model
            time.sleep(0.05)
        found: dict[str, Any] = model
        return found

    def apply(self, after: int, numbers: range, generation: str | None = None) -> httpx.Response:
        """Send the drawn pictures `numbers` as one batch, to the generation of that name."""
        pictures = {number: drawn(number) for number in numbers}
        changes = [
            {"seq": after + place + 1, "image_id": f"p{number}", "content_hash": content_hash(data)}
            for place, (number, data) in enumerate(pictures.items())
        ]
        batch = {"catalogue_id": "c", "after": after, "upto": after + len(changes), "changes": changes}
        files: list[tuple[str, tuple[str | None, bytes]]] = [("changes", (None, orjson.dumps(batch)))]
        files += [("picture", (content_hash(data), data)) for data in pictures.values()]
        meant = {} if generation is None else {"artifact": generation}
        return self.client.post("/changes", files=files, params=meant)


@contextmanager
def serving(module: str, root: Path, **settings: str) -> Iterator[ViewProcess]:
    """A process that is ready, and is no more afterwards."""
    service = ViewProcess(module, root, **settings)
    try:
        service.wait_ready()
        yield service
    finally:
        service.client.close()
        if service.process.poll() is None:
            service.process.kill()
        service.process.wait()
