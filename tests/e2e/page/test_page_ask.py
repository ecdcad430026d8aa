"""Asking with a picture: chosen, dropped, pasted, clicked, from the camera; what the address keeps of it."""

import base64
import json
import shlex
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.page.catalogue import MARKED_ID, Seeded
from tests.e2e.page.sight import (
    cards,
    expect_ids,
    open_id,
    query_title,
    ranked_ids,
    stand_on,
    transfer,
    wait_answer,
)

WHOLE_BROWSER = True  # which has a camera


def test_a_chosen_picture_finds_itself_at_distance_zero(
    page: Page, seeded: Seeded, picture_file: Path
) -> None:
    page.goto("")
    expect(page.get_by_role("heading", name="See what is furthest")).to_be_visible()
    page.set_input_files("#choose-file", picture_file)
    wait_answer(page)
    assert ranked_ids(page, "similar")[0] == seeded.plain_id
    first = cards(page, "similar").first
    expect(first.locator(".measure")).to_have_text("DRML distance 0")
    expect(query_title(page)).to_have_text(picture_file.name)
    expect(page.locator("#query-frame img")).to_have_attribute("alt", f"Your picture, {picture_file.name}")
    assert "upload=1" in page.url


def test_the_button_opens_the_file_chooser(page: Page, seeded: Seeded, picture_file: Path) -> None:
    page.goto("")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a picture…").click()
    chooser.value.set_files(picture_file)
    wait_answer(page)


def test_a_dropped_picture_is_asked_about(page: Page, seeded: Seeded, picture_file: Path) -> None:
    page.goto("")
    dragged = {"dataTransfer": transfer(page, {"dropped.png": picture_file.read_bytes()})}
    page.dispatch_event("body", "dragenter", dragged)
    target = page.locator(".drop-target[data-drop=ask]")
    expect(target).to_be_visible()
    target.dispatch_event("dragover", dragged)
    target.dispatch_event("drop", dragged)
    expect(target).to_be_hidden()
    wait_answer(page)
    assert ranked_ids(page, "similar")[0] == seeded.plain_id
    expect(query_title(page)).to_have_text("dropped.png")


def test_several_dropped_pictures_are_not_guessed_from(
    page: Page, seeded: Seeded, picture_file: Path
) -> None:
    page.goto("")
    # The page's first look at its address clears notices.
    expect(page.locator("#main.waiting")).to_have_count(0)
    data = picture_file.read_bytes()
    dragged = {"dataTransfer": transfer(page, {"one.png": data, "two.png": data})}
    page.dispatch_event("#query-frame", "drop", dragged)
    expect(page.locator("#notice")).to_contain_text("One picture asks")
    expect(page.locator("#intro")).to_be_visible()


def test_a_dragged_result_is_asked_about(page: Page, seeded: Seeded) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    cards(page, "divergent").nth(1).locator("a").drag_to(page.locator("#query-frame"))
    wait_answer(page, not_about=seeded.plain_id)
    assert seeded.plain_id not in page.locator("#query-title").inner_text()


def test_a_pasted_picture_is_asked_about(page: Page, seeded: Seeded, picture_file: Path) -> None:
    page.goto("")
    copied = base64.b64encode(picture_file.read_bytes()).decode()
    page.bring_to_front()
    page.evaluate(
        """async (coded) => {
            const bytes = Uint8Array.from(atob(coded), (letter) => letter.charCodeAt(0));
            const picture = new Blob([bytes], { type: "image/png" });
            await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
        }""",
        copied,
    )
    page.keyboard.press("Control+V")
    wait_answer(page)
    assert ranked_ids(page, "similar")[0] == seeded.plain_id


def test_a_result_becomes_the_query_and_back_returns(page: Page, seeded: Seeded) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    first_answer = ranked_ids(page, "divergent")
    chosen = first_answer[1]
    cards(page, "divergent").nth(1).locator("a").click()
    wait_answer(page, not_about=seeded.plain_id)
    assert parse_qs(urlsplit(page.url).fragment) == {"id": [chosen]}
    expect(page.locator("#query-title")).to_be_focused()
    page.go_back()
    expect_ids(page, "divergent", first_answer)
    expect(query_title(page)).to_have_text(seeded.plain_id)
    page.go_forward()
    expect(page.locator("#query-frame img")).to_have_attribute("alt", seeded.caption_of.get(chosen, chosen))


def test_back_returns_to_a_sent_picture_and_to_the_start(
    page: Page, seeded: Seeded, picture_file: Path
) -> None:
    page.goto("")
    page.set_input_files("#choose-file", picture_file)
    wait_answer(page)
    sent_answer = ranked_ids(page, "divergent")
    page.locator("#strip a").first.click()
    expect(query_title(page)).not_to_have_text(picture_file.name)
    page.go_back()
    expect(query_title(page)).to_have_text(picture_file.name)
    expect_ids(page, "divergent", sent_answer)
    page.go_back()
    expect(page.locator("#intro")).to_be_visible()
    expect(page.locator("#results")).to_be_hidden()


