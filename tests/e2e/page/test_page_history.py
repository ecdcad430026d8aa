"""What somebody saw as one query: a strip in the address, or kept by the gateway for a user."""

import json
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
from playwright.sync_api import Page, Request, Route, expect

from tests.e2e.page.catalogue import Seeded
from tests.e2e.page.sight import cards, expect_ids, open_id, press, ranked_ids, wait_answer

USER = "reader/7 <b>"


def strip_ids(page: Page) -> list[str]:
    """The pictures of the strip, the newest first."""
    ids: list[str] = page.locator("#seen-list li").evaluate_all(
        "(all) => all.map((one) => one.dataset.imageId)"
    )
    return ids


def last_body(requests: list[Request]) -> dict[str, Any]:
    """The JSON of the last search for divergent pictures."""
    body: dict[str, Any] = json.loads(requests[-1].post_data or "")
    return body


def test_a_history_grows_by_clicking_and_the_answer_follows(
    page: Page, seeded: Seeded, gateway_url: str
) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/divergent?" in request.url else None)
    open_id(page, seeded.plain_id)
    wait_answer(page)
    second = ranked_ids(page, "divergent")[0]
    cards(page, "divergent").first.get_by_role("button", name=f"{second} was seen").click()
    expect(page.locator("#seen-list li")).to_have_count(2)
    expect(page.locator("#query-title")).to_have_text("2 pictures seen")
    wait_answer(page)
    assert strip_ids(page) == [second, seeded.plain_id]
    assert parse_qs(urlsplit(page.url).fragment) == {"seen": [seeded.plain_id, second]}
    body = {"history": [{"image_id": seeded.plain_id}, {"image_id": second}]}
    assert last_body(asked) == body
    answer = httpx.post(f"{gateway_url}divergent", json=body, timeout=60).raise_for_status().json()
    expect_ids(page, "divergent", [result["image_id"] for result in answer["results"]])

    # A result clicked joins the history; the fade weighs older ones less.
    third = ranked_ids(page, "similar")[0]
    cards(page, "similar").first.locator("a").click()
    expect(page.locator("#seen-list li")).to_have_count(3)
    wait_answer(page)
    with page.expect_request("**/divergent?*"):
        press(page.get_by_role("slider", name="Older ones"), "Home")
    expect(page.locator("#fade-text")).to_have_text("each older one counts 50 % of the next")
    expect(page.locator("#results .row[aria-busy]")).to_have_count(0)
    weights = [one.get("weight", 1) for one in last_body(asked)["history"]]
    assert weights == [0.25, 0.5, 1]

    # Back is one picture less; a picture can be taken out; all of it can be cleared.
    page.reload()
    expect(page.locator("#seen-list li")).to_have_count(3)
    page.get_by_role("button", name=f"Take {second} out").click()
    expect(page.locator("#seen-list li")).to_have_count(2)
    assert strip_ids(page) == [third, seeded.plain_id]
    page.go_back()
    expect(page.locator("#seen-list li")).to_have_count(3)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#seen")).to_be_hidden()
    expect(page.locator("#intro")).to_be_visible()


def test_an_empty_history_says_what_to_do(page: Page, seeded: Seeded) -> None:
    page.goto("")
    page.get_by_role("button", name="A history…").click()
    expect(page.locator("#seen-hint")).to_be_visible()
    expect(page.locator("#query-frame")).to_contain_text("Nothing seen yet")
    page.locator("#strip a").nth(3).click()
    wait_answer(page)
    assert strip_ids(page) == [seeded.ids[3]]
    page.locator("#seen-list a").click()
    expect(page.locator("#seen")).to_be_hidden()
    assert parse_qs(urlsplit(page.url).fragment) == {"id": [seeded.ids[3]]}


