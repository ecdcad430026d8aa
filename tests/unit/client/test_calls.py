"""Calls as they go over the wire: paths that mean one id, forms, keys, addresses."""

import httpx
import pytest

from diversity_client import calls
from diversity_client.client import Client, request_of
from diversity_client.errors import Misused
from diversity_client.settings import Settings, read_settings


def path_of(image_id: str) -> bytes:
    """What follows the address."""
    with httpx.Client(base_url="http://gateway/prefix") as http:
        return request_of(http, calls.get_image(image_id)).url.raw_path


@pytest.mark.parametrize(
    ("image_id", "path"),
    [
        ("fish/trout", b"fish%2Ftrout"),
        ("a/content", b"a%2Fcontent"),
        ("..", b"%2E%2E"),
        (".", b"%2E"),
        ("../../etc", b"..%2F..%2Fetc"),
        ("a?b#c%2F ü", b"a%3Fb%23c%252F%20%C3%BC"),
    ],
)
def test_an_id_is_one_segment_whatever_it_holds(image_id: str, path: bytes) -> None:
    assert path_of(image_id) == b"/prefix/images/" + path


@pytest.mark.parametrize("image_id", ["", "\ud800"])
def test_what_can_be_no_id_is_not_sent(image_id: str) -> None:
    with pytest.raises(Misused):
        calls.get_image(image_id)
    with pytest.raises(Misused):
        calls.get_history(image_id)


def test_no_captions_and_nothing_said_of_captions_are_two_things() -> None:
    assert calls.put_image("a", b"x", None, None, True).body.files is None
    cleared = calls.put_image("a", b"x", [], None, True).body.files or ()
    assert [(name, data) for name, (_, data, _) in cleared] == [("image", b"x"), ("caption", b"")]


def test_a_name_that_a_form_would_change_is_refused() -> None:
    with pytest.raises(Misused, match="put_image"):
        calls.post_images({'a"b': b"x"}, True)


def test_the_key_goes_with_every_request_and_into_no_address() -> None:
    seen = list[httpx.Request]()

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"status": "ok"})

    with Client("http://gateway/", key="secret", transport=httpx.MockTransport(answer)) as client:
        client.health()
    assert seen[0].headers["authorization"] == "Bearer secret"
    assert str(seen[0].url) == "http://gateway/healthz"


def test_what_is_given_comes_before_the_environment() -> None:
    environment = {"DIVERSITY_URL": "http://there:1/", "DIVERSITY_API_KEY": "k"}
    assert read_settings(None, None, environment) == Settings("http://there:1", "k")
    assert read_settings("https://here", "own", environment) == Settings("https://here", "own")
    assert read_settings(None, None, {}) == Settings("http://127.0.0.1:8000", None)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x", "http://", "nonsense", "http://[::1"])
def test_what_is_no_address_is_told_at_once(url: str) -> None:
    with pytest.raises(Misused):
        read_settings(url, None, {})


def test_a_key_that_no_header_carries_is_told_at_once() -> None:
    with pytest.raises(Misused, match="key"):
        read_settings(None, "geheim\n", {})


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("http://[::1]:1", True),
        ("http://a.b", False),
    ],
)
def test_no_proxy_leads_to_this_machine(url: str, here: bool) -> None:
    assert read_settings(url, None, {}).is_loopback is here
