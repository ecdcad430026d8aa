"""What the gateway costs is told by the catalogue where it costs more."""

from typing import Any

from tests.bench.gateway import KINDS, depth_of, entries


def catalogue(pictures: int, tax: float, ratio: float) -> dict[str, Any]:
    return {
        "pictures": pictures,
        "tax_ms": dict.fromkeys(KINDS, tax),
        "rps_ratio": dict.fromkeys(KINDS, ratio),
        "p50_ms": {"picture": 20 + tax, "picture, directly": 20.0},
        "rps_16_clients": {"picture": 100 * ratio, "picture, directly": 100.0},
    }


def test_each_value_is_of_the_worse_catalogue() -> None:
    tax, ratio = entries([catalogue(300, 0.5, 0.8), catalogue(100_000, 1.5, 0.9)])
    assert (tax["name"], tax["value"], tax["ours"], tax["baseline"]) == ("gateway.tax_ms", 1.5, 21.5, 20.0)
    assert (ratio["name"], ratio["value"], ratio["ours"]) == ("gateway.rps_ratio", 0.8, 80.0)
    assert (tax["detail"]["of_pictures"], ratio["detail"]["of_pictures"]) == (100_000, 300)
    assert [one["pictures"] for one in tax["detail"]["by_catalogue"]] == [300, 100_000]


def test_a_large_catalogue_is_asked_for_its_whole_far_band() -> None:
    one, both = depth_of({"drml": 1.0}, 100_000), depth_of({"drml": 1.0, "caption": 1.0}, 100_000)
    assert 1_000 <= one < 2_000 < both
    assert depth_of({"drml": 1.0}, 300) < 300