def test_a_users_history_is_the_gateways(page: Page, seeded: Seeded, gateway_url: str) -> None:
    path = f"{gateway_url}users/{quote(USER, safe='')}/history"
    httpx.delete(path).raise_for_status()
    page.goto("#seen=")
    page.get_by_label("User id").fill(USER)
    page.get_by_role("button", name="Ask for this user").click()
    expect(page.locator("#seen-title")).to_have_text(f"Seen by {USER}")
    expect(page.locator("#seen-count")).to_have_text("nothing yet")
    page.locator("#strip a").nth(5).click()
    wait_answer(page)
    cards(page, "divergent").first.locator("a").click()
    expect(page.locator("#seen-list li")).to_have_count(2)
    kept = httpx.get(path).raise_for_status().json()["history"]
    assert strip_ids(page) == [one["image_id"] for one in reversed(kept)]
    assert kept[0]["image_id"] == seeded.ids[5]
    answer = httpx.post(f"{gateway_url}divergent", json={"user_id": USER}, timeout=60).json()
    expect_ids(page, "divergent", [result["image_id"] for result in answer["results"]])
    page.get_by_role("button", name="Clear…").click()
    dialog = page.get_by_role("dialog", name="Forget what this user saw?")
    expect(dialog).to_contain_text(USER)
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert httpx.get(path).json()["count"] == 2
    page.get_by_role("button", name="Clear…").click()
    dialog.get_by_role("button", name="Forget it").click()
    expect(page.locator("#seen-count")).to_have_text("nothing yet")
    assert httpx.get(path).json()["count"] == 0


def test_a_history_that_is_not_forgotten_says_why(page: Page, seeded: Seeded, gateway_url: str) -> None:
    def refuse(route: Route) -> None:
        if route.request.method == "DELETE":
            route.fulfill(status=507, body='{"title": "No space", "detail": "The disk is full."}')
        else:
            route.continue_()

    path = f"{gateway_url}users/keeper/history"
    httpx.post(path, json={"image_id": seeded.ids[0]}).raise_for_status()
    page.route("**/users/keeper/history", refuse)
    page.goto("#user=keeper")
    wait_answer(page)
    page.get_by_role("button", name="Clear…").click()
    dialog = page.get_by_role("dialog", name="Forget what this user saw?")
    dialog.get_by_role("button", name="Forget it").click()
    expect(dialog).to_contain_text("The disk is full.")
    dialog.get_by_role("button", name="Keep it").click()
    expect(page.locator("#seen-list li")).to_have_count(1)


def test_a_history_says_when_the_oldest_drops_out(page: Page, seeded: Seeded) -> None:
    page.route("**/divergent?*", lambda route: route.abort())
    page.route("**/similar?*", lambda route: route.abort())
    ids = [f"seen/{number}" for number in range(50)]
    page.goto("#" + urlencode([("seen", image_id) for image_id in ids[1:]]))
    expect(page.locator("#seen-count")).to_have_text("49 pictures")
    page.goto("#" + urlencode([("seen", image_id) for image_id in ids]))
    expect(page.locator("#seen-count")).to_contain_text("the newest 50 pictures")
    page.locator("#strip a").first.click()
    expect(page.locator("#seen-list li").first).to_have_attribute("data-image-id", seeded.ids[0])
    assert strip_ids(page) == [seeded.ids[0], *reversed(ids[1:])]
    expect(page.locator("#seen-count")).to_contain_text("the oldest drops out")


def test_a_history_is_copied_as_curl_and_as_python(page: Page, seeded: Seeded, gateway_url: str) -> None:
    first, second = seeded.ids[2], seeded.ids[-1]
    page.goto(f"#seen={quote(first)}&seen={quote(second)}&fade=0.5&raw=1&band=0.2-0.9&diversity=0.3")
    wait_answer(page)
    page.locator("#divergent").get_by_role("button", name="Copy as Python").click()
    expect(page.locator("#divergent .copy").last).to_have_text("Copied")
    code = page.evaluate("navigator.clipboard.readText()")
    scope: dict[str, Any] = {"print": lambda *_: None}
    exec(code, scope)  # the page's own words: that they run is what is tested
    assert [result.image_id for result in scope["answer"].results] == ranked_ids(page, "divergent")
    assert scope["answer"].query.image_ids == [first, second]
