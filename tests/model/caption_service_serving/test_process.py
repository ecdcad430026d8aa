"""The real process, without TensorFlow: an artifact, killed, restarted, given a bad one, ended in order."""

import signal
import threading
from pathlib import Path

import httpx
import pytest

from tests.fakes.caption_artifacts import publish_untrained_caption
from tests.fakes.drawn import drawn
from tests.fakes.view_process import ViewProcess, serving

MODULE = "caption_service"
PNG = {"content-type": "image/png"}


def asked(service: ViewProcess, call: str, number: int) -> dict[str, object]:
    reply = service.client.post(call, content=drawn(number), headers=PNG)
    assert reply.status_code == 200, reply.text
    value: dict[str, object] = reply.json()
    return value


@pytest.mark.slow
def test_kill_restart_refuse_and_leave_in_order(tmp_path: Path) -> None:
    # Whoever imports it is told that it is not installed, as in the image.
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "tensorflow.py").write_text("raise ModuleNotFoundError(__name__)\n")
    alone = {"PYTHONPATH": str(tmp_path / "without")}
    good = publish_untrained_caption(tmp_path / "artifacts")
    with serving(MODULE, tmp_path, **alone) as service:
        assert service.apply(0, range(20)).json() == {"applied": 20, "count": 20, "refused": []}
        divergent = asked(service, "/divergent?n=10000", 50)
        sentences = {number: asked(service, "/caption", number)["caption"] for number in range(4)}

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

    # A newer artifact that writes another sentence than it says: refused, and the good one's index stands.
    bad = publish_untrained_caption(tmp_path / "artifacts", wrong_sentence="what nobody wrote")
    (tmp_path / "artifacts" / "caption" / "current").write_text(bad.name)
    with serving(MODULE, tmp_path, **alone) as service:
        model = service.wait_model(lambda model: model["refusal"] is not None)
        assert model["artifact"] == good.name
        assert model["runtime"] == "openvino"
        assert "golden input" in model["refusal"]
        assert model["count"] == model["applied"]
        assert model["applied"] - acknowledged[-1] in {0, 4}
        assert "caption_artifact_refused 1.0" in service.client.get("/metrics").text
        later = {f"p{number}" for number in range(20, model["count"])}
        results = asked(service, "/divergent?n=10000", 50)["results"]
        assert isinstance(results, list)
        kept = [(hit["image_id"], hit["similarity"]) for hit in results if hit["image_id"] not in later]
        before = divergent["results"]
        assert isinstance(before, list)
        assert kept == [(hit["image_id"], hit["similarity"]) for hit in before]
        for number, sentence in sentences.items():
            by_id = service.client.post("/caption", json={"image_id": f"p{number}"}).json()
            assert by_id["caption"] == sentence
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(60) == 0
