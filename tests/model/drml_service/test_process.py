"""The real process: settings from the environment, a real artifact, signals, restarts."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from drml_service.network import NetworkArguments
from tests.fakes.artifacts import publish_untrained
from tests.fakes.drawn import drawn
from tests.fakes.view_process import ViewProcess, serving


def ranking(service: ViewProcess, number: int, end: str) -> list[tuple[str, float]]:
    reply = service.client.post(
        f"/{end}?n=10000", content=drawn(number), headers={"content-type": "image/png"}
    )
    assert reply.status_code == 200, reply.text
    return [(hit["image_id"], hit["distance"]) for hit in reply.json()["results"]]


def slow_question(service: ViewProcess) -> httpx.Response:
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
    with serving("drml_service", tmp_path) as service:
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
    with serving("drml_service", tmp_path) as service:
        model = service.wait_model(lambda model: model["refusal"] is not None)
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
