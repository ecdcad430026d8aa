"""What nobody notices of two views while it holds: contrast, places, the width."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.page.catalogue import Seeded
from tests.e2e.page.sight import expect_ids, open_id, press, slider, wait_answer
from tests.e2e.page.test_page_care import CONTRASTS, COUNT_SHIFTS, LEAST_CONTRAST, MOST_SHIFT, WIDTHS
from tests.e2e.page.two_views import TwoViews


@pytest.mark.parametrize("height", [600, 900])
def test_the_query_does_not_slide_over_the_catalogue(
    page: Page, seeded: Seeded, views: TwoViews, height: int
) -> None:
    page.set_viewport_size({"width": 1280, "height": height})
    open_id(page, seeded.plain_id)
    wait_answer(page)
    expect(page.locator("#strip a")).to_have_count(24)
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    panel, catalogue = page.locator(".ask").bounding_box(), page.locator("#catalogue").bounding_box()
    assert panel is not None
    assert catalogue is not None
    assert page.evaluate("window.scrollY") > 0
    assert panel["y"] + panel["height"] <= catalogue["y"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_about_two_views_stands_out(page: Page, seeded: Seeded, views: TwoViews, scheme: str) -> None:
    page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
    open_id(page, seeded.plain_id, n="50")
    wait_answer(page)
    page.locator(".reading summary").click()
    assert page.locator(".disagreement").count() > 0
    found = page.evaluate(CONTRASTS)
    assert len(found) > 500
    assert [entry for entry in found if entry[1] < LEAST_CONTRAST] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_two_views_fit_the_window_and_keep_their_places(
    page: Page, context: BrowserContext, seeded: Seeded, views: TwoViews, width: int
) -> None:
    page.add_init_script(COUNT_SHIFTS)
    page.set_viewport_size({"width": width, "height": 900})
    open_id(page, seeded.captioned_id)
    wait_answer(page)
    page.wait_for_load_state("networkidle")
    open_id(page, seeded.plain_id)
    wait_answer(page, not_about=seeded.caption_of[seeded.captioned_id])
    press(slider(page), "ArrowRight")
    expect(page.locator("#blend-text")).to_have_text("looks 45 %, words 55 %")
    expected = {"weights": "drml:0.45,caption:0.55"}
    expect_ids(page, "divergent", views.expected_ids(seeded.plain_id, "divergent", **expected))
    assert sum(page.evaluate("window.shifts")) <= MOST_SHIFT, page.evaluate("window.shifted")
    excess = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(excess) <= 0
