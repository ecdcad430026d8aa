"""Every control can be reached by Tab, in the order of the page, and shows that it was."""

from playwright.sync_api import Page, expect

from tests.e2e.page.catalogue import Seeded
from tests.e2e.page.sight import open_id, wait_answer

# What can be used now. Of a group of radio buttons Tab visits one; arrows lead to the others.
CONTROLS = """() => [
    ...document.querySelectorAll("a[href], button, select, input, textarea, summary, canvas")]
    .filter((node) => !node.disabled && node.tabIndex >= 0)
    .filter((node) => node.checkVisibility({ visibilityProperty: true }))
    .filter((node) => node.type !== "radio" || node.checked)
    .forEach((node, place) => { node.dataset.place = place; })"""
COUNT = "document.querySelectorAll('[data-place]').length"
# The focused control's place, and whether it or what stands for it has an outline.
FOCUSED = """() => {
    const node = document.activeElement;
    const shows = (each) => each && getComputedStyle(each).outlineStyle !== "none";
    const stand = [node, node.nextElementSibling, node.parentElement];
    return [Number(node.dataset.place ?? -1), stand.some(shows)];
}"""


def test_tab_visits_every_control_in_order(page: Page, seeded: Seeded) -> None:
    open_id(page, seeded.plain_id, raw="1")
    wait_answer(page)
    expect(page.locator("#strip a")).to_have_count(24)
    expect(page.locator("#map-count")).not_to_be_empty()
    expect(page.get_by_role("button", name="Delete from the catalogue…")).to_be_visible()
    page.evaluate(CONTROLS)
    count = page.evaluate(COUNT)
    assert count > 60
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    visited = [page.evaluate(FOCUSED)]
    for _ in range(count - 1):
        page.keyboard.press("Tab")
        visited.append(page.evaluate(FOCUSED))
    assert [place for place, _ in visited] == list(range(count))
    assert [place for place, outlined in visited if not outlined] == []
