"""The stack in containers: what its images hold, what it may, what it answers, a retrain, a restore.

The tests run in order on one stack: starting it takes longer than all of them.
"""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path

import httpx
import pytest

from demo.catalogue import Catalogue
from demo.folder import FolderPicture
from tests.e2e.compose.containers import PATIENCE_S, POLL_S, SERVICES, Containers, inspected

pytestmark = pytest.mark.heavy
MB = 1_000_000
BASE = "python:3.11-slim-bookworm"
# Of an image above its base; the design's aims.
LARGEST = {"gateway": 250 * MB, "drml-service": 1_500 * MB, "caption-service": 2_000 * MB}
FOREIGN = {
    "gateway": ("torch", "tensorflow", "openvino", "faiss", "drml_service", "drml_job", "job_kit"),
    "drml-service": ("drml_job", "job_kit", "caption_service", "diversity_gateway", "matplotlib", "optuna"),
    "caption-service": (
        "caption_job",
        "job_kit",
        "drml_service",
        "diversity_gateway",
        "matplotlib",
        "optuna",
    ),
}
VIEWS = ("drml", "caption")
READ_MANIFEST = """
import pathlib
home = pathlib.Path("/artifacts/drml")
print((home / (home / "current").read_text() / "manifest.json").read_text())
"""
# How many answers it keeps, and how many listen for new artifacts.
READ_REDIS = """
import os, redis
client = redis.Redis.from_url(os.environ["REDIS_URL"], protocol=2)
print(client.dbsize(), client.pubsub_numsub("diversity:artifacts")[0][1])
"""
# The service itself, not the init process above it: what a crash looks like to the engine.
KILL = """
import os, pathlib, signal
for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
    if path.read_bytes().startswith(b"python\\0-m\\0drml_service"):
        os.kill(int(path.parent.name), signal.SIGKILL)
"""


@pytest.mark.parametrize("service", LARGEST)
def test_an_image_holds_no_more_than_its_service_needs(stack: Containers, service: str) -> None:
    size = inspected(f"image-diversity/{service}:test")["Size"] - inspected(BASE)["Size"]
    print(f"{service}: {size / MB:.0f} MB above the base")
    assert size <= LARGEST[service]
    code = "import sys; from importlib.util import find_spec; print([n for n in {!r} if find_spec(n)])"
    assert stack.inside(service, code.format(FOREIGN[service])) == "[]"


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_may_little(stack: Containers, service: str) -> None:
    container = stack.container(service)
    host, user = container["HostConfig"], container["Config"]["User"]
    assert int(user.partition(":")[0]) > 0
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert host["Memory"] > 0
    assert host["NanoCpus"] > 0
    assert host["RestartPolicy"]["Name"] == "unless-stopped"


def test_only_the_gateway_can_be_reached_and_only_from_this_machine(stack: Containers) -> None:
    published = {
        service: [place["HostIp"] for places in ports.values() for place in places or []]
        for service in SERVICES
        if (ports := stack.container(service)["NetworkSettings"]["Ports"])
    }
    assert {service: places for service, places in published.items() if places} == {"gateway": ["127.0.0.1"]}


@pytest.mark.parametrize("service", ["drml-service", "caption-service"])
def test_a_view_cannot_write_artifacts(stack: Containers, service: str) -> None:
    code = (
        "import pathlib\n"
        "try: pathlib.Path('/artifacts/x').touch()\n"
        "except OSError as error: print(error.strerror)"
    )
    assert stack.inside(service, code) == "Read-only file system"
    assert "/state" in stack.inside(
        service, "import pathlib; p = pathlib.Path('/state/x'); p.touch(); print(p)"
    )


def test_both_views_answer(filled: Containers, pictures: list[FolderPicture]) -> None:
    with Catalogue(filled.url) as catalogue:
        answer = catalogue.ask("divergent", pictures[0].image_id)
    assert [view["status"] for view in answer["views"].values()] == ["ok", "ok"]
    assert answer["degraded"] == []
    assert answer["exact"]
    assert len(answer["results"]) == 5
    for result in answer["results"]:
        assert all(result["views"][view]["percentile"] is not None for view in VIEWS)
    # By looks alone: by what is written about it, its own human captions need not be the nearest.
    reply = httpx.post(
        f"{filled.url}/similar?views=drml",
        content=pictures[1].path.read_bytes(),
        headers={"Content-Type": "image/png"},
        timeout=60,
    )
    nearest = reply.json()["results"][0]
    assert nearest["image_id"] == pictures[1].image_id
    assert nearest["views"]["drml"]["distance"] < 1e-3


