"""The real process restarted with another setting: the old precision serves until the new one is fed."""

from pathlib import Path

import httpx
import pytest

from tests.fakes.drawn import drawn
from tests.fakes.view_process import ViewProcess, serving

PICTURES = range(12)


def nearest(service: ViewProcess) -> httpx.Response:
    reply = service.client.post("/nearest?n=3", content=drawn(3), headers={"content-type": "image/png"})
    assert reply.status_code == 200, reply.text
    assert reply.json()["results"][0]["image_id"] == "p3"
    return reply


@pytest.mark.slow
def test_of_the_starter(tmp_path: Path) -> None:
    """bfloat16, which every processor computes in or imitates."""
    with serving("drml_service", tmp_path, ENCODER="openvino", PRECISION="float32") as service:
        assert service.apply(0, PICTURES).json()["count"] == len(PICTURES)
        artifact = service.client.get("/model").json()["artifact"]
        assert "generation" not in nearest(service).json()
    with serving("drml_service", tmp_path, ENCODER="openvino", PRECISION="bfloat16") as service:
        model = service.wait_model(lambda model: (model["preparing"] or {}).get("stage") == "indexing")
        coming = f"{artifact}+bfloat16"
        assert (model["preparing"]["artifact"], model["preparing"]["generation"]) == (artifact, coming)
        assert (model["precision"], model["count"]) == ("float32", len(PICTURES))
        assert "generation" not in nearest(service).json()
        assert service.apply(0, PICTURES, coming).json()["count"] == len(PICTURES)
        model = service.wait_model(lambda model: model["preparing"] is None)
        assert (model["artifact"], model["generation"], model["precision"]) == (artifact, coming, "bfloat16")
        reply = nearest(service).json()
        assert (reply["artifact"], reply["generation"]) == (artifact, coming)
    kept = {file.name for file in (tmp_path / "state").glob("index-*.sqlite")}
    assert kept == {f"index-{artifact}.sqlite", f"index-{coming}.sqlite"}
