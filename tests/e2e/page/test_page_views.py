"""What the page shows of two views, and the slider that weighs them."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from diversity_gateway.answers import Answer
from tests.e2e.page.catalogue import Seeded
from tests.e2e.page.sight import cards, expect_ids, open_id, query_title, ranked_ids, wait_answer
from tests.e2e.page.test_page_answer import shown_percent
from tests.e2e.page.test_page_care import CONTRASTS, LEAST_CONTRAST, MOST_SHIFT, WIDTHS
from tests.e2e.page.two_views import SENTENCE, Mode, TwoViews

MODES: list[Mode] = ["divergent", "similar"]
COUNT_SHIFTS = """window.shifts = [];
    const note = (list) => window.shifts.push(...list.getEntries().map((entry) => entry.value));
    new PerformanceObserver(note).observe({ type: "layout-shift", buffered: true });"""


@pytest.fixture
def views(page: Page, seeded: Seeded) -> TwoViews:
    """Two views behind the tab."""
    views = TwoViews(seeded.ids)
    views.play(page)
    return views


def slider(page: Page) -> Locator:
    """The control that weighs the views."""
    return page.get_by_role("slider", name="How much the words of the captions count")


def expected_ids(views: TwoViews, image_id: str, mode: Mode, /, **fields: str) -> list[str]:
    """The ranking of five that the played gateway gives."""
    answer = views.answer(mode, {"n": "5", **fields}, image_id)
    return [result["image_id"] for result in answer["results"]]


def view_lines(card: Locator) -> list[str]:
    """A card's lines of the views, spaces put in order."""
    return [" ".join(text.split()) for text in card.locator(".view").all_inner_texts()]


@pytest.mark.parametrize("fields", [{}, {"views": "caption"}, {"weights": "drml:0.3,caption:0.7"}])
@pytest.mark.parametrize("absent", [{}, {"drml": "late"}])
def test_what_is_played_is_what_the_gateway_answers(fields: dict[str, str], absent: dict[str, str]) -> None:
    """A name too many or too few in a played answer would test a page that nobody gets."""
    ids = [f"shapes/{number:02}" for number in range(30)]
    played = TwoViews(ids, absent, unknown={"shapes/03"}).answer("similar", {"n": "100", **fields}, ids[7])
    assert Answer.model_validate(played).model_dump(mode="json", exclude_unset=True) == played


@pytest.mark.parametrize("mode", MODES)
def test_a_card_shows_what_either_view_measured(
    page: Page, seeded: Seeded, views: TwoViews, mode: Mode
) -> None:
    open_id(page, seeded.plain_id, n="20")
    wait_answer(page)
    answer = views.answer(mode, {"n": "20"}, seeded.plain_id)
    expect(cards(page, mode)).to_have_count(20)
    for result, card in zip(answer["results"], cards(page, mode).all(), strict=True):
        assert card.get_attribute("data-image-id") == result["image_id"]
        assert card.locator(".divergence .percent").inner_text() == shown_percent(result["divergence"])
        looks, words = result["views"]["drml"], result["views"]["caption"]
        shown = view_lines(card)
        assert shown[0].startswith(f"looks {shown_percent(looks['percentile'])} DRML distance")
        assert float(shown[0].split()[-1]) == pytest.approx(looks["distance"], rel=1e-3)
        assert shown[1].startswith(f"words {shown_percent(words['percentile'])} Caption similarity")
        assert float(shown[1].split()[-1]) == pytest.approx(words["similarity"], abs=1e-4)
        assert card.locator(".words").inner_text() == result["caption"]
        assert card.locator(".source").inner_text() == result["caption_source"]


def test_a_generated_caption_looks_unlike_a_persons(page: Page, seeded: Seeded, views: TwoViews) -> None:
    open_id(page, seeded.plain_id, n="20")
    wait_answer(page)
    style = "(node) => getComputedStyle(node).fontStyle"
    for source, expected in [("generated", "italic"), ("human", "normal")]:
        card = cards(page, "divergent").filter(has=page.locator(f".source.{source}")).first
        assert card.locator(".words").evaluate(style) == expected
        assert card.locator(".source").get_attribute("title")


def test_views_that_disagree_are_marked(page: Page, seeded: Seeded, views: TwoViews) -> None:
    open_id(page, seeded.plain_id, n="50")
    wait_answer(page)
    answer = views.answer("divergent", {"n": "50"}, seeded.plain_id)
    assert {result["agreement"] for result in answer["results"]} == {True, False}
    for result, card in zip(answer["results"], cards(page, "divergent").all(), strict=True):
        marks = card.locator(".disagreement").all_inner_texts()
        sides = [
            f"{judge} {'far' if result['views'][view]['percentile'] > 0.5 else 'near'}"
            for view, judge in [("drml", "looks"), ("caption", "words")]
        ]
        assert marks == ([] if result["agreement"] else [f"≠ {', '.join(sides)}"])


def test_the_words_that_differ_are_shown_as_text(page: Page, seeded: Seeded, views: TwoViews) -> None:
    open_id(page, seeded.plain_id, n="20")
    wait_answer(page)
    answer = views.answer("similar", {"n": "20"}, seeded.plain_id)
    for result, card in zip(answer["results"], cards(page, "similar").all(), strict=True):
        for field, words in result["explanation"].items():
            line = card.locator(f".difference.{field}")
            assert line.locator(".difference-words").inner_text() == (", ".join(words) or "–")
    spoken = cards(page, "similar").first.locator(".difference .visually-hidden").all_inner_texts()
    assert [text.strip() for text in spoken] == ["only yours:", "only here:", "shared:"]
    expect(page.locator("#query-sentence")).to_have_text(SENTENCE)
    assert page.locator("#results b, #results i, #query b").count() == 0


