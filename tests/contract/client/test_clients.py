"""Both clients over the real gateway: every method, every body form, every kind of refusal."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from diversity_client import errors
from diversity_client.async_client import AsyncClient
from diversity_client.client import Client
from diversity_client.retrying import Retries
from tests.contract.client.bridge import connector
from tests.contract.client.conftest import PICTURES
from tests.contract.gateway.conftest import Gateway
from tests.fakes.drawn import drawn


@pytest.fixture
async def client(filled: Gateway) -> AsyncIterator[AsyncClient]:
    transport = httpx.ASGITransport(filled.app, raise_app_exceptions=False)
    async with AsyncClient("http://gateway", transport=transport, retries=Retries(attempts=1)) as made:
        yield made


async def test_every_body_form_asks_the_same(client: AsyncClient, tmp_path: Path) -> None:
    path = tmp_path / "query.png"
    path.write_bytes(drawn(100))
    by_file = await client.divergent(image=path, n=3)
    by_bytes = await client.divergent(image=drawn(100), n=3)
    by_json = await client.divergent(image=drawn(100), n=3, filter={"class": ["even", "odd"]})
    ids = [result.image_id for result in by_file.results]
    assert len(ids) == 3
    for other in (by_bytes, by_json):
        assert [result.image_id for result in other.results] == ids
    assert by_file.exact
    assert by_file.catalogue_size == PICTURES


async def test_every_option_reaches_the_gateway(client: AsyncClient) -> None:
    answer = await client.similar(
        image_id="set/0",
        n=2,
        views=["drml", "caption"],
        weights={"drml": 0.7, "caption": 0.3},
        band=(0.0, 1.0),
        raw=True,
        diversity=0.5,
        candidates_limit=20,
        near_duplicates="keep",
        include_blank=True,
        strict=True,
        exclude=["set/1"],
        filter={"class": "even"},
    )
    assert len(answer.results) == 2
    assert all(result.metadata["class"] == "even" for result in answer.results)
    assert answer.query.image_ids == ["set/0"]


async def test_histories_by_value_by_pictures_by_user(client: AsyncClient) -> None:
    stored = await client.add_history("ü/1", ["set/0", ("set/1", 0.5), "nowhere"])
    assert (stored.added, stored.missing) == (2, ["nowhere"])
    assert [(one.image_id, one.weight) for one in (await client.history("ü/1")).history] == [
        ("set/0", 1.0),
        ("set/1", 0.5),
    ]
    for answer in (
        await client.divergent(user_id="ü/1", n=PICTURES),
        await client.divergent(history=["set/0", ("set/1", 0.5)], n=PICTURES),
    ):
        assert {"set/0", "set/1"}.isdisjoint(result.image_id for result in answer.results)
    assert (await client.divergent(images=[drawn(0), drawn(1)], exclude=["set/2"], n=PICTURES)).results
    await client.delete_history("ü/1")
    assert (await client.history("ü/1")).count == 0


async def test_many_searches_are_answered_each_by_itself(client: AsyncClient) -> None:
    outcomes = await client.similar_many(
        [{"image_id": "set/0", "n": 1}, {"image_id": "nowhere"}], n=2, raw=True
    )
    assert [one.status for one in outcomes.results] == [200, 404]
    first, second = outcomes.results
    assert first.answer is not None
    assert len(first.answer.results) == 1
    assert second.problem is not None
    assert second.problem.type.endswith("unknown-id")
    assert len((await client.divergent_many([{"user_id": "nobody"}] * 3)).results) == 3


async def test_pages_of_a_ranking_are_the_ranking(client: AsyncClient) -> None:
    whole = (await client.similar(image_id="set/0", n=PICTURES)).results
    paged = [result async for result in client.ranking("similar", image_id="set/0", n=2)]
    assert [one.image_id for one in paged] == [one.image_id for one in whole]
    first = await client.similar(image_id="set/0", n=2)
    await client.delete_image("set/3")
    with pytest.raises(errors.StaleCursor):
        await client.similar(image_id="set/0", n=2, cursor=first.next_cursor or "")


async def test_a_picture_comes_goes_and_is_there_in_between(client: AsyncClient) -> None:
    for image_id in ("a/content", "..", "50 % #?ü"):
        stored = await client.put_image(image_id, drawn(50), captions=["One.", "Two."], metadata={"n": 1})
        assert stored.searchable
        image = await client.image(image_id)
        assert image.content_hash == hashlib.sha256(drawn(50)).hexdigest()
        assert (image.captions, image.metadata) == (["One.", "Two."], {"n": 1})
        assert await client.content(image_id) == drawn(50)
        assert (await client.content(image_id, size="thumb"))[:2] == b"\xff\xd8"
        assert (await client.put_image(image_id, drawn(50))).captions == ["One.", "Two."]
        assert (await client.put_image(image_id, drawn(50), captions=[])).captions == []
        await client.delete_image(image_id)
        with pytest.raises(errors.UnknownId):
            await client.image(image_id)
    assert len([image async for image in client.all_images()]) == PICTURES


async def test_many_pictures_in_one_call(client: AsyncClient) -> None:
    outcome = await client.post_images(
        {"new/1.png": drawn(60), "new/ü b.png": drawn(61), "new/3.png": b"none"}
    )
    assert [(one.image_id, one.status) for one in outcome.results] == [
        ("new/1.png", 201),
        ("new/ü b.png", 201),
        ("new/3.png", 400),
    ]
    page = await client.images(limit=2)
    assert len(page.images) == 2
    assert page.next_cursor is not None
    assert (await client.images(limit=2, cursor=page.next_cursor)).images[0].image_id > page.images[
        1
    ].image_id


async def test_the_gateway_tells_of_itself(client: AsyncClient) -> None:
    stats = await client.stats()
    assert {name: view.indexed for name, view in stats.views.items()} == {
        "drml": PICTURES,
        "caption": PICTURES,
    }
    assert (await client.health()).status == (await client.ready()).status == "ok"
    assert f"gateway_catalogue_images {PICTURES}.0" in await client.metrics()
    assert "/divergent" in (await client.openapi())["paths"]


async def test_refusals_are_exceptions_of_their_kind(client: AsyncClient) -> None:
    with pytest.raises(errors.UnknownId) as unknown:
        await client.divergent(image_id="nowhere")
    assert (unknown.value.status, unknown.value.title) == (404, "No such entry")
    assert "nowhere" in unknown.value.detail
    assert unknown.value.request_id
    with pytest.raises(errors.InvalidParameter) as invalid:
        await client.divergent(image_id="set/0", n=1_000)
    assert invalid.value.errors[0].location == "query.n"
    with pytest.raises(errors.NotAPicture):
        await client.put_image("x", b"\xff\xd8\xff not a picture")
    with pytest.raises(errors.InvalidParameter):
        await client.put_image("x" * 300, drawn(1))


async def test_the_synchronous_client_does_the_same(filled: Gateway, client: AsyncClient) -> None:
    def ask(made: Client) -> list[str]:
        with made:
            made.add_history("u", ["set/0"])
            made.delete_image("set/11")
            assert len(list(made.all_images())) == PICTURES - 1
            assert len(list(made.ranking("similar", image_id="set/0", n=4))) == PICTURES - 2
            return [result.image_id for result in made.divergent(user_id="u").results]

    sync = await asyncio.to_thread(ask, connector(filled)())
    assert sync == [result.image_id for result in (await client.divergent(user_id="u")).results]
