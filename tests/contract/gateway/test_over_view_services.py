"""The gateway over both view services themselves, their networks replaced by the mean colour.

What the fakes of the other tests assume of a view is seen here to be so: the wire, the sentences, refusals.
"""

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import httpx
import pytest

import caption_service.app
import drml_service.app
from caption_service.engine import Engine as CaptionEngine
from caption_service.written import WrittenCodec
from diversity_gateway.app import create_app
from diversity_gateway.assembly import assemble
from diversity_gateway.settings import Settings
from diversity_view.generation import Generation
from diversity_view.metrics import Metrics
from diversity_view.store import Store
from drml_service.encoding import PictureEncoding
from drml_service.engine import Engine as DrmlEngine
from drml_service.vector_codec import VectorCodec
from tests.fakes import captioner
from tests.fakes.drawn import encoded, plain
from tests.fakes.encoder import MeanColour
from tests.fakes.over_httpx import OverHttpx
from tests.fakes.running_view import running
from tests.fakes.searcher import BruteForce

MAX_PIXELS = 1_000  # of the views; the gateway takes more
PNG = {"Content-Type": "image/png"}
COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "dark": (90, 30, 0)}


def picture(*colour: int, size: tuple[int, int] = (8, 6)) -> bytes:
    red, green, blue = colour
    return encoded(plain((red, green, blue), size=size))


def drml_generation(folder: Path, metrics: Metrics) -> Generation[DrmlEngine]:
    store = Store.open(folder, artifact="drml-test", digest="d", codec=VectorCodec(3))
    encoding = PictureEncoding(MeanColour(), observe=metrics.stage, max_pixels=MAX_PIXELS)
    engine = DrmlEngine(
        artifact="drml-test", encoding=encoding, store=store, searcher=BruteForce(), observe=metrics.stage
    )
    return Generation(engine, {}, created="2026-01-01")


