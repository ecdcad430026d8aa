"""The gateway over the real views: what fakes cannot show."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.stack import Stack
from tests.fakes.drawn import drawn

PNG = {"Content-Type": "image/png"}
PICTURES = 24
CAPTIONS = ["A dog runs near the water.", "a red bus", "two cats in a tree"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All services with PICTURES pictures, half of them fish; every fourth has a caption."""
    settings = {"VIEW_DEADLINE_S": "30", "DRAIN_S": "3"}
    with Stack(tmp_path_factory.mktemp("stack"), two_views=True, settings=settings) as built:
        with httpx.Client(base_url=built.gateway.url, timeout=60) as client:
            for number in range(PICTURES):
                kind = "fish" if number % 2 else "bird"
                form: list[tuple[str, Any]] = [
                    ("image", ("p", drawn(number), "image/png")),
                    ("metadata", (None, f'{{"class": "{kind}"}}', "application/json")),
                ]
                if number % 4 == 0:
                    form.append(("caption", (None, CAPTIONS[number // 4 % len(CAPTIONS)], "text/plain")))
                client.put(f"/images/{kind}%2F{number}?wait=false", files=form).raise_for_status()
        built.wait_indexed()
        yield built


@pytest.fixture
def client(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.gateway.url, timeout=60) as built:
        yield built


def ids(reply: httpx.Response) -> list[str]:
    assert reply.status_code == 200, reply.text
    assert reply.json()["exact"] is True
    return [result["image_id"] for result in reply.json()["results"]]


def test_put_then_similar_then_delete(client: httpx.Client) -> None:
    data = drawn(1_000)
    assert client.put("/images/new", content=data, headers=PNG, params={"wait": "true"}).status_code == 201
    first = client.post("/similar", content=data, headers=PNG).json()["results"][0]
    assert (first["image_id"], first["views"]["drml"]["distance"]) == ("new", 0)
    assert first["views"]["caption"]["similarity"] == pytest.approx(1, abs=1e-6)
    assert client.delete("/images/new").status_code == 204
    assert "new" not in ids(client.post("/similar?n=100", content=data, headers=PNG))


def test_one_view_s_order_is_the_gateway_s(client: httpx.Client, stack: Stack) -> None:
    for mode, end in (("similar", "nearest"), ("divergent", "farthest")):
        through = client.post(f"/{mode}?n=100&raw=true&views=drml", content=drawn(3), headers=PNG).json()[
            "results"
        ]
        direct = httpx.post(f"{stack.drml.url}/{end}?n=100", content=drawn(3), headers=PNG, timeout=60).json()
        assert [(entry["image_id"], entry["views"]["drml"]["distance"]) for entry in through] == [
            (entry["image_id"], entry["distance"]) for entry in direct["results"]
        ]
        through = client.post(f"/{mode}?n=100&raw=true&views=caption", content=drawn(3), headers=PNG).json()[
            "results"
        ]
        direct = httpx.post(
            f"{stack.caption.url}/{mode}?n=100", content=drawn(3), headers=PNG, timeout=60
        ).json()
        assert [(entry["image_id"], entry["views"]["caption"]["similarity"]) for entry in through] == [
            (entry["image_id"], entry["similarity"]) for entry in direct["results"]
        ]


@pytest.mark.parametrize("mode", ["similar", "divergent"])
def test_the_merge_is_the_mean_of_what_the_views_say(client: httpx.Client, stack: Stack, mode: str) -> None:
    data = drawn(17)
    ends = {"drml": ("nearest", "distance"), "caption": ("similar", "similarity")}
    shares: dict[str, dict[str, float]] = {}
    for view, url in (("drml", stack.drml.url), ("caption", stack.caption.url)):
        direct = httpx.post(f"{url}/{ends[view][0]}?n=1000", content=data, headers=PNG, timeout=60).json()
        shares[view] = {entry["image_id"]: entry["percentile"] for entry in direct["results"]}
    assert shares["drml"].keys() == shares["caption"].keys()
    blends = {key: (shares["drml"][key] + shares["caption"][key]) / 2 for key in shares["drml"]}
    sign = -1 if mode == "divergent" else 1
    answer = client.post(f"/{mode}?n=100&raw=true", content=data, headers=PNG).json()
    assert answer["exact"] is True
    assert [(entry["image_id"], entry["divergence"]) for entry in answer["results"]] == [
        (key, pytest.approx(blends[key])) for key in sorted(blends, key=lambda key: (sign * blends[key], key))
    ]
    sentence = httpx.post(f"{stack.caption.url}/caption", content=data, headers=PNG, timeout=60).json()
    assert answer["query"]["caption"] == sentence["caption"]
    for entry in answer["results"]:
        place = int(entry["image_id"].partition("/")[2])
        assert entry["caption_source"] == ("human" if place % 4 == 0 else "generated")
        assert entry["explanation"] is not None
        assert entry["agreement"] is not None


def test_the_far_end_is_corrected_by_the_artifacts_own_samples(client: httpx.Client, stack: Stack) -> None:
    """The mean of the views' adjusted values orders the answer; 10·n is more than the catalogue has."""
    data = drawn(17)
    adjusted: dict[str, list[float]] = {}
    for url in (f"{stack.drml.url}/farthest", f"{stack.caption.url}/divergent"):
        direct = httpx.post(f"{url}?n=1000", content=data, headers=PNG, timeout=60).json()
        for entry in direct["results"]:
            adjusted.setdefault(entry["image_id"], []).append(entry["adjusted"])
    answer = client.post("/divergent?n=100&near_duplicates=keep", content=data, headers=PNG).json()
    assert answer["exact"] is True
    found = [(entry["image_id"], entry["adjusted"]) for entry in answer["results"]]
    means = {key: sum(values) / 2 for key, values in adjusted.items()}
    assert found == [
        (key, pytest.approx(means[key])) for key in sorted(means, key=lambda key: (-means[key], key))
    ]
    for view in (stack.drml, stack.caption):
        assert httpx.get(f"{view.url}/model", timeout=60).json()["reference"] > 0


def test_every_form_of_one_query(client: httpx.Client) -> None:
    data = drawn(2_000)
    asked = ids(client.post("/divergent", content=data, headers=PNG))
    assert ids(client.post("/divergent", files={"image": data})) == asked
    encoded = base64.b64encode(data).decode()
    assert ids(client.post("/divergent", json={"image_base64": encoded})) == asked


def test_filters_measure_in_the_view(client: httpx.Client) -> None:
    wanted = {"filter": {"class": "fish"}}
    everything = ids(client.post("/similar?n=100", json={"image_id": "bird/0"}))
    fish = ids(client.post("/similar?n=100", json={"image_id": "bird/0", **wanted}))
    assert fish == [image_id for image_id in everything if image_id.startswith("fish/")]
    # As a picture, bird/0 itself is counted in the percentiles: another ranking, filtered in the same way.
    picture = {"image_base64": base64.b64encode(drawn(0)).decode()}
    everything = ids(client.post("/similar?n=100", json=picture))
    fish = ids(client.post("/similar?n=100", json={**picture, **wanted}))
    assert fish == [image_id for image_id in everything if image_id.startswith("fish/")]


def test_pages_and_bands(client: httpx.Client) -> None:
    reply_whole = client.post("/divergent?n=100", content=drawn(5), headers=PNG).json()
    whole = [entry["image_id"] for entry in reply_whole["results"]]
    pages, parameters = list[str](), {"n": "7"}
    while True:
        reply = client.post("/divergent", content=drawn(5), headers=PNG, params=parameters)
        pages += ids(reply)
        if reply.json()["next_cursor"] is None:
            break
        parameters["cursor"] = reply.json()["next_cursor"]
    assert pages == whole
    assert len(whole) == PICTURES
    band = client.post("/divergent?n=100&band=0.4-0.6", content=drawn(5), headers=PNG)
    divergence = {entry["image_id"]: entry["divergence"] for entry in reply_whole["results"]}
    assert ids(band) == [image_id for image_id in whole if 0.4 <= divergence[image_id] <= 0.6]


def test_errors_of_the_view_are_the_caller_s(client: httpx.Client) -> None:
    reply = client.post("/similar", content=drawn(1)[:60], headers=PNG)
    assert (reply.status_code, reply.json()["type"]) == (400, "urn:diversity:problem:not-a-picture")


def test_a_term_signal_ends_in_order(stack: Stack) -> None:
    """Not ready first; a request in work is answered; the exit status is 0; nothing is lost."""
    size = httpx.get(stack.gateway.url + "/stats", timeout=60).json()["catalogue_size"]
    statuses, ready = list[int](), list[int]()

    def ask() -> None:
        reply = httpx.post(f"{stack.gateway.url}/similar", content=drawn(1), headers=PNG, timeout=60)
        statuses.append(reply.status_code)

    asking = threading.Thread(target=ask)
    asking.start()
    stack.gateway.signal_stop()
    for _ in range(100):
        try:
            ready.append(httpx.get(stack.gateway.url + "/readyz", timeout=60).status_code)
        except httpx.TransportError:
            break
        time.sleep(0.02)
    asking.join()
    assert stack.gateway.wait() == 0
    assert statuses == [200]
    assert ready[-1] == 503
    stack.gateway.start()
    stack.gateway.wait_ready()
    assert httpx.get(stack.gateway.url + "/stats", timeout=60).json()["catalogue_size"] == size


def test_one_request_is_in_every_service_s_log(client: httpx.Client, stack: Stack) -> None:
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    headers = {**PNG, "X-Request-ID": "through-all-three", "traceparent": f"00-{trace}-{parent}-01"}
    assert client.post("/similar", content=drawn(4_000), headers=headers).status_code == 200
    deadline = time.monotonic() + 60
    for service in (stack.gateway, *stack.views):
        lines = list[dict[str, Any]]()
        while not any(line["message"] == "request" and line["took_ms"] > 0 for line in lines):
            assert time.monotonic() < deadline, service.log.read_text()
            time.sleep(0.05)  # a service writes its line after the reply
            text = service.log.read_text()
            lines = [json.loads(line) for line in text.splitlines() if "through-all-three" in line]
        assert {line["trace_id"] for line in lines} == {trace}
