"""The page of a gateway that wants a key: it asks for one, and its pictures come with it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.stack import Service
from tests.fakes.drawn import drawn

KEY = "a-key+of=odd%signs"


@pytest.fixture
def guarded_url(tmp_path: Path) -> Iterator[str]:
    """A gateway with one picture; its views are not needed and not there."""
    key = KEY
    settings = {"STATE": str(tmp_path / "state"), "CAPTION_URL": "", "API_KEYS": f"{key}:read+write"}
    settings["DRML_URL"] = "http://127.0.0.1:1"
    service = Service("diversity_gateway", settings, tmp_path / "log")
    service.start()
    try:
        service.wait_ready("/healthz")
        headers = {"X-API-Key": key, "Content-Type": "image/png"}
        url = service.url + "/images/fish?wait=false"
        put = httpx.put(url, content=drawn(1), headers=headers, timeout=60)
        assert put.status_code == 202
        yield service.url
    finally:
        service.stop()


def test_the_page_asks_for_the_key(browser: Browser, guarded_url: str) -> None:
    page = browser.new_page()
    page.goto(guarded_url)
    dialog = page.get_by_role("dialog", name="An API key, please")
    expect(dialog).to_be_visible()
    expect(page.locator("#strip img")).to_have_count(0)
    dialog.get_by_label("Yours is kept").fill(KEY)
    dialog.get_by_role("button", name="Use it").click()
    expect(page.locator("#service")).to_contain_text("1 picture")
    picture = page.locator("#strip img").first
    expect(picture).to_be_visible()
    page.wait_for_function("() => document.querySelector('#strip img').naturalWidth > 0")
    expect(dialog).not_to_be_visible()
    page.close()
