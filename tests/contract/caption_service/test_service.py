"""What operators see of this view, and what it says of wrong requests."""

import asyncio

import pytest

from caption_service.engine import LONGEST_SENTENCE, Engine
from diversity_contracts.manifest import BadArtifact
from diversity_contracts.problems import Problem
from diversity_contracts.wire import ViewModel
from diversity_view.generation import Generation
from diversity_view.metrics import Metrics
from tests.contract.caption_service.conftest import DARK, RED, Start, View
from tests.fakes.running_view import PNG


async def test_the_model(view: View) -> None:
    model = (await view.client.get("/model")).json()
    ViewModel.model_validate(model)
    assert model == {
        "view": "caption",
        "state": "ready",
        "artifact": "caption-test",
        "refusal": None,
        "count": 5,
        "applied": 5,
        "catalogue_id": "c",
        "preparing": None,
        "metrics": {"bleu_4": 0.18},
        "runtime": "mean",
        "precision": "float32",
        "dimension": 7,
        "sentences": 6,
        "reference": 0,
        "created": "2026-01-01",
    }


async def test_health_and_metrics(view: View) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert (await view.client.get(path)).status_code == 200
    await view.client.post("/caption", content=DARK, headers=PNG)
    text = (await view.client.get("/metrics")).text
    assert 'caption_request_seconds_count{route="/caption",status="200"} 1.0' in text


async def test_when_no_model_can_be_served(start: Start) -> None:
    def load(_: Metrics) -> Generation[Engine]:
        raise BadArtifact("starter: its hash differs")

    view = await start(load)
    for path in ("/readyz", "/model"):
        reply = await view.client.get(path)
        assert "hash differs" in reply.text or reply.status_code == 503
    reply = await view.client.post("/similar", content=RED, headers=PNG)
    assert (reply.status_code, reply.headers["content-type"]) == (503, "application/problem+json")


@pytest.mark.parametrize(
    "call",
    [
        "/caption?beam=0", "/caption?beam=11", "/caption?beam=x", "/caption?n=5", "/similar?n=0",
        "/similar?n=NaN",
        "/similar?max_similarity=0.5", "/similar?min_similarity=1.1", "/divergent?min_similarity=NaN",
        "/divergent?max_similarity=-0.1", "/similarities?pairwise=true", "/changes?x",
    ],
)  # fmt: skip
async def test_a_parameter_that_is_none(view: View, call: str) -> None:
    reply = await view.client.post(call, json={"image_id": "dark"})
    document = Problem.model_validate(reply.json())
    assert (reply.status_code, document.type) == (422, "urn:diversity:problem:invalid-parameter")


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"GIF89a, says the file", PNG, 400),
        (b"{", {"content-type": "application/json"}, 400),
        (b"<svg/>", {"content-type": "image/svg+xml"}, 415),
        (b"x" * 20_001, PNG, 413),
    ],
)
@pytest.mark.parametrize("call", ["/caption", "/similar", "/divergent", "/similarities"])
async def test_bodies_that_are_no_query(
    view: View, call: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    reply = await view.client.post(call, content=body, headers=headers)
    assert (reply.status_code, reply.headers["content-type"]) == (status, "application/problem+json")


async def test_a_sentence_too_long_to_be_one(view: View) -> None:
    reply = await view.client.post("/similar", json={"representation": "x" * (LONGEST_SENTENCE + 1)})
    assert reply.status_code == 422


async def test_queries_see_whole_batches(view: View) -> None:
    """Every batch gives two pictures one caption: a query that finds them apart saw half a batch."""
    for step in range(30):
        words = ["the dog", "the bus"][step % 2]
        asking = [
            asyncio.create_task(
                view.client.post("/similarities", json={"representation": "dog", "image_ids": ["one", "two"]})
            )
            for _ in range(3)
        ]
        put = view.apply(5 + 2 * step, {"one": RED, "two": DARK}, {"one": [words], "two": [words]})
        reply, *answers = await asyncio.gather(put, *asking)
        assert reply.status_code == 200
        for answer in answers:
            one, two = answer.json()["results"]
            assert (one is None) == (two is None)
            assert one is None or one["similarity"] == two["similarity"]
