"""What the page shows of two views, of one that is missing, of none."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from diversity_gateway.answers import Answer
from tests.e2e.page.catalogue import Seeded
from tests.e2e.page.sight import cards, open_id, press, query_title, ranked_ids, slider, wait_answer
from tests.e2e.page.test_page_answer import shown_percent
from tests.e2e.page.two_views import MODES, SENTENCE, Mode, TwoViews

MISSING = {
    "caption": ("late", "which did not answer in time. This answer goes by looks alone."),
    "drml": ("loading", "which is still loading. This answer goes by words alone."),
}


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
    press(slider(page), "Home")
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
