"""The real process, its vectors in Milvus: it waits for the server and keeps nothing itself."""

from pathlib import Path

from drml_service.network import NetworkArguments
from tests.fakes.artifacts import publish_untrained
from tests.fakes.drawn import drawn
from tests.fakes.milvus import Embedded
from tests.fakes.view_process import ViewProcess


def ranking(service: ViewProcess) -> list[str]:
    reply = service.client.post("/farthest?n=50", content=drawn(3), headers={"content-type": "image/png"})
    assert reply.status_code == 200, reply.text
    return [hit["image_id"] for hit in reply.json()["results"]]


def test_it_waits_for_the_server_and_keeps_nothing_itself(embedded: Embedded, tmp_path: Path) -> None:
    publish_untrained(tmp_path / "artifacts", arguments=NetworkArguments(embedding_dim=256))
    setting = f"milvus+{embedded.uri}/process"
    embedded.stop()
    service = ViewProcess("drml_service", tmp_path, VECTOR_STORE=setting)
    try:
        while service.status("/healthz") != 200:
            assert service.process.poll() is None, service.log.read_text()
        model = service.wait_model(lambda model: model["state"] != "loading")
        assert (model["state"], service.status("/readyz")) == ("failed", 503)
        embedded.start()
        service.wait_ready()
        assert service.apply(0, range(20)).json() == {"applied": 20, "count": 20, "refused": []}
        farthest = ranking(service)
        assert (len(farthest), farthest[-1]) == (20, "p3")
        service.process.terminate()
        assert service.process.wait() == 0
    finally:
        service.client.close()
        service.process.kill()
        service.process.wait()
    assert not any(file.stat().st_size for file in (tmp_path / "state").glob("index-*"))