def test_a_shared_address_asks_the_same(page: Page, context: BrowserContext, seeded: Seeded) -> None:
    open_id(page, MARKED_ID)
    wait_answer(page)
    answer = ranked_ids(page, "divergent")
    friend = context.new_page()
    friend.goto(page.url)
    expect_ids(friend, "divergent", answer)
    assert answer


def test_the_address_of_a_sent_picture_says_that_it_is_gone(page: Page, seeded: Seeded) -> None:
    page.goto("#upload=7")
    expect(page.locator("#notice")).to_contain_text("Choose it again")
    expect(page.locator("#intro")).to_be_visible()


def test_the_count_is_kept_in_the_address_and_in_links(page: Page, seeded: Seeded) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    page.get_by_label("Show").select_option("10")
    expect(cards(page, "divergent")).to_have_count(10)
    expect(cards(page, "similar")).to_have_count(10)
    expect(page.locator("#results .placeholder")).to_have_count(0)
    page.locator("#strip a").nth(4).click()
    assert parse_qs(urlsplit(page.url).fragment) == {"id": [seeded.ids[4]], "n": ["10"]}
    page.go_back()
    page.go_back()
    expect(cards(page, "divergent")).to_have_count(5)
    expect(page.get_by_label("Show")).to_have_value("5")


def test_everything_works_from_the_keyboard(page: Page, seeded: Seeded) -> None:
    page.goto("")
    expect(page.locator("#strip a")).to_have_count(24)
    expect(page.locator("#strip a").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the answer")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_be_focused()
    for _ in range(15):
        page.keyboard.press("Tab")
        if page.locator("#strip a:focus").count():
            break
    expect(page.locator("#strip a").first).to_be_focused()
    page.keyboard.press("Enter")
    wait_answer(page)
    stand_on(page.locator("#divergent a").first)
    page.keyboard.press("Tab")
    expect(page.locator("#divergent .add-seen").first).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#divergent a").nth(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#divergent a").nth(2)).to_be_focused()


@pytest.mark.parametrize("sent", [False, True], ids=["by id", "sent"])
def test_the_copied_command_asks_the_same(
    page: Page, seeded: Seeded, gateway_url: str, picture_file: Path, sent: bool
) -> None:
    if sent:
        page.goto("")
        page.set_input_files("#choose-file", picture_file)
    else:
        open_id(page, MARKED_ID)
    wait_answer(page)
    page.locator("#divergent").get_by_role("button", name="Copy as curl").click()
    expect(page.locator("#divergent .copy").first).to_have_text("Copied")
    words = shlex.split(page.evaluate("navigator.clipboard.readText()"))
    command, silent, url, header_flag, header, data_flag, data = words
    assert [command, silent, header_flag] == ["curl", "-sS", "-H"]
    assert url == f"{gateway_url}divergent?n=5"
    if sent:
        assert [data_flag, data] == ["--data-binary", f"@{picture_file.name}"]
        content = picture_file.read_bytes()
    else:
        assert data_flag == "--data"
        assert json.loads(data) == {"image_id": MARKED_ID}
        content = data.encode()
    name, _, value = header.partition(": ")
    answer = httpx.post(url, content=content, headers={name: value}, timeout=60).raise_for_status().json()
    assert [result["image_id"] for result in answer["results"]] == ranked_ids(page, "divergent")


def test_a_picture_from_the_camera_asks(context: BrowserContext, page: Page, seeded: Seeded) -> None:
    context.grant_permissions(["camera"])
    page.goto("")
    page.get_by_role("button", name="Camera…").click()
    dialog = page.get_by_role("dialog", name="A picture from the camera")
    take = dialog.get_by_role("button", name="Ask with this")
    expect(take).to_be_enabled()
    # Cancelled, it is switched off; opened again, it is on.
    page.evaluate(
        "() => { window.track = document.getElementById('camera-video').srcObject.getTracks()[0]; }"
    )
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert page.evaluate("window.track.readyState") == "ended"
    page.get_by_role("button", name="Camera…").click()
    expect(take).to_be_enabled()
    take.click()
    wait_answer(page)
    expect(page.locator("#query-title")).to_have_text("camera.jpg")
    assert page.locator("#query-frame img").evaluate("(image) => image.naturalWidth") > 100


def test_a_camera_that_is_refused_says_so(context: BrowserContext, page: Page, seeded: Seeded) -> None:
    page.goto("")
    page.get_by_role("button", name="Camera…").click()
    dialog = page.get_by_role("dialog", name="A picture from the camera")
    expect(dialog.get_by_role("alert")).to_contain_text("was not allowed to use the camera")
    expect(dialog.get_by_role("button", name="Ask with this")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
