"""A representation is good for the generation that gave it: its artifact in its precision."""

from pathlib import Path

import pytest

from tests.contract.drml_service.conftest import BLUE, GREEN, RED, Start, View, generation_in
from tests.fakes.encoder import MeanColour


@pytest.mark.parametrize("call", ["/nearest", "/farthest", "/embed", "/distances"])
async def test_a_representation_of_another_artifact(view: View, call: str) -> None:
    listed = (await view.client.post("/nearest?representation=true", json={"image_id": "red"})).json()
    query = {"representation": listed["representation"]}
    if call == "/distances":
        query["image_ids"] = ["red"]
    for artifact, status in ((listed["artifact"], 200), (None, 200), ("drml-another", 409)):
        reply = await view.client.post(call, json={**query, "artifact": artifact})
        assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert "drml-another" in reply.json()["detail"]


class EightBits(MeanColour):
    """The same artifact in another precision."""

    precision = "int8"


async def test_a_representation_of_another_precision(start: Start, tmp_path: Path) -> None:
    view = await start(lambda metrics: generation_in(tmp_path, metrics, EightBits()))
    assert (await view.apply(0, {"red": RED, "green": GREEN})).status_code == 200
    model = (await view.client.get("/model")).json()
    assert (model["artifact"], model["generation"]) == ("drml-test", "drml-test+int8")
    listed = (await view.client.post("/nearest?representation=true", json={"image_id": "red"})).json()
    assert (listed["artifact"], listed["generation"]) == ("drml-test", "drml-test+int8")
    for call, more in (("/nearest", {}), ("/distances", {"image_ids": ["red"]}), ("/embed", {})):
        query = {"representation": listed["representation"], **more}
        for named, status in (("drml-test+int8", 200), ("drml-test", 409), ("drml-test+bfloat16", 409)):
            reply = await view.client.post(call, json={**query, "artifact": named})
            assert reply.status_code == status, reply.text
            assert reply.json().get("generation") == ("drml-test+int8" if status == 200 else None)
    for named, status in (("drml-test", 409), ("drml-test+int8", 200)):
        assert (await view.apply(2, {"blue": BLUE}, artifact=named)).status_code == status
    pairs = await view.client.post("/pairwise", json={"image_ids": ["red", "blue"]})
    assert pairs.json()["generation"] == "drml-test+int8"
