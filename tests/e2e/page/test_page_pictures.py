"""The pictures of the page that documents embed: small, and taken by the script that says so."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageStat
from playwright.sync_api import Browser

from tests.e2e.page.catalogue import Seeded
from tests.e2e.page.pictures import FOR_DOCUMENTS, MOST_BYTES, TO_LOOK_AT, Shot, take

DOCS = Path(__file__).parents[3] / "gateway/docs"


def test_the_script_takes_every_picture_of_the_documents() -> None:
    assert sorted(path.stem for path in DOCS.glob("page*.jpg")) == sorted(shot.name for shot in FOR_DOCUMENTS)
    assert {(shot.width, shot.scheme) for shot in TO_LOOK_AT} == {
        (width, scheme) for width in (390, 820, 1440) for scheme in ("light", "dark")
    }


@pytest.mark.parametrize("shot", FOR_DOCUMENTS, ids=lambda shot: shot.name)
def test_a_committed_picture_is_small_and_as_the_script_takes_it(shot: Shot) -> None:
    path = DOCS / f"{shot.name}.jpg"
    assert path.stat().st_size < MOST_BYTES
    with Image.open(path) as picture:
        assert picture.size == (shot.width, shot.height)
        brightness = ImageStat.Stat(picture.convert("L")).mean[0]
    assert (brightness > 128) == (shot.scheme == "light")


def test_a_picture_is_taken(browser: Browser, gateway_url: str, seeded: Seeded) -> None:
    shot = Shot("any", 820, 600, "dark", f"id={seeded.plain_id}", press="Ask with 12 pictures")
    with Image.open(io.BytesIO(take(browser, gateway_url, shot))) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (820, 600)
    whole = Shot("any", 820, 600, "light", f"id={seeded.plain_id}", whole=True)
    with Image.open(io.BytesIO(take(browser, gateway_url, whole))) as picture:
        assert picture.width == 820
        assert picture.height > 1_000
