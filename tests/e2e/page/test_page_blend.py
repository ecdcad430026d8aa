"""The slider that weighs two views."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.page.catalogue import Seeded
from tests.e2e.page.sight import cards, expect_ids, open_id, press, slider, wait_answer
from tests.e2e.page.two_views import MODES, SENTENCE, TwoViews

PRESSES = {
    "Home": ("0", {"views": "drml"}, "only looks"),
    "End": ("1", {"views": "caption"}, "only words"),
    "ArrowRight": ("0.55", {"weights": "drml:0.45,caption:0.55"}, "looks 45 %, words 55 %"),
}


@pytest.mark.parametrize("key", PRESSES)
def test_the_slider_asks_anew(page: Page, seeded: Seeded, views: TwoViews, key: str) -> None:
    words, fields, text = PRESSES[key]
    open_id(page, seeded.plain_id)
    wait_answer(page)
    assert sorted(views.asked) == ["divergent?n=5", "similar?n=5"]
    views.asked.clear()
    press(slider(page), key)
    expect(page.locator("#blend-text")).to_have_text(text)
    expect(slider(page)).to_have_attribute("aria-valuetext", text)
    for mode in MODES:
        expect_ids(page, mode, views.expected_ids(seeded.plain_id, mode, **fields))
    extra = "&".join(f"{name}={value}" for name, value in fields.items())
    assert sorted(views.asked) == [f"{mode}?n=5&{extra}" for mode in MODES]
    assert parse_qs(urlsplit(page.url).fragment) == {"id": [seeded.plain_id], "words": [words]}
    expect(slider(page)).to_be_focused()


def test_the_ends_of_the_slider_show_one_view(page: Page, seeded: Seeded, views: TwoViews) -> None:
    open_id(page, seeded.plain_id, words="0")
    wait_answer(page)
    first = cards(page, "similar").first
    expect(first.locator(".measure")).to_have_text("DRML distance 1.000")
    expect(first.locator(".view, .difference, .disagreement")).to_have_count(0)
    expect(page.locator("#axis .dot")).to_have_count(10)
    press(slider(page), "End")
    expect(first.locator(".measure")).to_have_text("Caption similarity 1.000")
    expect(first.locator(".difference")).to_have_count(3)
    expect(page.locator("#axis .dot")).to_have_count(0)
    press(slider(page), "Home")
    expect(first.locator(".measure")).to_have_text("DRML distance 1.000")
    expect(page.locator("#query-sentence")).to_have_text(SENTENCE)


def test_a_moving_slider_asks_once_it_rests(page: Page, seeded: Seeded, views: TwoViews) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    views.asked.clear()
    # As fast as a drag can be, so that a slow machine does not rest between two of its steps.
    page.evaluate(
        """() => {
            const slider = document.getElementById("words");
            for (const share of ["0.6", "0.7", "0.8", "0.9"]) {
                slider.value = share;
                slider.dispatchEvent(new Event("input"));
            }
        }"""
    )
    expect(page.locator("#blend-text")).to_have_text("looks 10 %, words 90 %")
    for mode in MODES:
        expected = views.expected_ids(seeded.plain_id, mode, weights="drml:0.1,caption:0.9")
        expect_ids(page, mode, expected)
    assert sorted(views.asked) == [f"{mode}?n=5&weights=drml:0.1,caption:0.9" for mode in MODES]


def test_the_share_is_kept_in_links_and_not_in_the_history(
    page: Page, seeded: Seeded, views: TwoViews
) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    press(slider(page), "ArrowLeft")
    expected = {"weights": "drml:0.55,caption:0.45"}
    expect_ids(page, "divergent", views.expected_ids(seeded.plain_id, "divergent", **expected))
    # The same pictures may lead before and after: only the address says that the slider came to rest.
    page.wait_for_url(lambda url: "words=0.45" in url)
    page.locator("#strip a").nth(3).click()
    wait_answer(page, not_about=seeded.plain_id)
    assert parse_qs(urlsplit(page.url).fragment) == {"id": [seeded.ids[3]], "words": ["0.45"]}
    cards(page, "divergent").first.locator("a").click()
    assert parse_qs(urlsplit(page.url).fragment)["words"] == ["0.45"]
    page.go_back()
    page.go_back()
    expect(page.locator(f'#query-frame img[alt="{seeded.plain_id}"]')).to_be_visible()
    assert parse_qs(urlsplit(page.url).fragment) == {"id": [seeded.plain_id], "words": ["0.45"]}
    expect(slider(page)).to_have_value("0.45")


def test_another_query_drops_a_share_that_was_not_asked_for_yet(
    page: Page, seeded: Seeded, views: TwoViews
) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    # Both in one turn of the event loop: the slider's rest cannot come between them.
    page.evaluate(
        """(hash) => {
            const slider = document.getElementById("words");
            slider.value = "0.9";
            slider.dispatchEvent(new Event("input"));
            location.hash = hash;
        }""",
        f"id={seeded.ids[1]}",
    )
    wait_answer(page, not_about=seeded.plain_id)
    expect(slider(page)).to_have_value("0.5")
    page.wait_for_timeout(600)
    assert all("weights" not in asked for asked in views.asked)
    assert parse_qs(urlsplit(page.url).fragment) == {"id": [seeded.ids[1]]}


def test_moving_the_slider_leaves_the_query_in_its_place(page: Page, seeded: Seeded, views: TwoViews) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    page.locator("#query-frame img").evaluate("(image) => { image.dataset.kept = 'yes'; }")
    press(slider(page), "End")
    expected = views.expected_ids(seeded.plain_id, "divergent", views="caption")
    expect_ids(page, "divergent", expected)
    expect(page.locator("#query-frame img")).to_have_attribute("data-kept", "yes")


def test_the_copied_command_has_the_weights(page: Page, seeded: Seeded, views: TwoViews) -> None:
    open_id(page, seeded.plain_id, words="0.3")
    wait_answer(page)
    page.locator("#similar").get_by_role("button", name="Copy as curl").click()
    expect(page.locator("#similar .copy").first).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "/similar?n=5&weights=drml:0.7,caption:0.3'" in copied
