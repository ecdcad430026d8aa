"""The disk under the catalogue fills up: writes get 507, searches live on, nothing acknowledged is lost."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from diversity_contracts.pictures import content_hash
from tests.e2e.faults.polite_stack import PNG, polite_stack
from tests.fakes.drawn import drawn

MEGABYTES = 4
BALLAST = 1_000_000  # bytes that somebody deletes in the end
MANY = 2_000
SIZE = (200, 150)
LARGE = (900, 700)  # a file that does not fit where a row still would
REFUSALS = 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of MEGABYTES; only root may have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "none", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.heavy
def test_writes_are_refused_and_searches_live_on(
    tmp_path: Path, small_disk: Path, record_property: Callable[[str, object], None]
) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(BALLAST))
    kept, said, asked = dict[str, str](), list[str](), list[int]()
    with polite_stack(tmp_path, state=small_disk / "state") as stack:
        url = stack.gateway.url
        for number in range(MANY):
            size = LARGE if len(said) % 2 else SIZE
            reply = stack.add(f"p{number}", number, size)
            if reply.status_code in {201, 202}:
                kept[f"p{number}"] = content_hash(drawn(number, size=size))
                continue
            assert reply.status_code == 507, reply.text
            assert reply.json()["type"] == "urn:diversity:problem:no-space"
            said.append(reply.json()["detail"])
            if len(said) == REFUSALS:
                break
        assert len(said) == REFUSALS, "the disk never filled up"
        assert len(set(said)) == 2, "one of the two places that write did not run full"
        for number in range(30):
            body = drawn(10_000 + number)
            asked.append(
                httpx.post(f"{url}/divergent?n=3", content=body, headers=PNG, timeout=60).status_code
            )
            asked.append(httpx.post(f"{url}/similar", json={"image_id": "p0"}, timeout=60).status_code)
        stack.gateway.kill()
        ballast.unlink()
        stack.gateway.start()
        stack.gateway.wait_ready()
        lost = [
            image_id
            for image_id, expected in kept.items()
            if content_hash(httpx.get(f"{url}/images/{image_id}/content", timeout=60).content) != expected
        ]
        again = stack.add("after", 1).status_code
    record_property("tried writes", len(kept) + len(said))
    record_property("tried searches", len(asked))
    record_property("lost pictures", len(lost))
    record_property("lost searches", sum(status != 200 for status in asked))
    assert (lost, set(asked), again in {201, 202}) == ([], {200}, True)
