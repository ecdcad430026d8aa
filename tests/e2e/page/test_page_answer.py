"""What the page shows of an answer, of an error, and of text that is not to be trusted."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.page.catalogue import MARKED_CAPTION, MARKED_ID, Seeded, path_of
from tests.e2e.page.sight import cards, expect_ids, open_id, query_title, ranked_ids, wait_answer


def shown_percent(share: float) -> str:
    """The rule the page promises: one decimal, and never a rounded 0 or 100 %."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    return f"{share * 100:.1f} %"


@pytest.mark.parametrize("mode", ["divergent", "similar"])
def test_the_numbers_are_the_gateways(page: Page, seeded: Seeded, gateway_url: str, mode: str) -> None:
    query = {"image_id": seeded.captioned_id}
    answer = httpx.post(f"{gateway_url}{mode}?n=10", json=query, timeout=60).raise_for_status().json()
    open_id(page, seeded.captioned_id, n="10")
    wait_answer(page)
    expect(cards(page, mode)).to_have_count(10)
    for result, card in zip(answer["results"], cards(page, mode).all(), strict=True):
        assert card.get_attribute("data-image-id") == result["image_id"]
        assert card.locator(".rank").inner_text() == str(result["rank"])
        assert card.locator(".percent").inner_text() == shown_percent(result["divergence"])
        fill, track = card.locator(".fill").bounding_box(), card.locator(".track").bounding_box()
        assert fill is not None
        assert track is not None
        assert fill["width"] == pytest.approx(max(2, track["width"] * result["divergence"]), abs=1)
        distance = float(card.locator(".measure .value").inner_text())
        assert distance == pytest.approx(result["views"]["drml"]["distance"], rel=1e-3)
        caption = seeded.caption_of.get(result["image_id"])
        assert card.locator(".words").inner_text() == (caption or result["image_id"])
        assert card.locator("img").get_attribute("alt") == (caption or result["image_id"])
        assert card.locator(".source").count() == (caption is not None)
    expect(page.locator("#divergent .extent")).to_have_text(f"furthest of {len(seeded.ids)}")
    expect(page.locator("#provenance")).to_contain_text(f"exact over {len(seeded.ids)} pictures")
    expect(page.locator("#provenance")).to_contain_text(answer["views"]["drml"]["artifact"])
    expect(page.locator("#axis .dot")).to_have_count(20)


def test_every_shown_thumbnail_is_loaded(page: Page, seeded: Seeded) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    page.wait_for_load_state("networkidle")
    widths = page.locator("#results img, #query img").evaluate_all("(all) => all.map((i) => i.naturalWidth)")
    assert len(widths) == 11
    assert min(widths) > 0


def test_markup_in_a_caption_and_an_id_is_text(page: Page, seeded: Seeded) -> None:
    open_id(page, MARKED_ID, n="100")
    expect(query_title(page)).to_have_text(MARKED_CAPTION)
    expect(page.locator("#query-note")).to_have_text(MARKED_ID)
    open_id(page, seeded.plain_id, n="100")
    card = page.locator(f"#divergent .card[data-image-id={json_string(MARKED_ID)}]")
    expect(card.locator(".words")).to_have_text(MARKED_CAPTION)
    expect(card.locator("img")).to_have_attribute("alt", MARKED_CAPTION)
    assert page.locator("#results b, #strip b, #query b").count() == 0
    assert page.locator('img[src="x"]').count() == 0
    assert page.title() == f"{seeded.plain_id} · Image diversity"


