"""A representation is good for the artifact that gave it."""

import pytest

from tests.contract.caption_service.conftest import View


@pytest.mark.parametrize("call", ["/similar", "/divergent", "/similarities"])
async def test_a_representation_of_another_artifact(view: View, call: str) -> None:
    query: dict[str, object] = {"representation": "red"}
    if call == "/similarities":
        query["image_ids"] = ["bus"]
    for artifact, status in (("caption-test", 200), (None, 200), ("caption-another", 409)):
        reply = await view.client.post(call, json={**query, "artifact": artifact})
        assert reply.status_code == status, reply.text
    assert "caption-another" in reply.json()["detail"]
