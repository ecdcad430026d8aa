"""Every control of the page is used by a test; here are those that no other file's subject covers."""

import re
import runpy
from pathlib import Path
from typing import Any, ClassVar, Self, Unpack
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

import diversity_client
from diversity_client.answers import Answer, Mode
from diversity_client.asking import Question
from diversity_client.calls import search
from tests.e2e.page.catalogue import Seeded
from tests.e2e.page.sight import expect_ids, open_id, query_title, ranked_ids, wait_answer
from tests.e2e.page.two_views import MODES, TwoViews
from tests.fakes.drawn import drawn

BUSY = '{"title": "Not ready", "detail": "The view is loading.", "request_id": "r-1"}'


def test_add_pictures_opens_the_file_chooser(page: Page, seeded: Seeded, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(2)]
    for number, path in enumerate(paths):
        path.write_bytes(drawn(800 + number))
    page.goto("")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add pictures…").click()
    assert chooser.value.is_multiple()
    chooser.value.set_files(paths)
    expect(page.locator(".adding-words")).to_have_text("2 of 2 pictures added.")


def test_add_a_folder_opens_the_chooser_of_folders(page: Page, seeded: Seeded, tmp_path: Path) -> None:
    folder = tmp_path / "pets" / "cats"
    folder.mkdir(parents=True)
    (folder / "one.png").write_bytes(drawn(810))
    page.goto("")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add a folder…").click()
    assert chooser.value.element.evaluate("(input) => input.webkitdirectory")
    chooser.value.set_files(tmp_path / "pets")
    # A folder of one picture is one picture: it may be given captions.
    expect(page.get_by_label("Id in the catalogue")).to_have_value("pets/cats/one.png")


def test_the_drop_zone_opens_the_file_chooser(page: Page, seeded: Seeded, picture_file: Path) -> None:
    page.goto("")
    for _ in range(2):  # empty, and with a picture in it
        with page.expect_file_chooser() as chooser:
            page.locator("#query-frame").click()
        chooser.value.set_files(picture_file)
        wait_answer(page)
        expect(query_title(page)).to_have_text(picture_file.name)


def test_the_brand_leads_to_the_start(page: Page, seeded: Seeded) -> None:
    open_id(page, seeded.plain_id, raw="1")
    wait_answer(page)
    page.get_by_role("link", name="Image diversity").click()
    expect(page.locator("#intro")).to_be_visible()
    expect(page.locator("#results")).to_be_hidden()
    assert urlsplit(page.url).fragment == ""
    page.go_back()
    wait_answer(page)
    expect(query_title(page)).to_have_text(seeded.plain_id)


def test_the_api_is_a_click_away(page: Page, seeded: Seeded) -> None:
    page.goto("")
    with page.expect_navigation() as navigation:
        page.get_by_role("link", name="API", exact=True).click()
    assert navigation.value.json()["openapi"]


def test_corrected_takes_raw_back(page: Page, seeded: Seeded) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    corrected = ranked_ids(page, "divergent")
    page.get_by_role("radio", name="Raw").check()
    expect(page).to_have_url(re.compile("raw=1"))
    page.get_by_role("radio", name="Corrected").check()
    expect(page).not_to_have_url(re.compile("raw=1"))
    expect_ids(page, "divergent", corrected)


def test_a_hub_is_asked_about(page: Page, seeded: Seeded) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    page.route("**/divergent:batch", lambda route: route.fulfill(status=503, body=BUSY))
    page.get_by_role("button", name="Ask with 12 pictures").click()
    expect(page.locator("#hubs-problem")).to_contain_text("The view is loading.")
    page.unroute_all()
    page.locator("#hubs-problem").get_by_role("button", name="Try again").click()
    hub = page.locator(".hub-list a").first
    image_id = hub.get_attribute("title")
    hub.click()
    wait_answer(page, not_about=seeded.plain_id)
    assert parse_qs(urlsplit(page.url).fragment) == {"id": [image_id]}


