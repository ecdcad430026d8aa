"""Asking with a picture from the camera; Chromium plays one of its own."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.page.catalogue import Seeded
from tests.e2e.page.sight import wait_answer


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
