"""What nobody notices while it holds: security policy, no other host, contrast, names, a steady layout."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.page.catalogue import Seeded
from tests.e2e.page.conftest import Watch
from tests.e2e.page.sight import cards, open_id, stand_on, wait_answer

WIDTHS = [390, 820, 1360]
LEAST_CONTRAST = 4.5  # WCAG 2.2 AA, text of ordinary size
MOST_SHIFT = 0  # what a layout may move in all; the Web Vitals call a tenth of the window good
COUNT_SHIFTS = """window.shifts = [];
    window.shifted = [];
    new PerformanceObserver((list) => list.getEntries().forEach(({ value, sources }) => {
        window.shifts.push(value);
        const name = ({ node }) => node?.id || node?.className || node?.parentElement?.className;
        window.shifted.push(...sources.map(name));
    })).observe({ type: "layout-shift", buffered: true });"""

# Every element with text of its own: [text, contrast with the first opaque ground under it].
CONTRASTS = """() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (color) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = ([r, g, b]) => [r, g, b].map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    }).reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
    const ground = (node) => {
        for (let at = node; at; at = at.parentElement) {
            const color = rgba(getComputedStyle(at).backgroundColor);
            if (color[3] > 180) return color;
        }
        return [255, 255, 255, 255];
    };
    const found = [];
    for (const node of document.querySelectorAll("body *")) {
        const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
        const left = node.matches(":disabled, option, noscript, noscript *");
        if (!own || left || !node.checkVisibility()) continue;
        const [text, under] = [luminance(rgba(getComputedStyle(node).color)), luminance(ground(node))];
        found.push([node.textContent.trim().slice(0, 40),
            (Math.max(text, under) + 0.05) / (Math.min(text, under) + 0.05)]);
    }
    return found;
}"""
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


def test_the_policy_is_strict_and_holds(context: BrowserContext, seeded: Seeded, gateway_url: str) -> None:
    page, watch = context.new_page(), Watch(gateway_url)
    watch.follow(page)
    reply = page.goto("")
    assert reply is not None
    policy = reply.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "img-src 'self' blob: data:" in policy
    assert "unsafe" not in policy
    assert watch.complaints == []
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "document.title = 'inline script ran'";
            const picture = new Image();
            picture.src = "https://elsewhere.invalid/pixel.png";
            document.body.append(script, picture);
        }"""
    )
    page.wait_for_load_state("networkidle")
    assert page.title() == "Image diversity"
    assert any("inline script" in complaint for complaint in watch.complaints)
    assert any("elsewhere.invalid" in complaint for complaint in watch.complaints)


