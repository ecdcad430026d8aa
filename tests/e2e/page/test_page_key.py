"""The page of a gateway that wants a key: asked for, refused, exchanged, and never copied."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.page.two_views import TwoViews
from tests.e2e.stack import Service
from tests.fakes.drawn import drawn

KEY = "a-key+of=odd%signs"
READER = "one-that-reads"
UNKNOWN = "The API key is not known here."


@pytest.fixture(scope="module")
def guarded_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A gateway with one picture; its views are not needed and not there."""
    folder = tmp_path_factory.mktemp("guarded")
    keys = f"{KEY}:read+write,{READER}:read"
    settings = {"STATE": str(folder / "state"), "CAPTION_URL": "", "API_KEYS": keys}
    settings["DRML_URL"] = "http://127.0.0.1:1"
    service = Service("diversity_gateway", settings, folder / "log")
    service.start()
    try:
        service.wait_ready("/healthz")
        headers = {"X-API-Key": KEY, "Content-Type": "image/png"}
        url = service.url + "/images/fish?wait=false"
        put = httpx.put(url, content=drawn(1), headers=headers, timeout=60)
        assert put.status_code == 202
        yield service.url
    finally:
        service.stop()


@pytest.fixture
def visitor(browser: Browser, guarded_url: str) -> Iterator[Page]:
    """A tab without a key, at the page."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(guarded_url)
    yield page
    context.close()


def dialog_of(page: Page) -> Locator:
    """Where the key is asked for."""
    return page.get_by_role("dialog", name="An API key, please")


def give(page: Page, key: str) -> None:
    """Type a key where it is asked for."""
    dialog = dialog_of(page)
    dialog.get_by_label("Yours is kept").fill(key)
    dialog.get_by_role("button", name="Use it").click()


def wait_shown(page: Page) -> None:
    """Return once the catalogue and its picture are there."""
    expect(page.locator("#service")).to_contain_text("picture")
    expect(page.locator("#strip img").first).to_be_visible()
    page.wait_for_function("() => document.querySelector('#strip img').naturalWidth > 0")


def test_the_page_asks_for_the_key(visitor: Page) -> None:
    dialog = dialog_of(visitor)
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("alert")).to_be_hidden()
    expect(visitor.locator("#strip img")).to_have_count(0)
    give(visitor, KEY)
    wait_shown(visitor)
    expect(dialog).not_to_be_visible()
    # A visit to another address of the same tab asks for nothing.
    visitor.reload()
    wait_shown(visitor)
    expect(dialog).not_to_be_visible()


def test_a_wrong_key_is_said_and_another_one_taken(visitor: Page) -> None:
    expect(dialog_of(visitor)).to_be_visible()
    give(visitor, "no-such-key")
    expect(dialog_of(visitor).get_by_role("alert")).to_have_text(UNKNOWN)
    expect(dialog_of(visitor).get_by_label("Yours is kept")).to_have_value("")
    give(visitor, KEY)
    wait_shown(visitor)
    expect(dialog_of(visitor)).not_to_be_visible()


@pytest.mark.parametrize("way", ["Escape", "Not now"])
def test_who_has_no_key_is_asked_once(visitor: Page, way: str) -> None:
    expect(dialog_of(visitor)).to_be_visible()
    if way == "Escape":
        visitor.keyboard.press("Escape")
    else:
        dialog_of(visitor).get_by_role("button", name=way).click()
    expect(dialog_of(visitor)).to_be_hidden()
    # The state of the service is asked for again and again, and refused each time.
    with visitor.expect_response(lambda reply: reply.url.endswith("/stats") and reply.status == 401):
        pass
    expect(dialog_of(visitor)).to_be_hidden()
    visitor.get_by_role("button", name="Key…", exact=True).click()
    give(visitor, KEY)
    wait_shown(visitor)


def test_a_key_that_only_reads_can_be_exchanged(visitor: Page, guarded_url: str, tmp_path: Path) -> None:
    give(visitor, READER)
    wait_shown(visitor)
    path = tmp_path / "trout.png"
    path.write_bytes(drawn(2))
    visitor.set_input_files("#add-files-input", path)
    visitor.get_by_role("button", name="Add it").click()
    problem = visitor.locator("#single-problem")
    expect(problem).to_contain_text("needs a key with the scope `write`")
    problem.get_by_role("button", name="Use another key…").click()
    give(visitor, KEY)
    # What was typed in and chosen is still there.
    expect(dialog_of(visitor)).not_to_be_visible()
    visitor.get_by_role("button", name="Add it").click()
    expect(visitor.locator("#single-done")).to_have_text("trout.png is in the catalogue.")
    found = httpx.get(f"{guarded_url}/images/trout.png", headers={"X-API-Key": READER}, timeout=60)
    assert found.status_code == 200


@pytest.mark.parametrize("first", ["gone", READER])
def test_a_refused_upload_waits_for_another_key(visitor: Page, tmp_path: Path, first: str) -> None:
    give(visitor, KEY if first == "gone" else first)
    wait_shown(visitor)
    if first == "gone":  # taken off the ring since
        visitor.evaluate("sessionStorage.setItem('diversity_key', 'gone')")
    paths = [tmp_path / f"{first}-{number}.png" for number in range(2)]
    for number, path in enumerate(paths):
        path.write_bytes(drawn(10 + number))
    visitor.set_input_files("#add-files-input", paths)
    words = visitor.locator(".adding-words")
    expect(words).to_contain_text("0 of 2 pictures added.")
    if first == "gone":
        expect(dialog_of(visitor).get_by_role("alert")).to_have_text(UNKNOWN)
    else:
        visitor.get_by_role("button", name="Use another key…").click()
    give(visitor, KEY)
    visitor.get_by_role("button", name="Try the rest again").click()
    expect(words).to_have_text("2 of 2 pictures added.")


def test_a_copied_command_names_the_key_and_does_not_hold_it(visitor: Page) -> None:
    give(visitor, KEY)
    wait_shown(visitor)
    TwoViews(["fish", "other", "third"]).play(visitor)
    visitor.goto(visitor.url.partition("#")[0] + "#id=fish")
    row = visitor.locator("#divergent")
    expect(row.locator(".card:not(.placeholder)")).to_have_count(2)
    row.get_by_role("button", name="Copy as curl").click()
    expect(row.locator(".copy").first).to_have_text("Copied")
    command = visitor.evaluate("navigator.clipboard.readText()")
    assert '-H "X-API-Key: $DIVERSITY_API_KEY"' in command
    assert KEY not in command
    assert "X-API-Key: $DIVERSITY_API_KEY" in shlex.split(command)
    row.get_by_role("button", name="Copy as Python").click()
    expect(row.locator(".copy").last).to_have_text("Copied")
    code = visitor.evaluate("navigator.clipboard.readText()")
    assert "DIVERSITY_API_KEY" in code
    assert KEY not in code
    compile(code, "copied", "exec")
