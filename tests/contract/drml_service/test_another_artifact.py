"""A representation is good for the artifact that gave it."""

import pytest

from tests.contract.drml_service.conftest import View


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
