"""Queries that come at the same moment are answered as they would be one after the other."""

import asyncio
import json
from typing import Any

import httpx

from diversity_contracts.columns import COLUMNS_TYPE, is_columns, unpack_columns
from tests.contract.caption_service.conftest import BLUE, DARK, RED, Start, View
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
    together = await asyncio.gather(*(ask(*one) for one in asked))
    assert [told(reply) for reply in together] == [told(reply) for reply in alone]
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
