"""Takes the pictures of the page, from real answers over the sample catalogue.

    make demo PORT=18500                    # in another terminal, until it has printed its answer
    .venv/bin/python -m tests.e2e.page.pictures http://127.0.0.1:18500 gateway/docs
    .venv/bin/python -m tests.e2e.page.pictures http://127.0.0.1:18500 build/page --look

The first takes the four that the documents embed: what the window shows, each below 200 kB. The second takes
six to look at, the whole page at three widths, light and dark, and the four beside them.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.page.browsers import ARGUMENTS, chromium
from tests.e2e.page.sight import wait_answer

PATIENCE_MS = 120_000
MOST_BYTES = 200_000
QUALITIES = range(88, 40, -4)  # the best that stays below
BEAR = "animals/mammals/bears/european-bear"
SEEN = [BEAR, "food/vegetables/corn", "animals/birds/cartoon/penguin_with_spider"]
WIDTHS = {390: 844, 820: 1180, 1440: 900}
ASK_HUBS = "Ask with 12 pictures"

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: file name, window in CSS pixels, colours, the address after `#`.

    Attributes:
        press: a button that is pressed first, and scrolled to the top.
        whole: the whole page, not what the window shows.
    """

    name: str
    width: int
    height: int
    scheme: Scheme
    fragment: str
    press: str = ""
    whole: bool = False


def asked(*, seen: list[str] | None = None, image_id: str = BEAR) -> str:
    """An address that asks with a history, or with one picture."""
    return urlencode([("seen", each) for each in seen] if seen else [("id", image_id)])


FOR_DOCUMENTS = [
    Shot("page", 1440, 1000, "light", asked()),
    Shot("page-map", 1440, 760, "dark", asked(), press=ASK_HUBS),
    Shot("page-history", 1440, 900, "light", asked(seen=SEEN)),
    Shot("page-phone", 390, 844, "dark", asked()),
]
TO_LOOK_AT = [
    Shot(f"{width}-{scheme}", width, height, scheme, asked(), press=ASK_HUBS, whole=True)
    for width, height in WIDTHS.items()
    for scheme in SCHEMES
]


def wait_steady(url: str) -> None:
    """Return once every view holds the whole catalogue: of a part of it, other pictures are the farthest."""
    while True:
        stats = httpx.get(f"{url}/stats", timeout=60).raise_for_status().json()
        if all(view["pending"] == 0 for view in stats["views"].values()):
            return
        time.sleep(1)


def take(browser: Browser, url: str, shot: Shot) -> bytes:
    """A JPEG of the page, below `MOST_BYTES` unless it is one of the whole page."""
    page = browser.new_page(
        viewport={"width": shot.width, "height": shot.height}, color_scheme=shot.scheme, base_url=url
    )
    page.set_default_timeout(PATIENCE_MS)
    try:
        page.goto(f"/#{shot.fragment}")
        wait_answer(page)
        expect(page.locator("#map-count")).not_to_be_empty()
        if shot.press:
            _press(page, shot.press)
        # Pictures below the window load when they come near.
        page.locator("#strip img").evaluate_all("(all) => all.forEach((each) => { each.loading = 'eager'; })")
        page.wait_for_function("() => [...document.images].every((each) => each.complete)")
        if shot.whole:
            page.evaluate("window.scrollTo(0, 0)")
        return next(_encoded(page, whole=shot.whole))
    finally:
        page.close()


def _press(page: Page, name: str) -> None:
    button = page.get_by_role("button", name=name)
    button.click()
    expect(page.locator(".hub-arm")).to_have_count(2)
    # Without the pointer and the focus, which would mark what they are on.
    page.mouse.move(0, 0)
    button.evaluate("(node) => { node.scrollIntoView(); node.blur(); }")
    page.evaluate("window.scrollBy(0, -16)")


def _encoded(page: Page, *, whole: bool) -> Iterator[bytes]:
    for quality in QUALITIES:
        picture = page.screenshot(type="jpeg", quality=quality, full_page=whole, animations="disabled")
        if whole or len(picture) < MOST_BYTES:
            yield picture
    raise ValueError(f"a JPEG of the page is larger than {MOST_BYTES} bytes at every quality")


def main() -> None:
    """Take them and say what was written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("url", help="where the demo runs")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--look", action="store_true", help="six of the whole page, too")
    chosen = parser.parse_args()
    url = chosen.url.rstrip("/")
    chosen.folder.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE_MS)
    wait_steady(url)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS, timeout=PATIENCE_MS)
        for shot in [*FOR_DOCUMENTS, *(TO_LOOK_AT if chosen.look else [])]:
            picture = take(browser, url, shot)
            path = chosen.folder / f"{shot.name}.jpg"
            path.write_bytes(picture)
            print(f"{path}  {len(picture):,} bytes", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
