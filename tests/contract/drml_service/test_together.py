"""Queries that come at the same moment are answered as they would be one after the other."""

import json
import math
from pathlib import Path
from typing import Any

import httpx

from diversity_contracts.columns import COLUMNS_TYPE, is_columns, unpack_columns
from tests.contract.drml_service.conftest import BLUE, DARK, GREEN, RED, Start, View, generation_in
from tests.fakes.encoder import MeanColour
from tests.fakes.running_view import PNG

JSON = {"Content-Type": "application/json"}


async def test_many_at_once_are_each_answered_as_alone(start: Start) -> None:
    view = await start(max_queue=64)
    await view.apply(0, {"red": RED, "green": GREEN, "blue": BLUE, "dark": DARK})

    async def ask(path: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        return await view.client.post(path, content=content, headers=headers)

    asked: list[tuple[str, bytes, dict[str, str]]] = [
        (path, *body)
        for path in ("/farthest?n=2", "/farthest?n=9&representation=true", "/nearest?n=2")
        for body in [
            (RED, PNG),
            (b"no picture", PNG),
            (json.dumps({"image_id": "dark"}).encode(), JSON),
            (json.dumps({"image_id": "nobody"}).encode(), JSON),
            (json.dumps({"history": [{"image_id": "red"}, {"image_id": "blue"}]}).encode(), JSON),
            (b"{}", JSON),
        ]
    ]
    alone = [await ask(*one) for one in asked]
    groups = await view.groups()
    assert groups[1] == groups[math.inf] > 0, "alone means alone"
    together = await view.asked_at_once([ask(*one) for one in asked])
    assert [told(reply) for reply in together] == [told(reply) for reply in alone]
    groups = await view.groups()
    assert groups[8] < groups[math.inf], "more than eight were worked on in one go"
    assert sorted({reply.status_code for reply in alone}) == [200, 400, 404, 422]


def told(reply: httpx.Response) -> tuple[int, Any]:
    document = reply.json()
    document.pop("request_id", None)
    return reply.status_code, document


async def test_a_list_comes_in_columns_on_request(view: View) -> None:
    for path, body in (
        ("/farthest?n=2", {"image_id": "red"}),
        ("/distances", {"image_id": "red", "image_ids": ["blue", "nobody", "green"]}),
    ):
        plain = (await view.client.post(path, json=body)).json()
        reply = await view.client.post(path, json=body, headers={"Accept": COLUMNS_TYPE})
        assert reply.headers["content-type"] == COLUMNS_TYPE
        assert is_columns(reply.content)
        found = unpack_columns(reply.content, captioned=False)
        assert list(found.image_ids) == [entry and entry["image_id"] for entry in plain["results"]]
        held = [entry for entry in plain["results"] if entry]
        assert list(found.values) == [entry["distance"] for entry in held]
        assert list(found.percentiles) == [entry["percentile"] for entry in held]
    pairs = {"image_id": "red", "image_ids": ["blue", "green"], "pairwise": True}
    reply = await view.client.post("/distances", json=pairs, headers={"Accept": COLUMNS_TYPE})
    assert len(reply.json()["pairwise"]) == 2, "there are no columns for these"


async def test_embeddings_are_made_together_and_a_picture_that_comes_again_by_nobody(
    start: Start, tmp_path: Path
) -> None:
    encoder = MeanColour()
    view = await start(lambda metrics: generation_in(tmp_path, metrics, encoder), max_queue=64)
    await view.apply(0, {"dark": DARK})

    async def embedding(content: bytes, headers: dict[str, str]) -> httpx.Response:
        return await view.client.post("/embed", content=content, headers=headers)

    by_id = json.dumps({"image_id": "dark"}).encode()
    asked = [(RED, PNG), (by_id, JSON), (b"no picture", PNG), (GREEN, PNG), (RED, PNG), (BLUE, PNG)]
    encoder.encoded = encoder.calls = 0
    replies = await view.asked_at_once([embedding(*one) for one in asked])
    assert (encoder.encoded, encoder.calls) == (3, 1)
    assert [reply.status_code for reply in replies] == [200, 200, 400, 200, 200, 200]
    assert [replies[place].json()["embedding"] for place in (0, 1, 3, 4, 5)] == [
        [255, 0, 0, 0], [90, 0, 0, 0], [0, 255, 0, 0], [255, 0, 0, 0], [0, 0, 255, 0],
    ]  # fmt: skip
    await view.client.post("/farthest", content=RED, headers=PNG)
    assert (await view.apply(1, {"red": RED, "green": GREEN})).json()["count"] == 3
    assert encoder.encoded == 3, "what a query made of a picture is what the index takes"
