"""The keyboard keeps its place when what it stands on is replaced, hidden or disabled."""

from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.page.catalogue import Seeded
from tests.e2e.page.sight import cards, open_id, press, ranked_ids, stand_on, wait_answer
from tests.fakes.drawn import drawn

BUSY = '{"title": "Not ready", "detail": "The view is loading.", "request_id": "r-1"}'


def test_a_result_added_to_a_history_leaves_the_keyboard_at_its_place(page: Page, seeded: Seeded) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    for number in (2, 3):
        before = ranked_ids(page, "divergent")
        press(cards(page, "divergent").nth(2).locator(".add-seen"))
        expect(page.locator("#seen-list li")).to_have_count(number)
        expect(page.locator(f"#divergent [data-image-id={quoted(before[2])}]")).to_have_count(0)
        wait_answer(page)
        expect(cards(page, "divergent").nth(2).locator(".add-seen")).to_be_focused()


def quoted(text: str) -> str:
    """`text` as a string of a CSS selector; the catalogue's ids hold no backslash."""
    return '"' + text.replace('"', '\\"') + '"'


def test_a_picture_taken_out_of_a_history_leads_to_its_neighbour(page: Page, seeded: Seeded) -> None:
    seen = "&".join(f"seen={quote(image_id)}" for image_id in seeded.ids[:3])
    page.goto(f"#{seen}")
    wait_answer(page)
    outs = page.locator("#seen-list .take-out")
    # The first, then the last of two: its neighbour is before it.
    for place, left, neighbour in [(0, 2, 0), (1, 1, 0)]:
        press(outs.nth(place))
        expect(outs).to_have_count(left)
        expect(outs.nth(neighbour)).to_be_focused()
        wait_answer(page)
    press(outs.first)
    expect(outs).to_have_count(0)
    expect(page.get_by_role("button", name="Clear")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#seen")).to_be_hidden()
    expect(page.get_by_role("button", name="A history…")).to_be_focused()


def test_pages_turn_under_the_keyboard(page: Page, seeded: Seeded) -> None:
    page.goto("")
    previous, following = (page.get_by_role("button", name=name) for name in ("Previous", "Next"))
    press(following)
    expect(page.locator("#catalogue-range")).to_contain_text("25–")
    # The last page: the button itself cannot be pressed any more.
    expect(previous).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#catalogue-range")).to_contain_text("1–24")
    expect(following).to_be_focused()


def test_cancel_leads_back_to_what_opened_the_form(page: Page, seeded: Seeded, picture_file: Path) -> None:
    page.goto("")
    opener = page.get_by_role("button", name="Add pictures…")
    form = page.get_by_role("form", name="Add a picture")
    for leave in ("Cancel", "Add it"):
        stand_on(opener)  # where the browser leaves whoever chose a file
        page.set_input_files("#add-files-input", picture_file)
        expect(form.get_by_label("Captions")).to_be_focused()
        press(form.get_by_role("button", name=leave))
        expect(form).to_be_hidden()
        expect(opener).to_be_focused()


def test_a_refused_picture_leaves_the_keyboard_at_the_button(
    page: Page, seeded: Seeded, tmp_path: Path
) -> None:
    path = tmp_path / "letter.png"
    path.write_bytes(b"Dear Sir")
    page.goto("")
    page.set_input_files("#add-files-input", path)
    add = page.get_by_role("button", name="Add it")
    press(add)
    expect(page.locator("#single-problem")).to_be_visible()
    expect(add).to_be_focused()


def test_adding_leads_from_button_to_button_and_back(page: Page, seeded: Seeded, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(drawn(700 + number))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/images?wait=false", hold)
    page.goto("")
    opener = page.get_by_role("button", name="Add pictures…")
    stand_on(opener)  # where the browser leaves whoever chose a file
    page.set_input_files("#add-files-input", paths)
    press(page.get_by_role("button", name="Stop"))
    again = page.get_by_role("button", name="Try the rest again")
    expect(again).to_be_focused()
    page.unroute("**/images?wait=false")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    expect(page.locator(".adding-words")).to_have_text("3 of 3 pictures added.")
    page.keyboard.press("Enter")
    expect(page.locator("#adding")).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_last_try_again_leads_to_the_answer(page: Page, seeded: Seeded) -> None:
    for mode in ("divergent", "similar"):
        page.route(f"**/{mode}?*", lambda route: route.fulfill(status=503, body=BUSY))
    open_id(page, seeded.plain_id)
    again = page.locator("#problem").get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.unroute_all()
    press(again)
    wait_answer(page)
    expect(page.locator("#answer")).to_be_focused()


@pytest.mark.parametrize("status", [200, 503])
def test_a_button_that_rests_while_it_works_is_given_the_focus_back(
    page: Page, seeded: Seeded, status: int
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/divergent:batch", hold)
    open_id(page, seeded.plain_id)
    wait_answer(page)
    ask = page.get_by_role("button", name="Ask with 12 pictures")
    with page.expect_request("**/divergent:batch"):
        press(ask)
    expect(ask).to_be_disabled()
    page.wait_for_function("() => document.activeElement === document.body")
    for route in held:
        route.continue_() if status == 200 else route.fulfill(status=status, body=BUSY)
    expect(ask).to_be_enabled()
    expect(ask).to_be_focused()


def test_reset_leads_to_the_order(page: Page, seeded: Seeded) -> None:
    open_id(page, seeded.plain_id, raw="1")
    wait_answer(page)
    press(page.get_by_role("button", name="Reset"))
    expect(page.get_by_role("radio", name="Corrected")).to_be_focused()


def test_a_history_forgotten_leads_to_the_user(page: Page, seeded: Seeded, gateway_url: str) -> None:
    path = f"{gateway_url}users/reader/history"
    httpx.post(path, json={"image_id": seeded.ids[0]}).raise_for_status()
    page.goto("#user=reader")
    wait_answer(page)
    press(page.get_by_role("button", name="Clear…"))
    press(page.get_by_role("button", name="Forget it"))
    expect(page.locator("#seen-count")).to_have_text("nothing yet")
    expect(page.get_by_label("User id")).to_be_focused()
