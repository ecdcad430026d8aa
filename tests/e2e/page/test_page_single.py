"""One picture at a time: added with captions, deleted after a question."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.page.catalogue import Seeded, path_of
from tests.e2e.page.sight import open_id, press, transfer, wait_answer
from tests.fakes.drawn import drawn


@pytest.fixture
def new_file(tmp_path: Path) -> Path:
    """A picture that the catalogue does not have."""
    path = tmp_path / "new & <b>shiny.png"
    path.write_bytes(drawn(600))
    return path


def entry(gateway_url: str, image_id: str) -> httpx.Response:
    """What the gateway says of a picture."""
    return httpx.get(f"{gateway_url.rstrip('/')}{path_of(image_id)}", timeout=60)


def test_a_single_picture_takes_an_id_and_captions(
    page: Page, seeded: Seeded, gateway_url: str, new_file: Path
) -> None:
    page.goto("")
    page.set_input_files("#add-files-input", new_file)
    form = page.get_by_role("form", name="Add a picture")
    expect(form.get_by_label("Id in the catalogue")).to_have_value(new_file.name)
    expect(form.get_by_label("Captions")).to_be_focused()
    page.keyboard.type("a green field\n\n <i>two</i> cows ")
    form.get_by_label("Id in the catalogue").fill("a new/<b>one</b>")
    form.get_by_role("button", name="Add it").click()
    expect(page.locator("#single-done")).to_have_text("a new/<b>one</b> is in the catalogue.")
    expect(form).to_be_hidden()
    stored = entry(gateway_url, "a new/<b>one</b>").raise_for_status().json()
    assert stored["captions"] == ["a green field", "<i>two</i> cows"]
    first = page.locator("#strip a").first
    expect(first).to_have_attribute("title", "a green field")
    first.click()
    expect(page.locator("#query-title")).to_have_text("a green field")


def test_captions_are_not_required(page: Page, seeded: Seeded, gateway_url: str, new_file: Path) -> None:
    page.goto("")
    dragged = {"dataTransfer": transfer(page, {"plain.png": new_file.read_bytes()})}
    page.dispatch_event("#strip", "drop", dragged)
    press(page.get_by_label("Id in the catalogue"), "Enter")
    expect(page.locator("#single-done")).to_have_text("plain.png is in the catalogue.")
    assert entry(gateway_url, "plain.png").raise_for_status().json()["captions"] == []


def test_a_single_picture_can_be_put_aside(
    page: Page, seeded: Seeded, gateway_url: str, new_file: Path
) -> None:
    page.goto("")
    page.set_input_files("#add-files-input", new_file)
    form = page.get_by_role("form", name="Add a picture")
    form.get_by_role("button", name="Cancel").click()
    expect(form).to_be_hidden()
    assert entry(gateway_url, new_file.name).status_code == 404


def test_what_is_no_picture_is_refused_in_the_form(
    page: Page, seeded: Seeded, gateway_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "letter.png"
    path.write_bytes(b"Dear Sir")
    page.goto("")
    page.set_input_files("#add-files-input", path)
    form = page.get_by_role("form", name="Add a picture")
    form.get_by_role("button", name="Add it").click()
    expect(form.locator(".problem-title")).to_be_visible()
    assert entry(gateway_url, "letter.png").status_code == 404
    path.write_bytes(drawn(601))
    page.set_input_files("#add-files-input", path)
    expect(form.locator(".problem")).to_be_hidden()
    form.get_by_role("button", name="Add it").click()
    expect(form).to_be_hidden()
    assert entry(gateway_url, "letter.png").status_code == 200


def test_deleting_asks_first_and_cannot_be_undone(page: Page, seeded: Seeded, gateway_url: str) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    offer = page.get_by_role("button", name="Delete from the catalogue…")
    dialog = page.get_by_role("dialog", name="Delete this picture?")
    offer.click()
    expect(dialog).to_contain_text(seeded.plain_id)
    expect(dialog).to_contain_text("cannot be undone")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    offer.click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert entry(gateway_url, seeded.plain_id).status_code == 200
    offer.click()
    dialog.get_by_role("button", name="Delete it").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#notice")).to_have_text(f"{seeded.plain_id} was deleted.")
    expect(page.locator("#intro")).to_be_visible()
    expect(page.locator("#catalogue-range")).to_have_text(f"1–24 of {len(seeded.ids) - 1}")
    expect(offer).to_be_hidden()
    assert entry(gateway_url, seeded.plain_id).status_code == 404


def test_a_failed_deletion_says_why_and_keeps_the_question(
    page: Page, seeded: Seeded, gateway_url: str
) -> None:
    def refuse(route: Route) -> None:
        if route.request.method != "DELETE":
            route.continue_()
            return
        body = '{"title": "No space", "detail": "The disk is full.", "request_id": "r-1"}'
        route.fulfill(status=507, body=body)

    open_id(page, seeded.plain_id)
    wait_answer(page)
    page.route("**/images/*", refuse)
    page.route("**/images/*?*", refuse)
    page.get_by_role("button", name="Delete from the catalogue…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete it").click()
    expect(dialog).to_contain_text("The disk is full.")
    expect(dialog.get_by_role("button", name="Delete it")).to_be_enabled()
    dialog.get_by_role("button", name="Keep it").click()
    expect(page.locator("#divergent .card")).to_have_count(5)
    assert entry(gateway_url, seeded.plain_id).status_code == 200


def test_only_what_is_in_the_catalogue_can_be_deleted(page: Page, seeded: Seeded, picture_file: Path) -> None:
    page.goto("")
    page.set_input_files("#choose-file", picture_file)
    wait_answer(page)
    expect(page.locator("#delete")).to_be_hidden()
    open_id(page, "nothing of this name")
    expect(page.locator("#problem .problem-title")).to_be_visible()
    expect(page.locator("#delete")).to_be_hidden()
