"""What a visitor does and sees on the page, by name."""

import base64
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect

# A DataTransfer made of [name, base64] pairs: what a drag from the desktop carries.
FILES = """(files) => {
    const transfer = new DataTransfer();
    for (const [name, coded] of files) {
        const bytes = Uint8Array.from(atob(coded), (letter) => letter.charCodeAt(0));
        const type = name.endsWith(".png") ? "image/png" : "text/plain";
        transfer.items.add(new File([bytes], name, { type }));
    }
    return transfer;
}"""


def open_id(page: Page, image_id: str, **fields: str) -> None:
    """Follow a link that asks about a picture of the catalogue."""
    page.goto("#" + urlencode({"id": image_id, **fields}))


def cards(page: Page, mode: str) -> Locator:
    """The results of one row, without reserved places."""
    return page.locator(f"#{mode} .card:not(.placeholder)")


def query_title(page: Page) -> Locator:
    """The caption, the id or the file name under the query."""
    return page.locator("#query-title")


def stand_on(control: Locator) -> None:
    """Move the keyboard onto a control, once it can be seen: until then the browser moves nowhere, and a key
    pressed is lost."""
    expect(control).to_be_visible()
    control.focus()
    expect(control).to_be_focused()


def press(control: Locator, key: str = "Enter") -> None:
    """Press a key on a control, once it can be seen."""
    stand_on(control)
    control.press(key)


def slider(page: Page) -> Locator:
    """The control that weighs the views."""
    return page.get_by_role("slider", name="How much the words of the captions count")


def wait_answer(page: Page, *, not_about: str = "") -> None:
    """Return once both rows are answered, for another query than `not_about` if that is given."""
    if not_about:
        expect(page.locator(f'#query-frame img[alt="{not_about}"]')).to_have_count(0)
    expect(page.locator("#results .row[aria-busy]")).to_have_count(0)
    for mode in ("divergent", "similar"):
        expect(cards(page, mode).first).to_be_visible()


def ranked_ids(page: Page, mode: str) -> list[str]:
    """The ids of one row, first to last."""
    ids: list[str] = cards(page, mode).evaluate_all("(cards) => cards.map((card) => card.dataset.imageId)")
    return ids


def expect_ids(page: Page, mode: str, ids: list[str]) -> None:
    """Return once a row shows exactly these pictures."""
    wait_answer(page)
    expect(cards(page, mode)).to_have_count(len(ids))
    for index, image_id in enumerate(ids):
        expect(cards(page, mode).nth(index)).to_have_attribute("data-image-id", image_id)


def transfer(page: Page, files: dict[str, bytes]) -> object:
    """A DataTransfer that carries files."""
    coded = [[name, base64.b64encode(data).decode()] for name, data in files.items()]
    return page.evaluate_handle(FILES, coded)
