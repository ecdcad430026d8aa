"""A new artifact while a view serves: brought in beside the old one, swapped in, refused, gone back to."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

from diversity_contracts.publishing import point_current
from diversity_view import notices
from diversity_view.rollback import roll_back
from tests.contract.diversity_view.feeding import (
    PICTURES,
    artifact_of,
    feed,
    holds,
    model_when,
    prepares,
    said,
    serves,
)
from tests.fakes.live_view import Record, WordEngine, living, publish_word
from tests.fakes.redis_server import fake_redis
from tests.fakes.running_view import RunningView
from tests.fakes.waiting import eventually

ARTIFACTS = 8

View = RunningView[WordEngine]


def indexes(folder: Path) -> set[str]:
    return {file.name for file in (folder / "state").glob("index-*.sqlite")}


async def test_the_next_one_is_fed_beside_the_one_that_serves(tmp_path: Path) -> None:
    record = Record()
    async with living(tmp_path, record) as view:
        await feed(view, 0, PICTURES)
        assert await said(view) == ("starter", {"starter"})
        one = publish_word(tmp_path / "artifacts", "one").name

        model = await model_when(view, lambda model: (model["preparing"] or {}).get("stage") == "indexing")
        assert model["preparing"] == {
            "artifact": one, "stage": "indexing", "indexed": 0, "total": 3,
            "applied": 0, "catalogue_id": None,
        }  # fmt: skip
        assert (model["artifact"], model["count"], model["refusal"]) == ("drml-20260000T000000Z", 3, None)
        metrics = (await view.client.get("/metrics")).text
        assert f'drml_preparing_info{{stage="indexing",version="{one}"}} 1.0' in metrics

        # Half fed it does not serve, and what comes meanwhile reaches the one that does.
        first = dict(list(PICTURES.items())[:2])
        assert (await view.apply(0, first, artifact=one)).json()["count"] == 2
        assert (await view.apply(3, {"late": b"late!"})).json() == {"applied": 4, "count": 4, "refused": []}
        assert await said(view) == ("starter", {"starter"})
        assert (await view.client.get("/model")).json()["preparing"]["indexed"] == 2

        rest = {"late": b"late!"}
        reply = await view.apply(2, {"c": PICTURES["c"], **rest}, artifact=one)
        assert reply.json() == {"applied": 4, "count": 4, "refused": []}
        assert await said(view) == ("one", {"one"})
        model = (await view.client.get("/model")).json()
        assert (model["artifact"], model["applied"], model["preparing"]) == (one, 4, None)
        assert record.open == {one}
        metrics = (await view.client.get("/metrics")).text
        assert "drml_generations_replaced_total 1.0" in metrics
        assert f'drml_artifact_info{{version="{one}"}} 1.0' in metrics


async def test_without_pictures_nothing_has_to_be_fed(tmp_path: Path) -> None:
    async with living(tmp_path, Record()) as view:
        one = publish_word(tmp_path / "artifacts", "one").name
        await model_when(view, serves(one))


async def test_changes_for_a_generation_that_is_not_there(tmp_path: Path) -> None:
    async with living(tmp_path, Record()) as view:
        serving = await artifact_of(view)
        reply = await view.apply(0, PICTURES, artifact="drml-9")
        assert (reply.status_code, reply.headers["content-type"]) == (409, "application/problem+json")
        assert (await view.apply(0, PICTURES, artifact=serving)).status_code == 200


async def test_back_to_the_previous_one_without_encoding_anything(tmp_path: Path) -> None:
    record = Record()
    async with living(tmp_path, record) as view:
        await feed(view, 0, PICTURES)
        names = []
        for day, word in enumerate(("one", "two", "three"), start=1):
            names.append(publish_word(tmp_path / "artifacts", word, day).name)
            await feed(view, 0, PICTURES, artifact=names[-1])
            await model_when(view, serves(names[-1]))
        # The previous index stays for the way back, those before it go.
        kept = {f"index-{name}.sqlite" for name in names[1:]}
        await eventually(lambda: holds(indexes(tmp_path) == kept))

        encoded = record.encoded
        point_current(tmp_path / "artifacts", "drml", names[1])
        await model_when(view, serves(names[1]))
        assert await said(view) == ("two", {"two"})
        assert record.encoded == encoded

        # Back from its counter: only what came since is fed.
        await feed(view, 3, {"new": b"new"})
        point_current(tmp_path / "artifacts", "drml", names[2])
        model = await model_when(
            view, lambda model: model["preparing"] is not None and model["preparing"]["indexed"]
        )
        assert model["preparing"]["applied"] == 3
        encoded = record.encoded
        assert (await view.apply(3, {"new": b"new"}, artifact=names[2])).json()["count"] == 4
        assert record.encoded == encoded + 1
        assert await said(view) == ("three", {"three"})


async def test_back_to_the_starter_after_the_first_artifact(tmp_path: Path) -> None:
    """Its index is still there; after a restart it is the one that serves; and it can be left again."""
    record, artifacts = Record(), tmp_path / "artifacts"
    async with living(tmp_path, record) as view:
        await feed(view, 0, PICTURES)
        starter = await artifact_of(view)
        one = publish_word(artifacts, "one").name
        await feed(view, 0, PICTURES, artifact=one)
        await model_when(view, serves(one))
        encoded = record.encoded
        assert roll_back(artifacts, "drml") == (one, "starter")
        model = await model_when(view, serves(starter))
        assert (model["count"], model["preparing"], model["refusal"]) == (3, None, None)
        assert await said(view) == ("starter", {"starter"})
        assert record.encoded == encoded
        note = tmp_path / "state" / "served.json"
        await eventually(lambda: holds(json.loads(note.read_bytes())[0] == starter))
    async with living(tmp_path, record) as view:
        assert await artifact_of(view) == starter
        two = publish_word(artifacts, "two", 2).name
        await feed(view, 0, PICTURES, artifact=two)
        assert await said(view) == ("two", {"two"})


async def test_a_notice_makes_it_look_at_once(tmp_path: Path) -> None:
    """An hour between two looks, but for the notice."""
    async with (
        fake_redis() as server,
        living(tmp_path, Record(), artifact_poll_s=3_600, redis_url=server.url) as view,
    ):
        await artifact_of(view)
        one = publish_word(tmp_path / "artifacts", "one").name
        await asyncio.to_thread(notices.announce, server.url, "drml", one)
        await model_when(view, serves(one))


async def test_a_wish_that_is_taken_back(tmp_path: Path) -> None:
    """Another artifact becomes current while one is prepared; then the one that serves does again."""
    record = Record()
    async with living(tmp_path, record) as view:
        one = publish_word(tmp_path / "artifacts", "one", 1).name
        await model_when(view, serves(one))
        await feed(view, 0, PICTURES)
        for day, word in ((2, "two"), (3, "three")):
            name = publish_word(tmp_path / "artifacts", word, day).name
            await model_when(view, prepares(name))
            assert record.open == {one, name}
        point_current(tmp_path / "artifacts", "drml", one)
        model = await model_when(view, lambda model: model["preparing"] is None)
        assert (model["artifact"], model["refusal"], record.open) == (one, None, {one})


async def test_a_query_in_flight_ends_with_the_generation_it_began_with(tmp_path: Path) -> None:
    record = Slow()
    async with living(tmp_path, record, encoder_concurrency=2) as view:
        await feed(view, 0, PICTURES)
        record.gate.clear()
        slow = asyncio.create_task(view.client.post("/ask", json={}))
        await record.entered.wait()
        one = publish_word(tmp_path / "artifacts", "one").name
        await model_when(view, prepares(one))
        await feed(view, 0, PICTURES, artifact=one)
        assert (await view.client.get("/model")).json()["artifact"] == one
        assert record.open == {"drml-20260000T000000Z", one}
        record.gate.set()
        reply = (await slow).json()
        assert (reply["word"], set(reply["entries"].values())) == (
            "starter",
            {"starter 1", "starter 2", "starter 3"},
        )
        await eventually(lambda: holds(record.open == {one}))


async def test_after_a_restart_what_served_serves_until_the_new_one_is_fed(tmp_path: Path) -> None:
    record = Record()
    async with living(tmp_path, record) as view:
        await feed(view, 0, PICTURES)
        await eventually(lambda: holds((tmp_path / "state" / "served.json").exists()))
    one = publish_word(tmp_path / "artifacts", "one").name
    async with living(tmp_path, record) as view:
        await model_when(view, prepares(one))
        assert await said(view) == ("starter", {"starter"})
        await view.apply(0, {"a": b"1"}, artifact=one)
    # And what was fed to the new one before the next restart needs not be sent again.
    async with living(tmp_path, record) as view:
        model = await model_when(view, prepares(one))
        assert (model["preparing"]["applied"], model["count"]) == (1, 3)
        await view.apply(1, {"b": b"22", "c": b"333"}, artifact=one)
        assert await said(view) == ("one", {"one"})


class Slow(Record):
    """Queries that wait at a gate once they have begun."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def asked(self) -> None:
        self._loop.call_soon_threadsafe(self.entered.set)
        assert self.gate.wait(60)


async def test_artifacts_under_constant_queries(tmp_path: Path) -> None:
    """Every reply is whole: one artifact, its word, and nothing that another one encoded."""
    record, replies, done = Record(), list[dict[str, Any]](), False
    async with living(tmp_path, record) as view:
        await feed(view, 0, PICTURES)

        async def asking() -> None:
            while not done:
                reply = await view.client.post("/ask", json={})
                assert reply.status_code == 200, reply.text
                replies.append(reply.json())

        askers = [asyncio.create_task(asking()) for _ in range(4)]
        for day in range(1, ARTIFACTS + 1):
            name = publish_word(tmp_path / "artifacts", f"word{day}", day).name
            await model_when(view, prepares(name))
            await feed(view, 0, PICTURES, artifact=name)
            await model_when(view, serves(name))
        done = True
        await asyncio.gather(*askers)
        await eventually(lambda: holds(record.open == {name}))  # the others are let go of
    words = {reply["artifact"]: reply["word"] for reply in replies}
    assert len(words) == len(set(words.values())) >= ARTIFACTS
    for reply in replies:
        assert reply["word"] == words[reply["artifact"]]
        assert {entry.split()[0] for entry in reply["entries"].values()} == {reply["word"]}
        assert len(reply["entries"]) == 3
