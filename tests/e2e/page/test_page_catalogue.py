"""The catalogue's strip: paging, the empty state, adding pictures with progress."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.page.catalogue import Seeded, all_ids, clear
from tests.e2e.page.sight import transfer, wait_answer
from tests.fakes.drawn import drawn

PAGE_SIZE = 24


def strip_ids(page: Page) -> list[str]:
    """The ids the strip's links ask about."""
    script = "(links) => links.map((link) => new URLSearchParams(link.hash.slice(1)).get('id'))"
    ids: list[str] = page.locator("#strip a").evaluate_all(script)
    return ids


@pytest.fixture
def emptied(gateway_url: str) -> str:
    """The address of a gateway whose catalogue holds nothing."""
    clear(gateway_url)
    return gateway_url


def test_the_pages_together_are_the_catalogue(page: Page, seeded: Seeded) -> None:
    page.goto("")
    previous = page.get_by_role("button", name="Previous")
    following = page.get_by_role("button", name="Next")
    expect(page.locator("#catalogue-range")).to_have_text(f"1–{PAGE_SIZE} of {len(seeded.ids)}")
    expect(previous).to_be_disabled()
    first = strip_ids(page)
    following.click()
    expect(page.locator("#catalogue-range")).to_have_text(f"25–{len(seeded.ids)} of {len(seeded.ids)}")
    expect(following).to_be_disabled()
    assert first + strip_ids(page) == seeded.ids
    previous.click()
    expect(page.locator("#catalogue-range")).to_contain_text("1–24")
    assert strip_ids(page) == first


def test_a_cursor_that_no_longer_holds_leads_to_the_first_page(page: Page, seeded: Seeded) -> None:
    stale = '{"title": "The cursor is no longer valid", "detail": "Start again.", "request_id": "r-1"}'
    page.goto("")
    expect(page.locator("#strip a")).to_have_count(PAGE_SIZE)
    page.route("**/images?*cursor=*", lambda route: route.fulfill(status=410, body=stale))
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()
    expect(page.get_by_role("button", name="Next")).to_be_enabled()
    expect(page.locator("#catalogue-range")).to_contain_text("1–24")


def test_an_empty_catalogue_is_filled_by_dropping_pictures(page: Page, emptied: str) -> None:
    page.goto("")
    expect(page.locator("#empty")).to_contain_text("The catalogue is empty")
    expect(page.locator("#strip")).to_be_hidden()
    files = {f"{number}.png": drawn(100 + number) for number in range(20)}
    files["not really.png"] = b"no picture at all"
    files["notes.txt"] = b"left out"
    dragged = {"dataTransfer": transfer(page, files)}
    page.dispatch_event("body", "dragenter", dragged)
    page.locator(".drop-target[data-drop=add]").dispatch_event("drop", dragged)
    words = page.locator(".adding-words")
    expect(words).to_have_text("20 of 21 pictures added, 1 refused, 1 left out that are no pictures.")
    expect(page.locator(".refusals summary")).to_have_text("What was refused (1)")
    page.locator(".refusals summary").click()
    expect(page.locator(".refusals li")).to_contain_text("not really.png")
    expect(page.locator("#strip a")).to_have_count(20)
    expect(page.locator("#empty")).to_be_hidden()
    with httpx.Client(base_url=emptied, timeout=60) as client:
        assert all_ids(client) == strip_ids(page)
    expect(page.locator("#service")).to_have_text("20 pictures")
    page.locator("#strip a").first.click()
    wait_answer(page)


def test_a_folder_keeps_its_paths_as_ids(page: Page, emptied: str, tmp_path: Path) -> None:
    for number, name in enumerate(["cats/one.png", "cats/two.PNG", "dogs/one.png"]):
        path = tmp_path / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(drawn(200 + number))
    (tmp_path / "pets" / "captions.txt").write_text("left out")
    (tmp_path / "pets" / ".thumb.png").write_bytes(drawn(210))
    page.goto("")
    page.set_input_files("#add-folder-input", tmp_path / "pets")
    expect(page.locator(".adding-words")).to_contain_text("3 of 3 pictures added, 2 left out")
    expect(page.locator("#strip a")).to_have_count(3)
    assert strip_ids(page) == ["pets/cats/one.png", "pets/cats/two.PNG", "pets/dogs/one.png"]


def test_adding_goes_on_after_the_gateway_was_gone(page: Page, emptied: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number:02}.png" for number in range(20)]
    for number, path in enumerate(paths):
        path.write_bytes(drawn(300 + number))
    posts = 0

    def cut_second(route: Route) -> None:
        nonlocal posts
        posts += 1
        if posts == 2:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/images?wait=false", cut_second)
    page.goto("")
    page.set_input_files("#add-files-input", paths)
    expect(page.locator(".adding-words")).to_contain_text("16 of 20 pictures added. No answer")
    page.get_by_role("button", name="Try the rest again").click()
    expect(page.locator(".adding-words")).to_have_text("20 of 20 pictures added.")
    expect(page.locator("#strip a")).to_have_count(20)
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#adding")).to_be_hidden()


def test_adding_waits_for_a_busy_gateway(page: Page, emptied: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(2)]
    for number, path in enumerate(paths):
        path.write_bytes(drawn(400 + number))
    busy = {"status": 429, "headers": {"Retry-After": "1"}, "body": '{"title": "Busy", "detail": "Later."}'}
    page.route("**/images?wait=false", lambda route: route.fulfill(**busy), times=2)
    page.goto("")
    page.set_input_files("#add-files-input", paths)
    expect(page.locator(".adding-words")).to_have_text("2 of 2 pictures added.")


def test_adding_can_be_stopped(page: Page, emptied: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number:02}.png" for number in range(20)]
    for number, path in enumerate(paths):
        path.write_bytes(drawn(500 + number))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/images?wait=false", hold)
    page.goto("")
    with page.expect_request("**/images?wait=false"):
        page.set_input_files("#add-files-input", paths)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".adding-words")).to_have_text("0 of 20 pictures added. Stopped.")
    expect(page.get_by_role("button", name="Try the rest again")).to_be_visible()
    assert len(held) == 1


def test_a_picture_not_yet_indexed_is_counted_in_the_header(page: Page, seeded: Seeded) -> None:
    def behind(route: Route) -> None:
        reply = route.fetch()
        stats = reply.json()
        stats["views"]["drml"]["pending"] = 7
        route.fulfill(response=reply, json=stats)

    page.route("**/stats", behind)
    page.goto("")
    expect(page.locator("#service")).to_have_text(f"{len(seeded.ids)} pictures · drml is indexing 7")
    page.unroute("**/stats")
    expect(page.locator("#service")).to_have_text(f"{len(seeded.ids)} pictures")
