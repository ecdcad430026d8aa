"""Every control of the page has a test that uses it: what the page's files make, against the tests."""

import inspect
import re
from html.parser import HTMLParser
from importlib import import_module

import pytest

from diversity_gateway.routes.service import page_folder

# A control of the markup by its id (else its class), or one that a module makes by its words: the test that
# uses it, and how that test gets hold of it.
USED = {
    ".skip": ("ask.test_everything_works_from_the_keyboard", "Skip to the answer"),
    ".brand": ("controls.test_the_brand_leads_to_the_start", 'name="Image diversity"'),
    ".quiet": ("controls.test_the_api_is_a_click_away", 'name="API"'),
    "key-open": ("key.test_who_has_no_key_is_asked_once", 'name="Key…"'),
    "query-frame": ("controls.test_the_drop_zone_opens_the_file_chooser", "#query-frame"),
    "choose": ("ask.test_the_button_opens_the_file_chooser", "Choose a picture…"),
    "choose-file": ("ask.test_a_chosen_picture_finds_itself_at_distance_zero", "#choose-file"),
    "camera-open": ("ask.test_a_picture_from_the_camera_asks", "Camera…"),
    "camera-take": ("ask.test_a_picture_from_the_camera_asks", "Ask with this"),
    "camera-cancel": ("ask.test_a_picture_from_the_camera_asks", "Cancel"),
    "seen-open": ("history.test_an_empty_history_says_what_to_do", "A history…"),
    "count": ("ask.test_the_count_is_kept_in_the_address_and_in_links", '"Show"'),
    "words": ("blend.test_the_slider_asks_anew", "slider(page)"),
    "delete": ("single.test_deleting_asks_first_and_cannot_be_undone", "Delete from the catalogue…"),
    "deletion-cancel": ("single.test_deleting_asks_first_and_cannot_be_undone", "Keep it"),
    "deletion-confirm": ("single.test_deleting_asks_first_and_cannot_be_undone", "Delete it"),
    "fade": ("history.test_a_history_grows_by_clicking_and_the_answer_follows", "Older ones"),
    "user": ("history.test_a_users_history_is_the_gateways", "User id"),
    "user-ask": ("history.test_a_users_history_is_the_gateways", "Ask for this user"),
    "seen-clear": ("history.test_a_users_history_is_the_gateways", "Clear…"),
    "forgetting-cancel": ("history.test_a_users_history_is_the_gateways", "Keep it"),
    "forgetting-confirm": ("history.test_a_users_history_is_the_gateways", "Forget it"),
    "corrected": ("controls.test_corrected_takes_raw_back", "Corrected"),
    "raw": ("tuning.test_raw_and_corrected_are_one_click_apart", "Raw"),
    "band-low": ("tuning.test_band_and_diversity_ask_anew_and_can_be_reset", "Least divergence"),
    "band-high": ("tuning.test_band_and_diversity_ask_anew_and_can_be_reset", "Most divergence"),
    "diversity": ("tuning.test_band_and_diversity_ask_anew_and_can_be_reset", "Diversity"),
    "tuning-reset": ("tuning.test_band_and_diversity_ask_anew_and_can_be_reset", "Reset"),
    "hubs-try": ("tuning.test_hubs_are_counted_raw_and_corrected", "Ask with 12 pictures"),
    ".reading": ("care.test_text_stands_out_from_its_ground", ".reading summary"),
    "map-canvas": ("map.test_a_dot_shows_its_picture_and_asks_with_it", "#map-canvas"),
    "previous": ("catalogue.test_the_pages_together_are_the_catalogue", "Previous"),
    "next": ("catalogue.test_the_pages_together_are_the_catalogue", "Next"),
    "add-files": ("controls.test_add_pictures_opens_the_file_chooser", "Add pictures…"),
    "add-files-input": ("single.test_a_single_picture_takes_an_id_and_captions", "#add-files-input"),
    "add-folder": ("controls.test_add_a_folder_opens_the_chooser_of_folders", "Add a folder…"),
    "add-folder-input": ("catalogue.test_a_folder_keeps_its_paths_as_ids", "#add-folder-input"),
    "single-id": ("single.test_a_single_picture_takes_an_id_and_captions", "Id in the catalogue"),
    "single-captions": ("single.test_a_single_picture_takes_an_id_and_captions", "Captions"),
    "single-add": ("single.test_a_single_picture_takes_an_id_and_captions", "Add it"),
    "single-cancel": ("single.test_a_single_picture_can_be_put_aside", "Cancel"),
    "drop:ask": ("ask.test_a_dropped_picture_is_asked_about", "[data-drop=ask]"),
    "drop:add": ("catalogue.test_an_empty_catalogue_is_filled_by_dropping_pictures", "[data-drop=add]"),
    "key-value": ("key.give", "Yours is kept"),
    "key-use": ("key.give", "Use it"),
    "key-cancel": ("key.test_who_has_no_key_is_asked_once", "Not now"),
    ".noscript": ("inventory.test_the_link_without_a_script_leads_to_the_api", "openapi.json"),
    "adding.js: Stop": ("catalogue.test_adding_can_be_stopped", "Stop"),
    "adding.js: Close": ("catalogue.test_adding_goes_on_after_the_gateway_was_gone", "Close"),
    "adding.js: Try the rest again": (
        "catalogue.test_adding_goes_on_after_the_gateway_was_gone",
        "Try the rest again",
    ),
    "adding.js: Use another key…": ("key.test_a_refused_upload_waits_for_another_key", "Use another key…"),
    "card.js: +": ("history.test_a_history_grows_by_clicking_and_the_answer_follows", "was seen"),
    "history_strip.js: ×": (
        "history.test_a_history_grows_by_clicking_and_the_answer_follows",
        "Take {second}",
    ),
    "problem.js: Try again": ("answer.test_a_gateway_that_is_gone_is_said_and_tried_again", "Try again"),
    "problem.js: Use another key…": ("key.test_a_key_that_only_reads_can_be_exchanged", "Use another key…"),
    "row.js: Copy as curl": ("ask.test_the_copied_command_asks_the_same", "Copy as curl"),
    "row.js: Copy as Python": ("controls.copied_python", "Copy as Python"),
    "adding.js: summary": (
        "catalogue.test_an_empty_catalogue_is_filled_by_dropping_pictures",
        ".refusals summary",
    ),
    "card.js: a": ("ask.test_a_result_becomes_the_query_and_back_returns", 'locator("a")'),
    "catalogue.js: a": ("ask.test_the_count_is_kept_in_the_address_and_in_links", "#strip a"),
    "history_strip.js: a": ("history.test_an_empty_history_says_what_to_do", "#seen-list a"),
    "hubs.js: a": ("controls.test_a_hub_is_asked_about", ".hub-list a"),
}
TAGS = {"a", "button", "input", "select", "textarea", "summary", "canvas"}


