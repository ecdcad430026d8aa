"""Queries that come at the same moment are answered as they would be one after the other."""

import json
import math
from pathlib import Path
from typing import Any

import httpx

from diversity_contracts.columns import COLUMNS_TYPE, is_columns, unpack_columns
from diversity_view.generation import Generation
from tests.contract.caption_service.conftest import BLUE, DARK, GREEN, RED, Start, View, engine_in
from tests.fakes.captioner import MeanColour
from tests.fakes.running_view import PNG

JSON = {"Content-Type": "application/json"}


async def test_many_at_once_are_each_answered_as_alone(start: Start) -> None:
    view = await start(max_queue=64)
    assert (await view.apply(0, {"red": RED, "blue": BLUE, "dark": DARK})).status_code == 200

    async def ask(path: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        return await view.client.post(path, content=content, headers=headers)

    asked: list[tuple[str, bytes, dict[str, str]]] = [
        (path, *body)
        for path in (
            "/similar?n=2",
            "/divergent?n=9&representation=true",
            "/divergent?n=2&max_similarity=0.5",
        )
        for body in [
            (RED, PNG),
            (BLUE, PNG),
            (b"no picture", PNG),
            (json.dumps({"image_id": "dark"}).encode(), JSON),
            (json.dumps({"image_id": "nobody"}).encode(), JSON),
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
        ("/divergent?n=3", {"image_id": "dark"}),
        ("/similarities", {"image_id": "dark", "image_ids": ["bus", "nobody", "green"]}),
    ):
        plain = (await view.client.post(path, json=body)).json()
        reply = await view.client.post(path, json=body, headers={"Accept": COLUMNS_TYPE})
        assert is_columns(reply.content)
        found = unpack_columns(reply.content, captioned=True)
        assert list(found.image_ids) == [entry and entry["image_id"] for entry in plain["results"]]
        held = [entry for entry in plain["results"] if entry]
        assert list(found.captions) == [entry["caption"] for entry in held]
        assert list(found.sources) == [entry["caption_source"] for entry in held]
        assert list(found.values) == [entry["similarity"] for entry in held]
        assert found.query_caption == plain["query_caption"]


async def test_sentences_are_written_together_and_a_picture_that_comes_again_by_nobody(
    start: Start, tmp_path: Path
) -> None:
    encoder = MeanColour()
    engine = engine_in(tmp_path, encoder)
    view = await start(lambda _: Generation(engine), max_queue=64)
    assert (await view.apply(0, {"dark": DARK})).status_code == 200

    async def sentence(path: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        return await view.client.post(path, content=content, headers=headers)

    by_id = json.dumps({"image_id": "dark"}).encode()
    asked = [
        ("/caption", RED, PNG), ("/caption", by_id, JSON), ("/caption", b"no picture", PNG),
        ("/caption?beam=2", RED, PNG), ("/caption", BLUE, PNG), ("/caption?beam=2", GREEN, PNG),
    ]  # fmt: skip
    encoder.encoded = encoder.batches = 0
    replies = await view.asked_at_once([sentence(*one) for one in asked])
    assert (encoder.encoded, encoder.batches) == (4, 2), "a call for each width"
    assert [reply.status_code for reply in replies] == [200, 200, 400, 200, 200, 200]
    assert [replies[place].json()["caption"] for place in (0, 1, 3, 4, 5)] == [
        "red", "red", "red", "blue", "green",
    ]  # fmt: skip
    again = await sentence("/caption?beam=2", RED, PNG)
    assert again.json() == replies[3].json()
    assert (await view.apply(1, {"red": RED, "blue": BLUE})).json()["count"] == 3
    assert encoder.encoded == 4, "what a query made of a picture is what the index takes"