def test_the_markup_holds_no_inline_script_or_style(page: Page, seeded: Seeded) -> None:
    reply = page.goto("")
    assert reply is not None
    source = reply.text()
    assert re.search(r"<script(?![^>]*\bsrc=)", source) is None
    assert re.search(r"<style|\sstyle=|\son[a-z]+=", source) is None
    assert re.search(r"(src|href)=[\"']?(https?:)?//", source) is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(
    browser: Browser, gateway_url: str, seeded: Seeded, scheme: str
) -> None:
    context = browser.new_context(base_url=gateway_url, color_scheme="light" if scheme == "light" else "dark")
    page = context.new_page()
    page.goto("")
    expect(page.locator("#strip a")).to_have_count(24)
    found = page.evaluate(CONTRASTS)
    open_id(page, seeded.captioned_id)
    wait_answer(page)
    page.locator(".reading summary").click()
    found += page.evaluate(CONTRASTS)
    page.get_by_role("button", name="Ask with 12 pictures").click()
    expect(page.locator(".hub-count").first).to_be_visible()
    for dialog in ("deletion", "forgetting", "key"):
        page.evaluate("(id) => document.getElementById(id).showModal()", dialog)
        found += page.evaluate(CONTRASTS)
        page.keyboard.press("Escape")
    page.get_by_role("button", name="A history…").click()
    expect(page.locator("#seen-list li")).to_have_count(1)
    wait_answer(page)
    found += page.evaluate(CONTRASTS)
    open_id(page, "nothing of this name")
    expect(page.locator("#problem .problem-title")).to_be_visible()
    found += page.evaluate(CONTRASTS)
    body = page.evaluate("getComputedStyle(document.body).backgroundColor")
    context.close()
    assert len(found) > 150
    assert [entry for entry in found if entry[1] < LEAST_CONTRAST] == []
    assert (int(re.findall(r"\d+", body)[0]) > 128) == (scheme == "light")


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(page: Page, seeded: Seeded, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("")
    expect(page.locator("#strip a")).to_have_count(24)
    excess = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(excess) <= 0
    open_id(page, seeded.plain_id, n="10")
    wait_answer(page)
    assert page.evaluate(excess) <= 0


@pytest.mark.parametrize("width", WIDTHS)
def test_the_layout_does_not_move_while_an_answer_comes(page: Page, seeded: Seeded, width: int) -> None:
    page.add_init_script(COUNT_SHIFTS)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("")
    expect(page.locator("#strip a")).to_have_count(24)
    expect(page.locator("#map-count")).not_to_be_empty()
    page.wait_for_load_state("networkidle")
    assert sum(page.evaluate("window.shifts")) <= MOST_SHIFT, page.evaluate("window.shifted")
    page.goto("about:blank")
    open_id(page, seeded.captioned_id)
    wait_answer(page)
    page.wait_for_load_state("networkidle")
    open_id(page, seeded.plain_id)
    wait_answer(page, not_about=seeded.caption_of[seeded.captioned_id])
    page.wait_for_load_state("networkidle")
    assert sum(page.evaluate("window.shifts")) <= MOST_SHIFT, page.evaluate("window.shifted")
    # The observer sees what it should: a card pushed down counts.
    page.evaluate(
        "document.querySelector('#results').prepend(...Array.from({ length: 9 }, () => new Image(9, 99)))"
    )
    page.wait_for_timeout(500)
    assert sum(page.evaluate("window.shifts")) > MOST_SHIFT


def test_all_modules_are_fetched_at_once(page: Page, seeded: Seeded) -> None:
    """Without the list of preloads each level of imports would wait for the one before."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page.goto("")
    expect(page.locator("#strip a")).to_have_count(24)
    modules = [name for name in asked if name.endswith(".js")]
    preloaded = page.locator("link[rel=modulepreload]").evaluate_all(
        "(links) => links.map((link) => link.href.split('/').at(-1))"
    )
    assert len(modules) == len(set(modules))
    assert set(modules) == {*preloaded, "app.js"}


def test_everything_that_can_be_used_has_a_name(page: Page, seeded: Seeded) -> None:
    open_id(page, seeded.captioned_id)
    wait_answer(page)
    expect(page.locator("#strip a")).to_have_count(24)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll(
            "a, button, select, textarea, input:not([type=file]), img")].filter((node) => node.matches("img")
            ? !node.hasAttribute("alt")
            : !(node.textContent.trim() || node.querySelector("img")?.alt || node.labels?.length ||
                node.ariaLabel))
            .map((node) => node.outerHTML)"""
    )
    assert nameless == []
    alts = page.locator("#strip img").evaluate_all("(images) => images.map((image) => image.alt)")
    assert alts == [seeded.caption_of.get(image_id, image_id) for image_id in seeded.ids[:24]]
    link = cards(page, "divergent").first.locator("a")
    expect(link).to_contain_text("divergence")


def test_there_are_no_controls_that_do_nothing(page: Page, seeded: Seeded) -> None:
    page.goto("")
    expect(page.locator("#strip a")).to_have_count(24)
    asked = {"Choose a picture…", "Camera…", "A history…"}
    meant = asked | {"Previous", "Next", "Add pictures…", "Add a folder…"}
    buttons = page.locator("button:visible")
    expect(buttons).to_have_count(len(meant))
    assert set(buttons.all_inner_texts()) == meant


@pytest.mark.parametrize(
    ("fragment", "least"),
    [("", 34), ("id=shapes/17&raw=1", 71), ("seen=shapes/17&seen=shapes/03", 77), ("user=nobody", 36)],
)
def test_tab_visits_every_control_in_order(
    page: Page, seeded: Seeded, picture_file: Path, fragment: str, least: int
) -> None:
    page.goto(f"#{fragment}")
    if "shapes" in fragment:
        wait_answer(page)
    else:
        expect(page.locator("#intro")).to_be_visible()
    expect(page.locator("#strip a")).to_have_count(24)
    expect(page.locator("#map-count")).not_to_be_empty()
    if "id=" in fragment:
        expect(page.get_by_role("button", name="Delete from the catalogue…")).to_be_visible()
    page.set_input_files("#add-files-input", picture_file)
    expect(page.get_by_role("form", name="Add a picture")).to_be_visible()
    page.evaluate(CONTROLS)
    count = page.evaluate(COUNT)
    assert count >= least
    stand_on(page.locator("[data-place='0']"))
    visited = [page.evaluate(FOCUSED)]
    for _ in range(count - 1):
        page.keyboard.press("Tab")
        visited.append(page.evaluate(FOCUSED))
    assert [place for place, _ in visited] == list(range(count))
    assert [place for place, outlined in visited if not outlined] == []
