"""The page's pure modules, called in the browser: numbers, addresses, weights, shell words, batches."""

import shlex
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from diversity_gateway.parameters import parse_views, parse_weights
from tests.e2e.page.catalogue import MARKED_ID

PLAIN: dict[str, object] = {"n": 5, "words": 0.5, "low": 0, "high": 1, "diversity": 0, "raw": False}


@pytest.fixture(scope="module")
def blank(browser: Browser, gateway_url: str) -> Iterator[Page]:
    """The page, loaded once, so that its modules can be imported."""
    page = browser.new_page()
    page.goto(gateway_url)
    yield page
    page.close()


def call(page: Page, module: str, function: str, *arguments: object) -> Any:
    """What a function of a module returns."""
    script = """async ([module, name, values]) => (await import(`/static/${module}`))[name](...values)"""
    return page.evaluate(script, [module, function, list(arguments)])


def test_percentages_never_round_to_none_or_all(blank: Page) -> None:
    shares = [0, 1e-6, 0.0009, 0.001, 0.5, 0.9954, 0.999, 0.9991, 0.99999, 1]
    assert [call(blank, "format.js", "percent", share) for share in shares] == [
        "0.0 %", "< 0.1 %", "< 0.1 %", "0.1 %", "50.0 %", "99.5 %", "99.9 %", "> 99.9 %", "> 99.9 %",
        "100.0 %",
    ]  # fmt: skip


def test_magnitudes_keep_about_four_digits(blank: Page) -> None:
    values = [0, 0.02, 0.12345, 1.23456, 31.2345, 312.345, 31234.5]
    assert [call(blank, "format.js", "magnitude", value) for value in values] == [
        "0", "0.0200", "0.1235", "1.235", "31.23", "312.3", "31235",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["plain", "it's", "'", "a'b'c", '$(rm) `x` "y" \\', "", MARKED_ID, "ü\n☃"])
def test_a_shell_reads_quoted_text_as_it_was(blank: Page, text: str) -> None:
    assert shlex.split(call(blank, "curl.js", "shellQuote", text)) == [text]


@pytest.mark.parametrize("image_id", ["a", "fish/trout", "a b+c&d=e#f?g%2F", MARKED_ID, "ü☃", "n=7"])
@pytest.mark.parametrize(
    "wish",
    [
        PLAIN | {"n": 1},
        PLAIN | {"words": 0, "raw": True},
        PLAIN | {"words": 0.15, "low": 0.8, "high": 0.95},
        {"n": 100, "words": 1, "low": 0, "high": 0.5, "diversity": 0.3, "raw": True},
    ],
    ids=lambda wish: str(wish["words"]),
)
def test_an_address_is_read_as_it_was_written(blank: Page, image_id: str, wish: dict[str, object]) -> None:
    hash_text = call(blank, "address.js", "addressOf", image_id, wish)
    assert call(blank, "address.js", "parseAddress", hash_text) == {"kind": "id", "id": image_id, **wish}


def test_what_is_usual_is_not_in_the_address(blank: Page) -> None:
    assert call(blank, "address.js", "addressOf", "a", {"n": 5, "words": 0.5}) == "#id=a"
    assert call(blank, "address.js", "addressOf", "a", {"n": 7, "words": 0}) == "#id=a&n=7&words=0"


@pytest.mark.parametrize(
    "hash_text",
    ["", "#", "#n=0", "#n=101", "#n=x", "#n=1.5", "#id=", "#upload=-1", "#upload=x", "#%", "#words=",
     "#words=2", "#words=-0.1", "#words=x", "#words=NaN", "#band=0.9-0.1", "#band=1", "#band=x-y", "#band=-",
     "#band=0-2", "#diversity=2", "#diversity=x", "#raw=0", "#raw=true", "#user="],
)  # fmt: skip
def test_an_address_that_says_nothing_is_the_start(blank: Page, hash_text: str) -> None:
    assert call(blank, "address.js", "parseAddress", hash_text) == {"kind": "none", **PLAIN}


def test_an_address_between_two_steps_of_the_slider_means_the_nearer(blank: Page) -> None:
    assert [call(blank, "blend.js", "wordsFrom", text) for text in ["0.33", "0.02", "0.99", "1"]] == [
        0.35, 0, 1, 1,
    ]  # fmt: skip


@pytest.mark.parametrize("step", range(21))
def test_every_place_of_the_slider_is_a_request_of_these_weights(blank: Page, step: int) -> None:
    words = step / 20
    path = call(blank, "blend.js", "searchPath", "similar", {"n": 7, "words": words})
    fields = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    views = parse_views(fields.get("views"), ["drml", "caption"])
    found = parse_weights(fields.get("weights"), views)
    assert fields["n"] == "7"
    assert "weights" not in fields or "views" not in fields
    assert found.get("caption", 0) / sum(found.values()) == pytest.approx(words)
    assert views == {0: ["drml"], 20: ["caption"]}.get(step, ["drml", "caption"])


def test_captions_are_the_lines_that_say_something(blank: Page) -> None:
    text = "  a dog \n\n\t\na <b>cat</b>\r\n"
    assert call(blank, "single.js", "captionsOf", text) == ["a dog", "a <b>cat</b>"]


def naive_batches(sizes: Sequence[int], most_files: int, most_bytes: int) -> list[list[int]]:
    """Add to the last batch while it stays within both limits."""
    batches: list[list[int]] = []
    for size in sizes:
        fits = batches and len(batches[-1]) < most_files and sum(batches[-1]) + size <= most_bytes
        if fits:
            batches[-1].append(size)
        else:
            batches.append([size])
    return batches


@pytest.mark.parametrize("sizes", [[], [5], [99], [1] * 10, [4, 4, 4, 99, 1, 1], [10, 1, 9, 1, 1, 1, 1, 1]])
def test_batches_keep_order_and_limits(blank: Page, sizes: list[int]) -> None:
    entries = [{"file": {"size": size}} for size in sizes]
    batches = call(blank, "batches.js", "batchesOf", entries, 4, 10)
    found = [[entry["file"]["size"] for entry in batch] for batch in batches]
    assert found == naive_batches(sizes, 4, 10)


def test_a_folder_keeps_pictures_only(blank: Page) -> None:
    paths = ["a.jpg", "b.JPEG", "c/d.tif", ".e.png", "f/.g/h.png", "i.txt", "captions.txt", "j.svg", "k"]
    entries = [{"path": path, "file": {"type": ""}} for path in paths] + [
        {"path": "l", "file": {"type": "image/webp"}}
    ]
    kept = [entry["path"] for entry in entries if call(blank, "dropped.js", "isPicture", entry)]
    assert kept == ["a.jpg", "b.JPEG", "c/d.tif", "l"]
