"""The map of the catalogue: what it marks, what it shows under the pointer, and life without one."""

import base64
import random
import re
import struct
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.page.catalogue import Seeded
from tests.e2e.page.sight import open_id, stand_on, wait_answer

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
    stand_on(canvas)
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
    stand_on(page.locator("#choose"))
    expect(tip).to_be_hidden()
    page.mouse.move(0, 0)
    canvas.hover(position={"x": left, "y": top})
    expect(page.locator(".map-tip-id")).to_have_text(pointed)
    page.wait_for_function("() => document.querySelector('#map-tip img').naturalWidth > 0")
    canvas.click(position={"x": left, "y": top})
    wait_answer(page)
    assert parse_qs(urlsplit(page.url).fragment) == {"id": [pointed]}
    stand_on(canvas)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#map-said")).to_have_text(f"{pointed}, asked")


def test_a_picture_sent_before_there_is_a_map_is_marked_on_it(
    page: Page, seeded: Seeded, picture_file: Path
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "GET":
            held.append(route)
        else:
            route.continue_()

    page.route("**/projection", hold)
    page.goto("")
    page.set_input_files("#choose-file", picture_file)
    wait_answer(page)
    expect(page.locator("#map-count")).to_be_empty()
    placed = page.expect_request(lambda request: request.method == "POST" and "projection" in request.url)
    with placed:
        held[0].continue_()
    expect(page.locator("#map-marks")).to_contain_text("the picture asked about")
    assert page.evaluate(PAINTED, "--ink") > 20


def test_what_is_marked_is_said_in_words(page: Page, seeded: Seeded) -> None:
    page.goto("")
    expect(page.locator("#map-count")).not_to_be_empty()
    expect(page.locator("#map-marks")).to_be_empty()
    open_id(page, seeded.plain_id)
    wait_answer(page)
    said = page.locator("#map-marks")
    expect(said).to_contain_text("5 similar")
    found = re.fullmatch(
        r"Marked: the picture asked about; the mean distance from there, in widths of the map: "
        r"5 divergent, (\d+) %; 5 similar, (\d+) %\.",
        said.inner_text(),
    )
    assert found is not None
    assert int(found[1]) > int(found[2])  # what is similar lies nearer
    assert "map-marks" in (page.locator("#map-canvas").get_attribute("aria-describedby") or "")
    stand_on(page.locator("#map-canvas"))
    page.keyboard.press("ArrowRight")
    expect(page.locator("#map-said")).to_have_text(f"{seeded.plain_id}, asked")


def test_the_distances_of_marks_are_means(page: Page, seeded: Seeded) -> None:
    page.goto("")
    script = "async (given) => (await import('/static/plane.js')).marksText(...given)"
    far, near = [[300.0, 0.0], [0.0, 100.0]], [[4.0, 3.0]]
    found = [["divergent", far], ["similar", near]]
    assert page.evaluate(script, [[[0, 0]], found, 1000]) == (
        "Marked: the picture asked about; the mean distance from there, in widths of the map: "
        "2 divergent, 20 %; 1 similar, 1 %."
    )
    two = [[0.0, 0.0], [300.0, 0.0]]
    assert page.evaluate(script, [two, [["divergent", [[0.0, 0.0]]], ["similar", []]], 1000]) == (
        "Marked: 2 pictures asked about; the mean distance from there, in widths of the map: "
        "1 divergent, 15 %."
    )
    assert page.evaluate(script, [[], found, 1000]) == ""


def test_escape_hides_the_picture_of_a_dot(page: Page, seeded: Seeded) -> None:
    page.goto("")
    expect(page.locator("#map-count")).not_to_be_empty()
    canvas, tip = page.locator("#map-canvas"), page.locator("#map-tip")
    stand_on(canvas)
    page.keyboard.press("ArrowRight")
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    expect(canvas).to_be_focused()
    # Of the pointer's, too, wherever the keyboard is.
    page.keyboard.press("ArrowRight")
    left, top = (
        float(tip.evaluate("(tip, name) => parseFloat(tip.style.getPropertyValue(name))", n))
        for n in ("--x", "--y")
    )
    stand_on(page.locator("#choose"))
    expect(tip).to_be_hidden()
    canvas.hover(position={"x": left, "y": top})
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


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