class Markup(HTMLParser):
    """Collects the controls of a page: ids, or the class of the control or of what it is in."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._classes = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        name = attributes.get("id") or "." + (attributes.get("class") or self._classes).partition(" ")[0]
        if tag in TAGS or name == "query-frame":
            self.found.append(name)
        elif attributes.get("class", "").startswith("drop-target") and "data-drop" in attributes:
            self.found.append(f"drop:{attributes['data-drop']}")
        elif "class" in attributes:
            self._classes = attributes["class"]


def controls_of_markup() -> list[str]:
    """Of index.html, in order."""
    markup = Markup()
    markup.feed((page_folder() / "index.html").read_text())
    return markup.found


def controls_of_modules() -> list[str]:
    """Buttons, links and summaries that a module makes: its name, and the words or the tag."""
    found = []
    for path in sorted(page_folder().glob("*.js")):
        text = path.read_text()
        words = re.findall(r'\bbutton\("([^"]+)"', text)
        if "button(name" in text:  # one for each of a table
            words += re.findall(r"^const COMMANDS = \{ (.*) \};$", text, re.M)[0].split('"')[1::2]
        words += re.findall(r'\belement\(\s*"(a|summary|input|select|textarea)"', text)
        found += [f"{path.name}: {each}" for each in words]
    return found


def test_every_control_is_in_the_list_and_nothing_else() -> None:
    there = [*controls_of_markup(), *controls_of_modules()]
    assert len(controls_of_markup()) > 40
    assert sorted({*there}) == sorted(USED)
    # None is made by ways that are not looked for.
    made = sum(path.read_text().count("button(") for path in page_folder().glob("*.js"))
    known = sum(
        len(re.findall(r'\bbutton\((?:"|label|name)', p.read_text())) for p in page_folder().glob("*.js")
    )
    assert made == known


@pytest.mark.parametrize("control", USED)
def test_the_named_test_uses_the_control(control: str) -> None:
    place, words = USED[control]
    module, _, name = place.partition(".")
    source = inspect.getsource(getattr(import_module(f"tests.e2e.page.test_page_{module}"), name))
    assert words in source


def test_the_link_without_a_script_leads_to_the_api() -> None:
    """Where scripts are off there is one link: to what a program would ask."""
    noscript = re.search(r"<noscript>(.*?)</noscript>", (page_folder() / "index.html").read_text(), re.S)
    assert noscript is not None
    assert re.findall(r'href="([^"]+)"', noscript[1]) == ["openapi.json"]
