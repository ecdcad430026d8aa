"""The map of the catalogue: what it marks, what it shows under the pointer, and life without one."""

import base64
import random
import struct
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.catalogue import Seeded
from tests.e2e.page.sight import open_id, wait_answer

# How many of the canvas's pixels have the colour of a variable of the style sheet.
PAINTED = """(name) => {
    const canvas = document.getElementById("map-canvas");
    const { width, height } = canvas;
    const copy = Object.assign(document.createElement("canvas"), { width, height });
    const probe = copy.getContext("2d", { willReadFrequently: true });
    probe.fillStyle = getComputedStyle(canvas).getPropertyValue(name);
    probe.fillRect(0, 0, 1, 1);
    const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
    probe.clearRect(0, 0, 1, 1);
    probe.drawImage(canvas, 0, 0);
    const { data } = probe.getImageData(0, 0, width, height);
    let found = 0;
    for (let at = 0; at < data.length; at += 4) {
        if (data[at] === r && data[at + 1] === g && data[at + 2] === b && data[at + 3] === 255) found += 1;
    }
    return found;
}"""


def places(count: int) -> dict[str, Any]:
    """A map of as many pictures, in the gateway's words."""
    chance = random.Random(0)  # no secret
    numbers = [chance.randint(-16_000, 16_000) for _ in range(2 * count)]
    points = base64.b64encode(struct.pack(f"<{2 * count}h", *numbers)).decode()
    ids = [f"many/{number:06}" for number in range(count)]
    return {"image_ids": ids, "points": points, "artifact": "drml-1", "count": count, "applied": 1}


def test_the_map_marks_the_query_and_its_answer(page: Page, seeded: Seeded, picture_file: Path) -> None:
    page.goto("")
    expect(page.locator("#map-count")).to_have_text(f"{len(seeded.ids)} pictures")
    page.locator("#map-canvas").scroll_into_view_if_needed()
    assert page.evaluate(PAINTED, "--far") == page.evaluate(PAINTED, "--near") == 0
    open_id(page, seeded.plain_id)
    wait_answer(page)
    for name in ("--far", "--near", "--ink"):
        assert page.evaluate(PAINTED, name) > 20, name
    # A picture that is sent is placed by itself.
    with page.expect_response(
        lambda reply: reply.url.endswith("/projection") and reply.request.method == "POST"
    ):
        page.set_input_files("#choose-file", picture_file)
    wait_answer(page, not_about=seeded.plain_id)
    page.wait_for_function(f"() => ({PAINTED})('--ink') > 20")


def test_a_dot_shows_its_picture_and_asks_with_it(page: Page, seeded: Seeded) -> None:
    page.goto("")
    expect(page.locator("#map-count")).not_to_be_empty()
    canvas, tip = page.locator("#map-canvas"), page.locator("#map-tip")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    expect(tip).to_be_visible()
    first = page.locator(".map-tip-id").inner_text()
    expect(page.locator("#map-said")).to_have_text(first)
    for key in ("ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
        if page.locator(".map-tip-id").inner_text() != first:
            break
    pointed = page.locator(".map-tip-id").inner_text()
    assert pointed != first
    left, top = (
        float(tip.evaluate("(tip, name) => parseFloat(tip.style.getPropertyValue(name))", n))
        for n in ("--x", "--y")
    )
    page.locator("#map-title").focus()
    page.mouse.move(0, 0)
    canvas.hover(position={"x": left, "y": top})
    expect(page.locator(".map-tip-id")).to_have_text(pointed)
    page.wait_for_function("() => document.querySelector('#map-tip img').naturalWidth > 0")
    canvas.click(position={"x": left, "y": top})
    wait_answer(page)
    assert parse_qs(urlsplit(page.url).fragment) == {"id": [pointed]}
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#map-said")).to_have_text(pointed)


def test_a_map_of_100_000_pictures(page: Page, seeded: Seeded) -> None:
    page.route("**/projection", lambda route: route.fulfill(json=places(100_000)))
    page.goto("")
    expect(page.locator("#map-count")).to_have_text("100,000 pictures")
    box = page.locator("#map-canvas").bounding_box()
    assert box is not None
    page.locator("#map-canvas").hover(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(page.locator(".map-tip-id")).to_contain_text("many/")


def test_without_a_map_its_place_is_given_up(page: Page, seeded: Seeded) -> None:
    missing = {"status": 404, "body": '{"title": "No such entry", "detail": "No map.", "request_id": "r"}'}
    page.route("**/projection", lambda route: route.fulfill(**missing))
    open_id(page, seeded.plain_id)
    wait_answer(page)
    expect(page.locator("#map")).to_be_hidden()


NEAREST = """async ([ids, points, spots, reach]) => {
    const { unpack, fitted, Cells } = await import("/static/plane.js");
    const drawn = fitted(unpack({ image_ids: ids, points }), 400, 300, 10);
    const cells = new Cells(drawn, 400, 300);
    return [[...drawn.px], [...drawn.py], spots.map(([x, y]) => cells.nearest(x, y, reach))];
}"""


def test_the_nearest_dot_is_found_as_by_looking_at_all(page: Page, seeded: Seeded) -> None:
    page.goto("")
    chance, reach = random.Random(0), 9.0
    for count in (1, 7, 400):
        spots = [(chance.uniform(-5, 405), chance.uniform(-5, 305)) for _ in range(200)]
        drawn = places(count)
        across, up, found = page.evaluate(NEAREST, [drawn["image_ids"], drawn["points"], spots, reach])
        assert all(10 - 1e-3 <= x <= 390 + 1e-3 for x in across)
        assert all(10 - 1e-3 <= y <= 290 + 1e-3 for y in up)
        for (x, y), place in zip(spots, found, strict=True):
            away = [((x - a) ** 2 + (y - b) ** 2) ** 0.5 for a, b in zip(across, up, strict=True)]
            if place < 0:
                assert min(away) > reach - 1e-3
            else:
                assert away[place] == pytest.approx(min(away), abs=1e-3)
        assert count < 400 or len({place for place in found if place >= 0}) > 20