def test_redis_keeps_answers_and_both_views_listen(filled: Containers, pictures: list[FolderPicture]) -> None:
    with Catalogue(filled.url) as catalogue:
        catalogue.ask("divergent", pictures[0].image_id)
    kept, listening = map(int, filled.inside("gateway", READ_REDIS).split())
    assert kept > 0
    assert listening == len(VIEWS)


def test_a_retrained_generation_takes_over_without_a_failed_request(
    filled: Containers, pictures: list[FolderPicture]
) -> None:
    before = filled.stats()["views"]["drml"]["artifact"]
    trained = filled.make("train-drml", "ARGS=--dry-run")
    assert "no notice was sent" not in trained.stdout + trained.stderr
    asked, served = 0, before
    deadline = time.monotonic() + 600
    with Catalogue(filled.url) as catalogue:
        while served == before and time.monotonic() < deadline:
            answer = catalogue.ask("divergent", pictures[asked % len(pictures)].image_id)
            asked += 1
            assert answer["degraded"] == []
            served = answer["views"]["drml"]["artifact"]
    assert served != before, f"after {asked} answers"
    # The gateway asks a view for its state every other second; an answer names its artifact at once.
    filled.wait_for(lambda stats: stats["views"]["drml"]["artifact"] == served)
    stats = filled.stats()["views"]["drml"]
    assert (stats["indexed"], stats["pending"]) == (len(pictures), 0)
    manifest = json.loads(filled.inside("drml-service", READ_MANIFEST))
    assert manifest["version"] == served
    assert re.fullmatch(r"[0-9a-f]{40}(-changed)?", manifest["code_revision"])


def test_a_killed_view_costs_its_numbers_and_comes_back(
    filled: Containers, pictures: list[FolderPicture]
) -> None:
    deadline = time.monotonic() + PATIENCE_S
    # Asked meanwhile: on busy cores the view is back before the command that kills it has returned.
    with Catalogue(filled.url) as catalogue, ThreadPoolExecutor(1) as beside:
        killing = beside.submit(filled.inside, "drml-service", KILL)
        for picture in cycle(pictures):  # an answer that is kept would not tell
            answer = catalogue.ask("divergent", picture.image_id)
            assert len(answer["results"]) == 5
            if answer["degraded"]:
                break
            assert time.monotonic() < deadline, "the view that was killed was not missed"
        killing.result()
        assert answer["degraded"] == ["drml"]
        # /stats still says reachable for a moment: what counts is an answer with both views' numbers.
        while answer["degraded"]:
            assert time.monotonic() < deadline, "the view did not come back"
            time.sleep(POLL_S)
            answer = catalogue.ask("divergent", pictures[0].image_id)
    filled.wait_for(lambda stats: stats["views"]["drml"]["reachable"])
    assert filled.stats()["views"]["drml"]["indexed"] == len(pictures)


def test_a_backup_brings_back_what_was_deleted(
    filled: Containers, pictures: list[FolderPicture], tmp_path: Path
) -> None:
    kept = tmp_path / "kept.tar.gz"
    current = json.loads(filled.inside("drml-service", READ_MANIFEST))["version"]
    # A view that was killed right after it took an artifact up begins with the one before.
    filled.wait_for(lambda stats: stats["views"]["drml"]["artifact"] == current)
    filled.make("backup", f"FILE={kept}")
    with Catalogue(filled.url) as catalogue:
        before = list(catalogue.entries())
    assert httpx.delete(f"{filled.url}{_place(pictures[0])}", timeout=60).is_success
    refused = filled.make("restore", f"FILE={kept}", check=False)
    assert refused.returncode != 0
    assert "FORCE=1" in refused.stderr
    filled.make("restore", f"FILE={kept}", "FORCE=1")
    filled.make("up")
    filled.wait_for(
        lambda stats: all(
            view["pending"] == 0 and view["indexed"] == len(pictures) for view in stats["views"].values()
        )
    )
    with Catalogue(filled.url) as catalogue:
        assert list(catalogue.entries()) == before
    filled.wait_for(lambda stats: stats["views"]["drml"]["artifact"] == current)


def _place(picture: FolderPicture) -> str:
    return f"/images/{picture.image_id.replace('/', '%2F')}"
