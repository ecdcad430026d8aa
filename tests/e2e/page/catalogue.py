"""The catalogue that the page's tests start from."""

import time
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

import httpx

from tests.fakes.drawn import drawn

SIZE = 30  # more than one page of the strip, which shows 24
INDEXED_S = 120.0
MARKED_ID = 'odd/<b>"it\'s"&up</b>'
MARKED_CAPTION = '<img src="x" onerror="document.title=1"> a <b>bold</b> caption'


@dataclass(frozen=True)
class Seeded:
    """What was put in: ids in the catalogue's order, bytes, captions."""

    ids: list[str]
    bytes_of: dict[str, bytes]
    caption_of: dict[str, str]
    plain_id: str
    captioned_id: str


def seed(url: str) -> Seeded:
    """Make the catalogue hold exactly the seeded pictures, all of them searchable."""
    wanted = [f"shapes/{number:02}" for number in range(SIZE - 1)] + [MARKED_ID]
    bytes_of = {image_id: _drawing(number) for number, image_id in enumerate(wanted)}
    caption_of = {image_id: f"shapes of picture {image_id[-2:]}" for image_id in wanted[:10]}
    caption_of[MARKED_ID] = MARKED_CAPTION
    with httpx.Client(base_url=url, timeout=60) as client:
        have = set(all_ids(client))
        for image_id in have.difference(wanted):
            client.delete(path_of(image_id), params={"wait": False}).raise_for_status()
        for image_id in set(wanted).difference(have):
            form = {"caption": caption_of[image_id]} if image_id in caption_of else {}
            files = {"image": ("picture.png", bytes_of[image_id], "image/png")}
            client.put(path_of(image_id), params={"wait": False}, data=form, files=files).raise_for_status()
        wait_indexed(client)
    return Seeded(sorted(wanted, key=str.encode), bytes_of, caption_of, "shapes/17", "shapes/03")


@cache
def _drawing(number: int) -> bytes:
    return drawn(number, size=(96, 72))


def clear(url: str) -> None:
    """Make the catalogue empty."""
    with httpx.Client(base_url=url, timeout=60) as client:
        for image_id in all_ids(client):
            client.delete(path_of(image_id), params={"wait": False}).raise_for_status()
        wait_indexed(client)


def path_of(image_id: str) -> str:
    """The path of a picture's entry."""
    return f"/images/{quote(image_id, safe='')}"


def all_ids(client: httpx.Client) -> list[str]:
    """Every id, page by page."""
    ids: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get("/images", params={"limit": "100", **cursor}).raise_for_status().json()
        ids += [image["image_id"] for image in page["images"]]
        if page["next_cursor"] is None:
            return ids
        cursor = {"cursor": page["next_cursor"]}


def wait_indexed(client: httpx.Client) -> None:
    """Return once every view has caught up with the catalogue."""
    deadline = time.monotonic() + INDEXED_S
    while True:
        stats = client.get("/stats").raise_for_status().json()
        if all(
            view["pending"] == 0 and view["indexed"] == stats["catalogue_size"]
            for view in stats["views"].values()
        ):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"not indexed: {stats}")
        time.sleep(0.1)
