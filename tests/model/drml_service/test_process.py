"""The real process: settings from the environment, a real artifact, signals, restarts."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
import pytest

from diversity_contracts.pictures import content_hash
from drml_service.network import NetworkArguments
from tests.fakes.artifacts import publish_untrained
from tests.fakes.drawn import drawn

# Importing torch alone takes seconds, and far more on a machine that is busy with training.
START_SECONDS = 300.0


class Service:
    """One process and a client to it."""

    def __init__(self, root: Path) -> None:
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
        }
        self.log = root / "log.txt"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "drml_service"], env=environment, stderr=log, stdout=log
            )
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)

    def status(self, path: str) -> int | None:
        """The status of a GET; None when nobody answers."""
        try:
            return self.client.get(path).status_code
        except httpx.TransportError:
            return None

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.status("/readyz") != 200:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def apply(self, after: int, numbers: range) -> httpx.Response:
        pictures = {number: drawn(number) for number in numbers}
        changes = [
            {"seq": after + place + 1, "image_id": f"p{number}", "content_hash": content_hash(data)}
            for place, (number, data) in enumerate(pictures.items())
        ]
        batch = {"catalogue_id": "c", "after": after, "upto": after + len(changes), "changes": changes}
        files: list[tuple[str, tuple[str | None, bytes]]] = [("changes", (None, orjson.dumps(batch)))]
        files += [("picture", (content_hash(data), data)) for data in pictures.values()]
        return self.client.post("/changes", files=files)


@contextmanager
def serving(root: Path) -> Iterator[Service]:
    service = Service(root)
    try:
        service.wait_ready()
        yield service
    finally:
        service.client.close()
        if service.process.poll() is None:
            service.process.kill()
        service.process.wait()


def ranking(service: Service, number: int, end: str) -> list[tuple[str, float]]:
    reply = service.client.post(
        f"/{end}?n=10000", content=drawn(number), headers={"content-type": "image/png"}
    )
    assert reply.status_code == 200, reply.text
    return [(hit["image_id"], hit["distance"]) for hit in reply.json()["results"]]


def slow_question(service: Service) -> httpx.Response:
    """A query whose body takes longer than the drain."""

    def body() -> Iterator[bytes]:
        data = drawn(3)
        for start in range(0, len(data), len(data) // 8):
            yield data[start : start + len(data) // 8]
            time.sleep(0.7)

    headers = {"content-type": "image/png"}
    return httpx.post(
        f"{service.client.base_url}/embed", content=body(), headers=headers, timeout=60, trust_env=False
    )


@pytest.mark.slow
def test_kill_restart_refuse_and_leave_in_order(tmp_path: Path) -> None:
    good = publish_untrained(tmp_path / "artifacts", arguments=NetworkArguments(embedding_dim=256))
    with serving(tmp_path) as service:
        assert service.apply(0, range(20)).json() == {"applied": 20, "count": 20, "refused": []}
        farthest = ranking(service, 3, "farthest")
        assert ranking(service, 3, "nearest")[0] == ("p3", 0.0)

        # Killed in the middle of a stream of batches: what was acknowledged is there, whole batches only.
        acknowledged = [20]
        killer = threading.Timer(0.5, service.process.kill)
        killer.start()
        try:
            while True:
                after = acknowledged[-1]
                acknowledged.append(service.apply(after, range(after, after + 4)).json()["applied"])
        except httpx.TransportError:
            killer.join()
        assert service.process.wait() == -signal.SIGKILL

    # A newer artifact with other weights under its hash: refused, and the index of the good one still stands.
    bad = publish_untrained(tmp_path / "artifacts", seed=1, golden=[1.0] * 16)
    (tmp_path / "artifacts" / "drml" / "current").write_text(bad.name)
    with serving(tmp_path) as service:
        model = service.client.get("/model").json()
        assert model["artifact"] == good.name
        assert "golden input" in model["refusal"]
        assert model["count"] == model["applied"]
        assert model["applied"] - acknowledged[-1] in {0, 4}
        assert "drml_artifact_refused 1.0" in service.client.get("/metrics").text
        assert service.apply(model["applied"], range(20)).json()["count"] == model["count"]
        assert ranking(service, 3, "farthest")[-1] == ("p3", 0.0)
        assert set(ranking(service, 3, "farthest")) >= set(farthest)

        # SIGTERM: not ready at once, still answering; what is in flight when it stops listening is finished.
        replies: list[httpx.Response] = []
        in_flight = threading.Thread(target=lambda: replies.append(slow_question(service)))
        in_flight.start()
        time.sleep(0.5)
        service.process.send_signal(signal.SIGTERM)
        seen = []
        while (status := service.status("/readyz")) is not None:
            seen.append(status)
            time.sleep(0.2)
        assert 503 in seen
        in_flight.join()
        assert [reply.status_code for reply in replies] == [200]
        assert service.process.wait(60) == 0