def json_string(text: str) -> str:
    """`text` as a quoted string of a CSS selector."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def test_markup_in_a_file_name_is_text(page: Page, seeded: Seeded, tmp_path: Path) -> None:
    name = "<i>x<br>.png"
    picture = tmp_path / name
    picture.write_bytes(seeded.bytes_of[seeded.plain_id])
    page.goto("")
    page.set_input_files("#choose-file", picture)
    wait_answer(page)
    expect(query_title(page)).to_have_text(name)
    assert page.locator("#query i").count() == 0


def test_a_file_that_is_no_picture_is_explained_in_the_gateways_words(
    page: Page, seeded: Seeded, gateway_url: str, tmp_path: Path
) -> None:
    text = tmp_path / "letter.txt"
    text.write_text("Dear Sir")
    refusal = httpx.post(
        f"{gateway_url}divergent", content=b"Dear Sir", headers={"Content-Type": "text/plain"}
    )
    assert refusal.status_code == 415
    page.goto("")
    page.set_input_files("#choose-file", text)
    problem = page.locator("#problem")
    expect(problem.locator(".problem-title")).to_have_text(refusal.json()["title"])
    expect(problem.locator(".problem-detail")).to_have_text(refusal.json()["detail"])
    expect(problem.locator(".problem-trace")).to_contain_text("Request ")
    expect(problem.get_by_role("button")).to_have_count(0)
    expect(page.locator("#results")).to_be_hidden()
    open_id(page, seeded.plain_id)
    wait_answer(page)
    expect(problem).to_be_hidden()


def test_a_broken_picture_is_explained(page: Page, seeded: Seeded, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + b"no more than a signature")
    page.goto("")
    page.set_input_files("#choose-file", broken)
    expect(page.locator("#problem .problem-title")).to_have_text("Not a decodable picture")
    expect(page.locator("#query-frame")).to_contain_text("cannot show")


def test_an_unknown_id_is_explained(page: Page, seeded: Seeded) -> None:
    open_id(page, "no/such <b>picture</b>")
    expect(page.locator("#problem .problem-title")).to_have_text("No such entry")
    expect(page.locator("#problem .problem-detail")).to_contain_text("no/such <b>picture</b>")
    expect(page.locator("#query-frame")).to_contain_text("There is no picture to show")


def test_a_gateway_that_is_gone_is_said_and_tried_again(
    page: Page, context: BrowserContext, seeded: Seeded
) -> None:
    page.goto("")
    expect(page.locator("#strip a")).to_have_count(24)
    context.set_offline(True)
    page.locator("#strip a").first.click()
    expect(page.locator("#problem .problem-title")).to_have_text("No answer")
    context.set_offline(False)
    page.locator("#problem").get_by_role("button", name="Try again").click()
    wait_answer(page)
    expect(page.locator("#problem")).to_be_hidden()


def test_one_failed_row_leaves_the_other(page: Page, seeded: Seeded) -> None:
    refuse = {
        "status": 503,
        "headers": {"Retry-After": "3", "Content-Type": "application/problem+json"},
        "body": '{"title": "Not ready", "detail": "The view is loading.", "request_id": "r-1"}',
    }
    page.route("**/similar?*", lambda route: route.fulfill(**refuse))
    open_id(page, seeded.plain_id)
    problem = page.locator("#similar .problem")
    expect(problem).to_contain_text("The view is loading.")
    expect(problem).to_contain_text("3 s")
    expect(cards(page, "divergent")).to_have_count(5)
    expect(page.locator("#problem")).to_be_hidden()
    page.unroute("**/similar?*")
    problem.get_by_role("button", name="Try again").click()
    wait_answer(page)
    expect(problem).to_be_hidden()


def test_an_answer_that_is_no_json_is_an_error_not_a_silence(page: Page, seeded: Seeded) -> None:
    for mode in ("divergent", "similar"):
        page.route(f"**/{mode}?*", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    open_id(page, seeded.plain_id)
    expect(page.locator("#problem .problem-detail")).to_contain_text("status 502")


def test_a_degraded_and_unproven_answer_says_so(page: Page, seeded: Seeded) -> None:
    def degrade(route: Route) -> None:
        reply = route.fetch()
        route.fulfill(response=reply, json={**reply.json(), "degraded": ["caption"], "exact": False})

    page.route("**/divergent?*", degrade)
    open_id(page, seeded.plain_id)
    expect(page.locator("#degraded")).to_contain_text("Without the caption view")
    expect(page.locator("#provenance")).to_contain_text("not proven exact")
    page.unroute("**/divergent?*")
    open_id(page, seeded.captioned_id)
    expect(page.locator("#degraded")).to_be_hidden()
    expect(page.locator("#provenance")).to_contain_text("exact over")


def test_a_late_answer_does_not_replace_a_newer_one(page: Page, seeded: Seeded, gateway_url: str) -> None:
    held: list[Route] = []

    def hold_first(route: Route) -> None:
        if seeded.plain_id in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/divergent?*", hold_first)
    with page.expect_request("**/divergent?*"):
        open_id(page, seeded.plain_id)
    open_id(page, seeded.captioned_id)
    wait_answer(page)
    newer = ranked_ids(page, "divergent")
    for route in held:
        route.continue_()
    page.wait_for_load_state("networkidle")
    expect_ids(page, "divergent", newer)
    asked = {"image_id": seeded.captioned_id}
    answer = httpx.post(f"{gateway_url}divergent", json=asked, timeout=60).json()
    assert newer == [result["image_id"] for result in answer["results"]]
    assert held


def test_an_answer_without_other_pictures_says_so(page: Page, seeded: Seeded) -> None:
    def empty(route: Route) -> None:
        reply = route.fetch()
        route.fulfill(response=reply, json={**reply.json(), "results": []})

    page.route("**/divergent?*", empty)
    page.route("**/similar?*", empty)
    open_id(page, seeded.plain_id)
    expect(page.locator("#divergent .nothing")).to_contain_text("no other picture")
    expect(page.locator("#axis")).to_be_empty()


def test_a_picture_that_browsers_cannot_show_is_shown_as_its_thumbnail(
    page: Page, seeded: Seeded, gateway_url: str
) -> None:
    page.route(
        f"**{path_of(seeded.plain_id)}/content", lambda route: route.fulfill(body=b"II*\0", status=200)
    )
    open_id(page, seeded.plain_id)
    expect(page.locator("#query-frame img")).to_have_attribute("src", thumb_address(seeded.plain_id))
    page.wait_for_load_state("networkidle")
    assert page.locator("#query-frame img").evaluate("(image) => image.naturalWidth") > 0


def thumb_address(image_id: str) -> str:
    """The relative address of a thumbnail."""
    return f"{path_of(image_id).removeprefix('/')}/content?size=thumb"
