"""`/divergent` over views that tell how unusual a distance is: the band, its order, `raw`, pages."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.gateway.conftest import Gateway, gateway_over
from tests.fakes.view import FakeView

COUNT = 40


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    """Greys 0, 6, 12, ... under the names p00, p01, ...; the query is p00, and p39 is farthest.

    By `adjusted` p35 comes first, then p34, p33, ...; the four farthest are hubs, and come last.
    """
    async with gateway_over(FakeView(), tmp_path) as built:
        await built.fill(**{f"p{number:02}": 6 * number for number in range(COUNT)})
        built.view.adjusts = {
            f"p{number:02}": float(number if number <= 35 else -number) for number in range(COUNT)
        }
        yield built


async def listed(gateway: Gateway, mode: str = "divergent", **parameters: str) -> list[dict[str, Any]]:
    reply = await gateway.http.post(f"/{mode}", json={"image_id": "p00"}, params=parameters)
    assert reply.status_code == 200, reply.text
    assert reply.json()["exact"] is True
    results: list[dict[str, Any]] = reply.json()["results"]
    return results


def names(results: list[dict[str, Any]]) -> list[str]:
    return [result["image_id"] for result in results]


async def test_the_far_band_is_ordered_by_adjusted(gateway: Gateway) -> None:
    """n=2: the band is the 20 farthest, p39 to p20."""
    results = await listed(gateway, n="2")
    assert names(results) == ["p35", "p34"]
    assert [result["adjusted"] for result in results] == [35.0, 34.0]
    assert results[0]["divergence"] == pytest.approx(34 / 38)
    assert results[0]["views"]["drml"].keys() == {"distance", "percentile"}


async def test_raw_is_the_plain_farthest(gateway: Gateway) -> None:
    results = await listed(gateway, n="3", raw="true")
    assert names(results) == ["p39", "p38", "p37"]
    assert all("adjusted" not in result for result in results)


async def test_similar_is_never_corrected(gateway: Gateway) -> None:
    results = await listed(gateway, "similar", n="3")
    assert names(results) == ["p01", "p02", "p03"]
    assert all("adjusted" not in result for result in results)


async def test_pages_go_through_one_band_and_on_behind_it(gateway: Gateway) -> None:
    """The band is the first page's: 20 of n=2, p39 to p20, also where later pages are longer."""
    expected = [f"p{number:02}" for number in [*range(35, 19, -1), 36, 37, 38, 39, *range(19, 0, -1)]]
    found, cursor, count = [], None, "2"
    while True:
        parameters = {"n": count} | ({} if cursor is None else {"cursor": cursor})
        reply = await gateway.http.post("/divergent", json={"image_id": "p00"}, params=parameters)
        found += reply.json()["results"]
        cursor, count = reply.json()["next_cursor"], "7"
        if cursor is None:
            break
    assert names(found) == expected
    assert [result["rank"] for result in found] == list(range(1, COUNT))
    assert [("adjusted" in result) for result in found] == [True] * 20 + [False] * 19


async def test_a_given_band_is_the_pool(gateway: Gateway) -> None:
    """Divergence is (place − 1) ÷ 38: 0.9 to 1 holds p36 to p39."""
    assert names(await listed(gateway, n="9", band="0.9-1")) == ["p36", "p37", "p38", "p39"]
    assert names(await listed(gateway, n="9", band="0.9-1", raw="true")) == ["p39", "p38", "p37", "p36"]


async def test_a_view_without_a_reference_sample_ranks_raw(gateway: Gateway) -> None:
    gateway.view.adjusts = {}
    results = await listed(gateway, n="2")
    assert names(results) == ["p39", "p38"]
    assert all("adjusted" not in result for result in results)
