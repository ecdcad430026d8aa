"""kill -9 or Ctrl-C of the ingest in the middle: started again it goes on; none twice, none lost."""

import hashlib
import os
import random
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from diversity_client.client import Client
from tests.e2e.client.command_line import CommandLine
from tests.e2e.stack import Stack
from tests.fakes.drawn import drawn

POLL_S = 0.05
MANY = int(os.environ.get("INGEST_PICTURES", "10000"))


def draw_folder(root: Path, count: int) -> dict[str, str]:
    """So many distinct pictures in ten folders; the SHA-256 of each by id."""
    hashes = {}
    for number in range(count):
        image_id = f"set{number % 10}/{number}"
        data = drawn(number, size=(16, 12))
        path = root / f"{image_id}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        hashes[image_id] = hashlib.sha256(data).hexdigest()
    assert len(set(hashes.values())) == count
    return hashes


def stats(stack: Stack) -> dict[str, Any]:
    """How the catalogue stands."""
    told: dict[str, Any] = httpx.get(stack.gateway.url + "/stats", timeout=30).json()
    return told


def kill_in_the_middle(stack: Stack, arguments: list[str], upto: int) -> tuple[int, str]:
    """Start, kill once the catalogue has `upto` pictures; what it has then, what the terminal showed."""
    line = CommandLine(*arguments)
    while line.is_running and stats(stack)["catalogue_size"] < upto:
        time.sleep(POLL_S)
    assert line.kill(), f"it ended before it had sent {upto} pictures: {line.screen()}"
    return stats(stack)["catalogue_size"], line.screen()


def ingest_with_kills(stack: Stack, root: Path, hashes: dict[str, str], kills: list[int]) -> None:
    """Kill at each of the given sizes of the catalogue, then let it end; compare."""
    arguments = ["ingest", str(root), "--url", stack.gateway.url, "--json", "--at-once", "4"]
    before, began = 0, time.monotonic()
    for upto in kills:
        size, screen = kill_in_the_middle(stack, arguments, upto)
        assert before < upto <= size < len(hashes)
        assert "sending" in screen
        assert f"/{len(hashes)}" in screen  # the bar
        before = size
    code, report = CommandLine(*arguments).ended()
    took_s = time.monotonic() - began
    # `before` were acknowledged or on their way when the process died; none is sent again.
    assert (code, report["refused"]) == (0, [])
    assert report["already_there"] >= before
    assert report["already_there"] + report["added"] == len(hashes)
    assert report["replaced"] == 0
    told = stats(stack)
    # Every change of the catalogue has a number: as many as pictures, so none was written twice.
    assert (told["catalogue_size"], told["version"]) == (len(hashes), len(hashes))
    assert all(view["indexed"] == len(hashes) for view in told["views"].values())
    with Client(stack.gateway.url) as client:
        assert {image.image_id: image.content_hash for image in client.all_images()} == hashes
    print(
        f"{len(hashes)} pictures, {len(kills)} kills, {took_s:.0f} s, the last run {report['took_s']:.0f} s"
    )
    code, again = CommandLine(*arguments).ended()
    assert (code, again["already_there"], again["sent_bytes"]) == (0, len(hashes), 0)


def test_a_killed_ingest_goes_on(tmp_path: Path) -> None:
    hashes = draw_folder(tmp_path / "pictures", 300)
    source = random.Random(1)
    with Stack(tmp_path, two_views=False, light=True) as stack:
        kills = [source.randrange(20, 80), source.randrange(120, 180), source.randrange(200, 240)]
        ingest_with_kills(stack, tmp_path / "pictures", hashes, kills)


def test_ctrl_c_ends_with_the_summary(tmp_path: Path) -> None:
    hashes = draw_folder(tmp_path / "pictures", 300)
    (tmp_path / "pictures/broken.png").write_bytes(b"\x89PNG\r\n\x1a\n but no more")
    with Stack(tmp_path, two_views=False, light=True) as stack:
        line = CommandLine("ingest", str(tmp_path / "pictures"), "--url", stack.gateway.url, "--json")
        while line.is_running and stats(stack)["catalogue_size"] < 60:
            time.sleep(POLL_S)
        line.interrupt()
        code, report = line.ended()
        assert (code, report["error"]["title"]) == (130, "Interrupted")
        assert [one["image_id"] for one in report["refused"]] == ["broken"]
        assert 60 <= report["added"] == stats(stack)["catalogue_size"] < len(hashes)
        assert "the same command goes on from here" in line.screen()


@pytest.mark.heavy
def test_ten_thousand_pictures_with_kills(tmp_path: Path) -> None:
    """INGEST_PICTURES says another number; the light sibling is above."""
    hashes = draw_folder(tmp_path / "pictures", MANY)
    with Stack(tmp_path, two_views=True, light=True) as stack:
        ingest_with_kills(stack, tmp_path / "pictures", hashes, [MANY // 4, MANY // 2, MANY * 3 // 4])


def test_a_gateway_that_dies_and_comes_back_is_waited_for(tmp_path: Path) -> None:
    hashes = draw_folder(tmp_path / "pictures", 120)
    with Stack(tmp_path, light=True) as stack:
        line = CommandLine("ingest", str(tmp_path / "pictures"), "--url", stack.gateway.url, "--json")
        while line.is_running and stats(stack)["catalogue_size"] < 40:
            time.sleep(POLL_S)
        assert line.is_running
        stack.gateway.kill()
        stack.gateway.start()
        stack.gateway.wait_ready("/healthz")
        code, report = line.ended()
        assert (code, report["refused"]) == (0, [])
        told = stats(stack)
        assert (told["catalogue_size"], told["version"]) == (len(hashes), len(hashes))