def test_what_the_correction_can_do_in_a_small_catalogue_is_said(page: Page, seeded: Seeded) -> None:
    open_id(page, seeded.plain_id)
    wait_answer(page)
    expect(page.locator("#hubs-band")).to_be_empty()
    page.get_by_role("button", name="Ask with 12 pictures").click()
    expect(page.locator("#hubs-band")).to_contain_text(f"In a catalogue of {len(seeded.ids)} these overlap")
    script = "async (size) => (await import('/static/hubs.js')).bandText(size)"
    assert "the furthest 50 of each query, here 9.7 % of the catalogue" in page.evaluate(script, 518)
    assert page.evaluate(script, 4_999)
    assert page.evaluate(script, 5_000) == ""


def test_a_page_of_the_catalogue_that_failed_is_tried_again(page: Page, seeded: Seeded) -> None:
    page.goto("")
    expect(page.locator("#strip a")).to_have_count(24)
    page.route("**/images?*cursor=*", lambda route: route.fulfill(status=503, body=BUSY))
    page.get_by_role("button", name="Next").click()
    problem = page.locator("#catalogue-problem")
    expect(problem).to_contain_text("The view is loading.")
    page.unroute_all()
    problem.get_by_role("button", name="Try again").click()
    expect(page.locator("#catalogue-range")).to_contain_text("25–")
    expect(problem).to_be_hidden()
    expect(page.get_by_role("button", name="Previous")).to_be_enabled()


@pytest.mark.parametrize("subject", ["id", "file"])
def test_copied_python_asks_the_same(
    page: Page, seeded: Seeded, picture_file: Path, monkeypatch: pytest.MonkeyPatch, subject: str
) -> None:
    if subject == "id":
        open_id(page, seeded.plain_id, n="3")
    else:
        page.goto("#n=3")
        expect(page.locator("#main.waiting")).to_have_count(0)
        page.set_input_files("#choose-file", picture_file)
    wait_answer(page)
    monkeypatch.chdir(picture_file.parent)  # where the browser's user has the picture
    for mode in ("divergent", "similar"):
        scope = ran(copied_python(page, mode), picture_file.parent)
        assert [result.image_id for result in scope["answer"].results] == ranked_ids(page, mode)


def copied_python(page: Page, mode: str) -> str:
    """What a row's button copies."""
    row = page.locator(f"#{mode}")
    row.get_by_role("button", name="Copy as Python").click()
    expect(row.locator(".copy").last).to_have_text("Copied")
    code: str = page.evaluate("navigator.clipboard.readText()")
    return code


def ran(code: str, folder: Path) -> dict[str, Any]:
    """The names of a script after it ran."""
    script = folder / "copied.py"
    script.write_text(code)
    return runpy.run_path(str(script))


class Recorder:
    """A client that keeps what the real one would send."""

    sent: ClassVar[list[tuple[str, dict[str, str], Any]]] = []

    def __init__(self, url: str) -> None:
        self.url = url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def divergent(self, **question: Unpack[Question]) -> Answer:
        return self._keep("divergent", question)

    def similar(self, **question: Unpack[Question]) -> Answer:
        return self._keep("similar", question)

    def _keep(self, mode: Mode, question: Question) -> Answer:
        call = search(mode, question)
        self.sent.append((call.path.removeprefix("/"), dict(call.parameters), call.body.json))
        return Answer.model_construct(results=[])


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str], Any]]:
    """What a script sends that runs from now on: path, parameters, JSON."""
    monkeypatch.setattr(diversity_client, "Client", Recorder)
    Recorder.sent.clear()
    return Recorder.sent


@pytest.mark.parametrize("words", ["0", "0.3", "0.5", "1"])
def test_copied_python_has_views_and_weights(
    page: Page,
    views: TwoViews,
    sent: list[tuple[str, dict[str, str], Any]],
    tmp_path: Path,
    words: str,
) -> None:
    open_id(page, views.ids[7], words=words, band="0.2-0.9", diversity="0.3")
    wait_answer(page)
    for mode in MODES:
        ran(copied_python(page, mode), tmp_path)
    # As the page itself asked.
    asked = {path: dict(parse_qsl(query)) for path, query in (each.split("?") for each in views.asked)}
    assert sent == [(mode, asked[mode], {"image_id": views.ids[7]}) for mode in MODES]
    assert asked["divergent"]["band"] == "0.2-0.9"