def test_a_sent_picture_gets_a_sentence_too(
    page: Page, seeded: Seeded, views: TwoViews, picture_file: Path
) -> None:
    page.goto("")
    expect(page.locator("#query-sentence")).to_have_text("")
    page.set_input_files("#choose-file", picture_file)
    expect(page.locator("#query-sentence")).to_have_text(SENTENCE)
    expect(query_title(page)).to_have_text(picture_file.name)


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
    slider(page).press(key)
    expect(page.locator("#blend-text")).to_have_text(text)
    expect(slider(page)).to_have_attribute("aria-valuetext", text)
    for mode in MODES:
        expect_ids(page, mode, expected_ids(views, seeded.plain_id, mode, **fields))
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
    slider(page).press("End")
    expect(first.locator(".measure")).to_have_text("Caption similarity 1.000")
    expect(first.locator(".difference")).to_have_count(3)
    expect(page.locator("#axis .dot")).to_have_count(0)
    slider(page).press("Home")
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
        expected = expected_ids(views, seeded.plain_id, mode, weights="drml:0.1,caption:0.9")
        expect_ids(page, mode, expected)
    assert sorted(views.asked) == [f"{mode}?n=5&weights=drml:0.1,caption:0.9" for mode in MODES]


def test_the_share_is_kept_in_links_and_not_in_the_history(
    page: Page, seeded: Seeded, views: TwoViews
) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    slider(page).press("ArrowLeft")
    expected = {"weights": "drml:0.55,caption:0.45"}
    expect_ids(page, "divergent", expected_ids(views, seeded.plain_id, "divergent", **expected))
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


def test_moving_the_slider_leaves_the_query_in_its_place(page: Page, seeded: Seeded, views: TwoViews) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    page.locator("#query-frame img").evaluate("(image) => { image.dataset.kept = 'yes'; }")
    slider(page).press("End")
    expected = expected_ids(views, seeded.plain_id, "divergent", views="caption")
    expect_ids(page, "divergent", expected)
    expect(page.locator("#query-frame img")).to_have_attribute("data-kept", "yes")


def test_the_copied_command_has_the_weights(page: Page, seeded: Seeded, views: TwoViews) -> None:
    open_id(page, seeded.plain_id, words="0.3")
    wait_answer(page)
    page.locator("#similar").get_by_role("button", name="Copy as curl").click()
    expect(page.locator("#similar .copy")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "/similar?n=5&weights=drml:0.7,caption:0.3'" in copied


MISSING = {
    "caption": ("late", "which did not answer in time. This answer goes by looks alone."),
    "drml": ("loading", "which is still loading. This answer goes by words alone."),
}


@pytest.mark.parametrize("view", MISSING)
def test_a_view_that_is_missing_is_said_plainly(
    page: Page, seeded: Seeded, views: TwoViews, view: str
) -> None:
    status, words = MISSING[view]
    views.absent[view] = status
    open_id(page, seeded.plain_id)
    wait_answer(page)
    expect(page.locator("#degraded")).to_have_text(f"Without the {view} view, {words}")
    line = cards(page, "divergent").first.locator(f".view[data-view={view}]")
    expect(line).to_contain_text("no answer")
    expect(page.locator(".disagreement")).to_have_count(0)
    expect(page.locator("#provenance")).to_contain_text("not proven exact")
    views.absent.clear()
    slider(page).press("Home")
    expect(page.locator("#degraded")).to_be_hidden()


def test_a_picture_that_one_view_lacks_says_so(page: Page, seeded: Seeded, views: TwoViews) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    views.unknown.update(ranked_ids(page, "divergent"))
    page.reload()
    wait_answer(page)
    lacking = page.locator(".card:not(.placeholder)").filter(has_text="not indexed yet")
    shown = [*ranked_ids(page, "divergent"), *ranked_ids(page, "similar")]
    assert lacking.count() == sum(image_id in views.unknown for image_id in shown) > 0
    expect(lacking.first.locator(".view[data-view=caption] .judged")).to_contain_text("–")
    expect(page.locator("#degraded")).to_be_hidden()


def test_without_a_caption_view_nothing_speaks_of_words(page: Page, seeded: Seeded) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_id(page, seeded.captioned_id, words="0.8")
    wait_answer(page)
    expect(slider(page)).to_be_hidden()
    expect(page.locator(".for-two:visible")).to_have_count(0)
    expect(page.locator(".view, .difference, .disagreement")).to_have_count(0)
    assert not [url for url in asked if "weights" in url or "views=" in url]


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
    slider(page).press("ArrowRight")
    expect(page.locator("#blend-text")).to_have_text("looks 45 %, words 55 %")
    expected = {"weights": "drml:0.45,caption:0.55"}
    expect_ids(page, "divergent", expected_ids(views, seeded.plain_id, "divergent", **expected))
    assert sum(page.evaluate("window.shifts")) <= MOST_SHIFT
    excess = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(excess) <= 0
