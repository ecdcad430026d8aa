"""A browser at the page of a real stack: every test starts from the same catalogue, and none may leave the
browser's console or another host with something to say.

`GATEWAY_URL` names a running gateway with the DRML view alone to use in place of starting one; its catalogue
is replaced.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.e2e.page.browsers import ARGUMENTS, chromium
from tests.e2e.page.catalogue import Seeded, seed
from tests.e2e.page.two_views import TwoViews
from tests.e2e.stack import Stack

PATIENCE_MS = 60_000  # two cores, shared with the services and whatever else runs there
# A refused request is a line in the console whoever handles it; what the page does with it is tested.
FAILED_REQUEST = "Failed to load resource"


@dataclass
class Watch:
    """What the browser complained about."""

    home: str
    complaints: list[str] = field(default_factory=list)

    def console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and FAILED_REQUEST not in message.text:
            self.complaints.append(message.text)

    def request(self, request: Request) -> None:
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.complaints.append(f"another host was asked: {request.url}")

    def follow(self, page: Page) -> None:
        page.on("console", self.console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self.request)


@pytest.fixture(scope="session")
def gateway_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The gateway's address, ending in `/`."""
    if running := os.environ.get("GATEWAY_URL"):
        yield running.rstrip("/") + "/"
        return
    # The page is tested here, not the deadline: a loaded machine must not turn answers into degraded ones.
    # One view alone: answers of two are played (`two_views.py`), so that their numbers are known.
    # That one needs no network: which picture is how far is nothing that the page decides.
    settings = {"VIEW_DEADLINE_S": "30", "CAPTION_URL": ""}
    with Stack(tmp_path_factory.mktemp("stack"), light=True, settings=settings) as stack:
        yield stack.gateway.url + "/"


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Debian's Chromium, whole for a module that says `WHOLE_BROWSER`. Without it the tests are skipped, but
    not in CI.

    One a module, not one a session: while Playwright's synchronous interface is open an event loop runs in
    this thread, and no test elsewhere could start its own.
    """
    executable = chromium(whole=getattr(request.module, "WHOLE_BROWSER", False))
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed, and in CI the page must be tested")
        pytest.skip("chromium is not installed")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=ARGUMENTS, timeout=4 * PATIENCE_MS
        )
        yield browser
        browser.close()


@pytest.fixture
def seeded(gateway_url: str) -> Seeded:
    """The catalogue that every test starts from."""
    return seed(gateway_url)


@pytest.fixture
def context(browser: Browser, gateway_url: str) -> Iterator[BrowserContext]:
    """A fresh profile that may use the clipboard."""
    context = browser.new_context(
        base_url=gateway_url,
        viewport={"width": 1360, "height": 900},
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def watch(gateway_url: str) -> Watch:
    """Where complaints are collected."""
    return Watch(gateway_url)


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Iterator[Page]:
    """A tab; the test fails when the browser complained about anything in it."""
    page = context.new_page()
    watch.follow(page)
    yield page
    assert watch.complaints == []


@pytest.fixture
def views(page: Page, seeded: Seeded) -> TwoViews:
    """Two views behind the tab."""
    views = TwoViews(seeded.ids)
    views.play(page)
    return views


@pytest.fixture
def picture_file(tmp_path: Path, seeded: Seeded) -> Path:
    """The bytes of one of the catalogue's pictures, in a file of another name."""
    path = tmp_path / "from my disk.png"
    path.write_bytes(seeded.bytes_of[seeded.plain_id])
    return path
