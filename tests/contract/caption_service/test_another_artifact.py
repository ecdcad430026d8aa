"""A representation is good for the generation that gave it: its artifact in its precision."""

from pathlib import Path

import pytest

from caption_service.precision import Precision
from diversity_view.generation import Generation
from tests.contract.caption_service.conftest import BLUE, RED, Start, View, engine_in
from tests.fakes.captioner import MeanColour
from tests.fakes.running_view import PNG


@pytest.mark.parametrize("call", ["/similar", "/divergent", "/similarities"])
async def test_a_representation_of_another_artifact(view: View, call: str) -> None:
    query: dict[str, object] = {"representation": "red"}
    if call == "/similarities":
        query["image_ids"] = ["bus"]
    for artifact, status in (("caption-test", 200), (None, 200), ("caption-another", 409)):
        reply = await view.client.post(call, json={**query, "artifact": artifact})
        assert reply.status_code == status, reply.text
    assert "caption-another" in reply.json()["detail"]


class Shorter(MeanColour):
    """The same artifact in another precision."""

    precision: Precision = "bfloat16"


async def test_a_representation_of_another_precision(start: Start, tmp_path: Path) -> None:
    engine, name = engine_in(tmp_path, Shorter()), "caption-test+bfloat16"
    view = await start(lambda _: Generation(engine))
    assert (await view.apply(0, {"red": RED, "blue": BLUE})).status_code == 200
    model = (await view.client.get("/model")).json()
    assert (model["artifact"], model["generation"]) == ("caption-test", name)
    assert (await view.client.post("/caption", content=RED, headers=PNG)).json()["generation"] == name
    for call, more in (("/similar", {}), ("/divergent", {}), ("/similarities", {"image_ids": ["red"]})):
        for named, status in ((name, 200), ("caption-test", 409)):
            reply = await view.client.post(call, json={"representation": "red", "artifact": named, **more})
            assert reply.status_code == status, reply.text
            assert reply.json().get("generation") == (name if status == 200 else None)
