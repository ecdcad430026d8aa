"""How an answer is laid out: five fill their place, no seam around a picture, no name out of sight."""

import io
import re
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.page.catalogue import Seeded, path_of, wait_indexed
from tests.e2e.page.sight import cards, open_id, stand_on, wait_answer

LONG = "a folder/with a folder/of many words in it/and one more/its own name"
BLOCKS = (
    "cards => cards.map(card => { const b = card.getBoundingClientRect(); return [b.left, b.right, b.top]; })"
)


def png(image: Image.Image) -> bytes:
    """As a file holds it."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def halves(size: tuple[int, int], second: tuple[int, int]) -> Image.Image:
    """Red, and from `second` on blue."""
    image = Image.new("RGB", size, (255, 0, 0))
    image.paste((0, 0, 255), (*second, *size))
    return image


@pytest.mark.parametrize("count", [5, 10])
def test_side_by_side_results_leave_no_hole(page: Page, seeded: Seeded, count: int) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    open_id(page, seeded.plain_id, n=str(count))
    wait_answer(page)
    expect(cards(page, "similar")).to_have_count(count)
    for mode in ("divergent", "similar"):
        row = page.locator(f"#{mode} .cards").bounding_box()
        assert row is not None
        lines: dict[int, list[list[float]]] = {}
        for left, right, top in cards(page, mode).evaluate_all(BLOCKS):
            lines.setdefault(round(top), []).append([left, right])
        assert [len(line) for line in lines.values()] == [2, 3] * (count // 5)
        for line in lines.values():
            assert line[0][0] == pytest.approx(row["x"], abs=1)
            assert line[-1][1] == pytest.approx(row["x"] + row["width"], abs=1)
    first, second = page.locator("#divergent").bounding_box(), page.locator("#similar").bounding_box()
    assert first is not None
    assert second is not None
    assert first["y"] == second["y"]


def test_arrows_lead_to_the_nearest_of_the_next_line(page: Page, seeded: Seeded) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    open_id(page, seeded.plain_id)
    wait_answer(page)
    links = page.locator("#divergent .card a")
    for above, below in [(0, 2), (1, 4)]:
        stand_on(links.nth(above))
        page.keyboard.press("ArrowDown")
        expect(links.nth(below)).to_be_focused()
        page.keyboard.press("ArrowUp")
        expect(links.nth(above)).to_be_focused()
    # Up from the first line is nowhere.
    page.keyboard.press("ArrowUp")
    expect(links.nth(1)).to_be_focused()


def test_the_frame_goes_on_in_the_colours_of_the_pictures_edges(
    page: Page, seeded: Seeded, gateway_url: str
) -> None:
    pictures = {"a/high": halves((60, 120), (30, 0)), "a/wide": halves((120, 40), (0, 20))}
    with httpx.Client(base_url=gateway_url, timeout=60) as client:
        for image_id, picture in pictures.items():
            headers = {"Content-Type": "image/png"}
            client.put(path_of(image_id), content=png(picture), headers=headers).raise_for_status()
        wait_indexed(client)
    page.goto("")
    for image_id, way in [("a/high", "right"), ("a/wide", "bottom")]:
        link = page.locator(f'#strip a[data-id="{image_id}"]')
        expect(link).to_be_visible()
        page.wait_for_function("(link) => link.style.getPropertyValue('--mat')", arg=link.element_handle())
        mat = link.evaluate("(link) => getComputedStyle(link).backgroundImage")
        found = re.search(
            r"linear-gradient\((?:to (right), )?rgb\((.*?)\) 50%, rgb\((.*?)\) 50%\)", mat
        )  # to the bottom is what a browser leaves unsaid
        assert found is not None, mat
        assert (found[1] or "bottom") == way
        for colour, expected in [(found[2], (255, 0, 0)), (found[3], (0, 0, 255))]:
            levels = [int(level) for level in re.split(r"[ ,]+", colour)]
            assert levels == pytest.approx(expected, abs=12)  # a thumbnail is a JPEG


def test_behind_a_transparent_edge_is_the_frames_own_colour(
    page: Page, seeded: Seeded, tmp_path: Path
) -> None:
    clear = Image.new("RGBA", (60, 120), (0, 0, 0, 0))
    clear.paste((0, 128, 0, 255), (20, 20, 40, 100))
    page.goto("")
    frame = page.locator("#query-frame")
    for picture, filled in [(halves((60, 120), (30, 0)), True), (clear, False)]:
        name = f"{filled}.png"
        (tmp_path / name).write_bytes(png(picture))
        page.set_input_files("#choose-file", tmp_path / name)
        expect(page.locator("#query-title")).to_have_text(name)
        wait_answer(page)
        page.wait_for_function("() => document.querySelector('#query-frame img').naturalWidth === 60")
        assert frame.evaluate("(frame) => Boolean(frame.style.getPropertyValue('--mat'))") == filled


def test_a_long_id_shows_its_name(page: Page, seeded: Seeded, gateway_url: str) -> None:
    with httpx.Client(base_url=gateway_url, timeout=60) as client:
        files = {"image": ("a.png", png(halves((60, 60), (30, 0))), "image/png")}
        client.put(path_of(LONG), files=files, data={"caption": "two halves"}).raise_for_status()
        wait_indexed(client)
    page.set_viewport_size({"width": 1440, "height": 900})
    open_id(page, seeded.plain_id, n="100")
    wait_answer(page)
    card = page.locator(f'#divergent .card[data-image-id="{LONG}"]')
    expect(card.locator(".image-name")).to_have_text("its own name")
    cut = "(node) => node.scrollWidth > node.clientWidth"
    assert not card.locator(".image-name").evaluate(cut)
    assert card.locator(".image-folder").evaluate(cut)
    assert card.locator(".image-id").get_attribute("title") == LONG


@pytest.mark.parametrize("count", [1, 3, 7])
def test_a_history_fits_its_frame(page: Page, seeded: Seeded, count: int) -> None:
    page.goto("#" + urlencode([("seen", image_id) for image_id in seeded.ids[:count]]))
    wait_answer(page)
    frame = page.locator("#query-frame").bounding_box()
    pictures = page.locator("#query-frame img")
    expect(pictures).to_have_count(count)
    assert frame is not None
    for picture in pictures.all():
        box = picture.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= frame["y"] + frame["height"] + 1
        assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
