"""How divergent pictures are picked: raw or corrected, the band, diversity; who is in everybody's answer."""

import json
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import httpx
from playwright.sync_api import Page, Request, expect

from tests.e2e.page.catalogue import Seeded
from tests.e2e.page.sight import cards, expect_ids, open_id, press, ranked_ids, stand_on, wait_answer


def answered(url: str, image_id: str, **parameters: str) -> list[str]:
    """What the gateway says is divergent."""
    reply = httpx.post(f"{url}divergent", params=parameters, json={"image_id": image_id}, timeout=60)
    return [result["image_id"] for result in reply.raise_for_status().json()["results"]]


def fields_of(page: Page) -> dict[str, list[str]]:
    """The fields of the address."""
    return parse_qs(urlsplit(page.url).fragment)


def test_raw_and_corrected_are_one_click_apart(page: Page, seeded: Seeded, gateway_url: str) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    similar = ranked_ids(page, "similar")
    expect(page.get_by_role("radio", name="Corrected")).to_be_checked()
    page.get_by_role("radio", name="Raw").check()
    raw = answered(gateway_url, seeded.plain_id, raw="true")
    assert raw != answered(gateway_url, seeded.plain_id)
    expect_ids(page, "divergent", raw)
    assert ranked_ids(page, "similar") == similar
    assert fields_of(page) == {"id": [seeded.plain_id], "raw": ["1"]}
    page.go_back()
    expect(page.get_by_role("radio", name="Corrected")).to_be_checked()
    expect_ids(page, "divergent", answered(gateway_url, seeded.plain_id))


def test_band_and_diversity_ask_anew_and_can_be_reset(page: Page, seeded: Seeded, gateway_url: str) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    reset = page.get_by_role("button", name="Reset")
    expect(reset).to_be_hidden()
    for _ in range(4):
        press(page.get_by_role("slider", name="Most divergence"), "ArrowLeft")
    press(page.get_by_role("slider", name="Least divergence"), "ArrowRight")
    expect(page.locator("#band-text")).to_have_text("5–80 %")
    band = {"band": "0.05-0.8"}
    expect_ids(page, "divergent", answered(gateway_url, seeded.plain_id, **band))
    press(page.get_by_role("slider", name="Diversity"), "End")
    expect(page.locator("#diversity-text")).to_have_text("100 %")
    expect_ids(page, "divergent", answered(gateway_url, seeded.plain_id, **band, diversity="1"))
    assert fields_of(page) == {"id": [seeded.plain_id], "band": ["0.05-0.8"], "diversity": ["1"]}
    reset.click()
    expect_ids(page, "divergent", answered(gateway_url, seeded.plain_id))
    expect(page.locator("#band-text")).to_have_text("any")
    assert fields_of(page) == {"id": [seeded.plain_id]}


def test_handles_do_not_pass_each_other_and_an_empty_band_says_so(page: Page, seeded: Seeded) -> None:
    open_id(page, seeded.plain_id, band="0.5-0.55")
    expect(page.locator("#divergent .nothing, #divergent .card:not(.placeholder)").first).to_be_visible()
    low = page.get_by_role("slider", name="Least divergence")
    for _ in range(3):
        press(low, "ArrowRight")
    expect(page.locator("#band-text")).to_have_text("55–55 %")
    expect(low).to_have_value("0.55")
    expect(page.locator("#divergent .nothing")).to_contain_text("No picture is within this band")
    expect(cards(page, "similar")).to_have_count(5)


def test_hubs_are_counted_raw_and_corrected(page: Page, seeded: Seeded, gateway_url: str) -> None:
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if "divergent:batch" in request.url else None)
    open_id(page, seeded.plain_id)
    wait_answer(page)
    page.get_by_role("button", name="Ask with 12 pictures").click()
    expect(page.locator(".hub-arm")).to_have_count(2)
    queries = json.loads(sent[0].post_data or "")["queries"]
    assert [query["raw"] for query in queries] == [True] * 12 + [False] * 12
    for arm, raw in (("Raw", "true"), ("Corrected", "false")):
        asked = [query["image_id"] for query in queries if query["raw"] == (raw == "true")]
        counts = Counter(one for image_id in asked for one in answered(gateway_url, image_id, raw=raw))
        first = counts.most_common(1)[0][1]
        shown = page.get_by_role("region", name=arm, exact=True)
        expect(shown.locator(".hub-count").first).to_have_text(f"{first} of 12 lists")
        expect(shown).to_contain_text(f"{len(counts)} different pictures in 60 places")
        expect(shown.locator("li")).to_have_count(min(8, len(counts)))


def test_arrow_keys_move_between_pictures(page: Page, seeded: Seeded) -> None:
    page.goto("")
    links = page.locator("#strip a")
    expect(links).to_have_count(24)
    stand_on(links.first)
    # Two lines of twelve at this width.
    there_and_back = {"ArrowRight": (1, "ArrowLeft"), "ArrowDown": (12, "ArrowUp"), "End": (23, "Home")}
    for key, (place, back) in there_and_back.items():
        page.keyboard.press(key)
        expect(links.nth(place)).to_be_focused()
        page.keyboard.press(back)
        expect(links.first).to_be_focused()