def caption_generation(folder: Path, metrics: Metrics) -> Generation[CaptionEngine]:
    store = Store.open(folder, artifact="caption-test", digest="d", codec=WrittenCodec())
    engine = CaptionEngine(
        artifact="caption-test",
        captioning=captioner.captioning(max_pixels=MAX_PIXELS),
        space=captioner.WordSpace(),
        store=store,
        observe=metrics.stage,
    )
    return Generation(engine, {}, created="2026-01-01")


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway with four plain pictures; `green` has a caption by a person."""
    async with AsyncExitStack() as stack:
        drml = await stack.enter_async_context(
            running("drml", drml_service.app.create_app, partial(drml_generation, tmp_path / "drml"))
        )
        caption = await stack.enter_async_context(
            running(
                "caption", caption_service.app.create_app, partial(caption_generation, tmp_path / "caption")
            )
        )
        exchanges = {
            "drml": OverHttpx(httpx.ASGITransport(drml.app)),
            "caption": OverHttpx(httpx.ASGITransport(caption.app)),
        }
        settings = Settings(state=tmp_path / "gateway", wait_s=60, view_deadline_s=20)
        app = create_app(partial(assemble, settings, exchanges=exchanges))
        await stack.enter_async_context(app.router.lifespan_context(app))
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway", timeout=60)
        )
        for image_id, colour in COLOURS.items():
            form: list[tuple[str, tuple[str | None, bytes]]] = [("image", ("p", picture(*colour)))]
            if image_id == "green":
                form.append(("caption", (None, b"the red dog")))
            assert (await client.put(f"/images/{image_id}", files=form)).status_code == 201
        yield client


async def test_the_merged_answer(http: httpx.AsyncClient) -> None:
    """Query: a strong red, so "red". Similarities: red and dark 1, green ("the red dog") 1/√3, blue 0."""
    reply = await http.post("/similar", content=picture(250, 0, 0), headers=PNG)
    answer = reply.json()
    assert (reply.status_code, answer["exact"], answer["degraded"]) == (200, True, [])
    assert answer["query"]["caption"] == "red"
    seen = {entry["image_id"]: entry for entry in answer["results"]}
    assert [entry["image_id"] for entry in answer["results"]] == ["red", "dark", "green", "blue"]
    assert {key: entry["views"]["caption"]["similarity"] for key, entry in seen.items()} == {
        "red": pytest.approx(1),
        "dark": pytest.approx(1),
        "green": pytest.approx(3**-0.5),
        "blue": 0,
    }
    assert {key: entry["views"]["caption"]["percentile"] for key, entry in seen.items()} == {
        "red": pytest.approx(1 / 6), "dark": pytest.approx(1 / 6), "green": pytest.approx(2 / 3), "blue": 1,
    }  # fmt: skip
    assert (seen["green"]["caption"], seen["green"]["caption_source"]) == ("the red dog", "human")
    assert (seen["blue"]["caption"], seen["blue"]["caption_source"]) == ("blue", "generated")
    assert seen["green"]["explanation"] == {"only_in_query": [], "only_in_result": ["dog"], "shared": ["red"]}


@pytest.mark.parametrize("mode", ["similar", "divergent"])
async def test_every_form_of_one_query(http: httpx.AsyncClient, mode: str) -> None:
    data = picture(0, 250, 10)
    replies = [
        await http.post(f"/{mode}", content=data, headers=PNG),
        await http.post(f"/{mode}", files={"image": data}),
        await http.post(f"/{mode}", json={"image_base64": base64.b64encode(data).decode()}),
    ]
    answers = [reply.json() for reply in replies]
    assert [reply.status_code for reply in replies] == [200] * 3
    assert answers[0]["results"] == answers[1]["results"] == answers[2]["results"]
    assert {answer["query"]["caption"] for answer in answers} == {"green"}
    assert all(answer["exact"] for answer in answers)


async def test_by_id_the_sentence_is_the_one_of_the_bytes(http: httpx.AsyncClient) -> None:
    answer = (await http.post("/similar", json={"image_id": "green"})).json()
    assert answer["query"] == {"caption": "green", "image_ids": ["green"]}
    assert {entry["image_id"] for entry in answer["results"]} == COLOURS.keys() - {"green"}
    assert answer["exact"] is True


async def test_filters_and_weights_measure(http: httpx.AsyncClient) -> None:
    form: list[tuple[str, tuple[str | None, bytes]]] = [
        ("image", ("p", picture(0, 0, 200))), ("metadata", (None, b'{"kind": "new"}')),
    ]  # fmt: skip
    assert (await http.put("/images/navy", files=form)).status_code == 201
    encoded_picture = base64.b64encode(picture(0, 0, 250)).decode()
    for body in ({"image_id": "blue"}, {"image_base64": encoded_picture}):
        reply = await http.post("/divergent", json={**body, "filter": {"kind": "new"}})
        assert [entry["image_id"] for entry in reply.json()["results"]] == ["navy"]
        assert reply.json()["results"][0]["views"]["caption"]["similarity"] == pytest.approx(1)
        assert reply.json()["exact"] is True
        idle = await http.post("/divergent?weights=drml:1", json=body)
        assert all(entry["views"]["caption"] is not None for entry in idle.json()["results"])


async def test_what_the_views_refuse_is_said(http: httpx.AsyncClient) -> None:
    """40×30 pixels are more than these views decode, and less than the gateway does."""
    reply = await http.put("/images/large", content=picture(9, 9, 9, size=(40, 30)), headers=PNG)
    assert reply.status_code == 202
    assert set(reply.json()["refused"]) == {"drml", "caption"}
    stats = (await http.get("/stats")).json()
    assert {name: (view["refused"], view["indexed"]) for name, view in stats["views"].items()} == {
        "drml": (1, 4), "caption": (1, 4),
    }  # fmt: skip
    answer = (await http.post("/divergent", json={"image_id": "red"})).json()
    assert answer["exact"] is True
    assert "large" not in {entry["image_id"] for entry in answer["results"]}
    assert (await http.delete("/images/large")).status_code == 204
    assert (await http.post("/divergent", json={"image_id": "red"})).json()["exact"] is True


async def test_a_history_of_catalogue_pictures(http: httpx.AsyncClient) -> None:
    """From red and green: dark is like red in both views, blue like neither; each other's entry is hidden."""
    body = {"history": [{"image_id": "red"}, {"image_id": "green", "weight": 0.5}, {"image_id": "gone"}]}
    answer = (await http.post("/divergent", json=body)).json()
    assert [entry["image_id"] for entry in answer["results"]] == ["blue", "dark"]
    assert (answer["exact"], answer["degraded"], answer["query"]["missing"]) == (True, [], ["gone"])
    assert answer["query"]["caption"] == "red; green"
    assert [entry["views"]["drml"]["percentile"] for entry in answer["results"]] == [1, 0]
    nearest = (await http.post("/similar", json=body)).json()
    assert [entry["image_id"] for entry in nearest["results"]] == ["dark", "blue"]


async def test_a_history_of_sent_pictures(http: httpx.AsyncClient) -> None:
    """Each view shows its own form of a picture, and is asked with that afterwards."""
    files = [("image", ("a", picture(250, 0, 0), "")), ("image", ("b", picture(0, 250, 0), ""))]
    answer = (await http.post("/divergent?raw=true", files=files)).json()
    assert (answer["exact"], answer["degraded"], answer["query"]["image_ids"]) == (True, [], [])
    assert answer["results"][0]["image_id"] == "blue"
    assert answer["query"]["caption"] == "red; green"
    assert {entry["image_id"] for entry in answer["results"]} == COLOURS.keys()


async def test_picks_are_compared_by_both_views(http: httpx.AsyncClient) -> None:
    """Of what differs from dark, green and blue differ from each other most, in colour and in words."""
    plainly = (await http.post("/divergent?n=3&raw=true", json={"image_id": "dark"})).json()
    apart = (await http.post("/divergent?n=3&raw=true&diversity=1", json={"image_id": "dark"})).json()
    assert apart["results"][0]["image_id"] == plainly["results"][0]["image_id"]
    assert {entry["image_id"] for entry in apart["results"]} == {"red", "green", "blue"}
    assert apart["degraded"] == []
