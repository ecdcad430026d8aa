"""The Compose file and the Dockerfiles, read: what the stack may, without an engine to run it.

`make compose-test` looks at the running containers; this holds the same rules on every machine.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # ships no types
from pydantic_settings import BaseSettings

from caption_service.settings import Settings as CaptionSettings
from diversity_gateway.settings import Settings as GatewaySettings
from drml_service.settings import Settings as DrmlSettings

ROOT = Path(__file__).parents[2]
SERVICES = {"gateway", "drml-service", "caption-service", "redis"}
JOBS = {"drml-trainer", "drml-trainer-gpu", "caption-trainer", "caption-trainer-gpu", "archivist"}
DOCKERFILES = sorted(path for pattern in ("*/Dockerfile", "*/*/Dockerfile") for path in ROOT.glob(pattern))
PLACES = {"gateway", "drml-service", "caption-service", "trainer-jobs/drml_job", "trainer-jobs/caption_job"}
Stack = dict[str, Any]


@pytest.fixture(scope="module")
def stack() -> Stack:
    read: Stack = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return read


def breaches(stack: Stack) -> list[str]:
    """What a stack must not be, by service."""
    found = []
    for name, service in stack["services"].items():
        job = name in JOBS
        if bool(service.get("profiles")) != job:
            found.append(f"{name}: a job has a profile, a service none")
        if not (service.get("read_only") and service.get("cap_drop") == ["ALL"] and service.get("mem_limit")):
            found.append(f"{name}: not contained")
        if not job and not (service.get("restart") == "unless-stopped" and service.get("cpus")):
            found.append(f"{name}: not restarted, or without a limit")
        ports = service.get("ports", [])
        if bool(ports) != (name == "gateway") or any(":-127.0.0.1}" not in port for port in ports):
            found.append(f"{name}: published")
        writes = any(str(volume).endswith("artifacts:/artifacts") for volume in service.get("volumes", []))
        if writes and not job:
            found.append(f"{name}: writes artifacts")
        if not job and name != "gateway" and service["networks"] != ["inside"]:
            found.append(f"{name}: reaches the world")
    if not stack["networks"]["inside"].get("internal"):
        found.append("inside: reaches the world")
    return found


def test_the_stack_is_contained(stack: Stack) -> None:
    assert stack["services"].keys() == SERVICES | JOBS
    assert breaches(stack) == []


@pytest.mark.parametrize(
    ("change", "breach"),
    [
        (lambda services: services["redis"].update(ports=["6379:6379"]), "redis: published"),
        (lambda services: services["gateway"].update(ports=["8000:8000"]), "gateway: published"),
        (
            lambda services: services["drml-service"].update(volumes=["artifacts:/artifacts"]),
            "drml-service: writes artifacts",
        ),
        (lambda services: services["gateway"].pop("mem_limit"), "gateway: not contained"),
        (lambda services: services["gateway"].pop("restart"), "gateway: not restarted, or without a limit"),
        (lambda services: services["drml-trainer"].pop("profiles"), "drml-trainer: a job has a profile"),
        (
            lambda services: services["caption-service"].update(networks=["inside", "outside"]),
            "caption-service: reaches the world",
        ),
    ],
)
def test_a_breach_is_found(stack: Stack, change: Callable[[Stack], object], breach: str) -> None:
    changed = deepcopy(stack)
    change(changed["services"])
    assert any(found.startswith(breach) for found in breaches(changed))


def test_the_gateway_waits_for_healthy_views(stack: Stack) -> None:
    conditions = {n: c["condition"] for n, c in stack["services"]["gateway"]["depends_on"].items()}
    assert conditions == {
        "drml-service": "service_healthy",
        "caption-service": "service_healthy",
        "redis": "service_started",
    }


# What a container's settings are by what the stack is: where it listens, where its volumes are.
OF_THE_STACK = {"HOST", "PORT", "STATE", "ARTIFACTS", "API_KEYS_FILE"}


@pytest.mark.parametrize(
    ("service", "settings"),
    [("gateway", GatewaySettings), ("drml-service", DrmlSettings), ("caption-service", CaptionSettings)],
)
def test_every_setting_reaches_its_container(
    stack: Stack, service: str, settings: type[BaseSettings]
) -> None:
    passed = set(stack["services"][service]["environment"])
    known = {name.upper() for name in settings.model_fields}
    assert known - passed == OF_THE_STACK & known
    assert {name for name in passed - known if not name.startswith("OTEL_")} == set()


def test_a_machine_without_a_gpu_is_asked_for_none(stack: Stack) -> None:
    asking = {name for name, service in stack["services"].items() if "devices" in str(service.get("deploy"))}
    assert asking == {"drml-trainer-gpu", "caption-trainer-gpu"}
    assert all(stack["services"][name]["profiles"] == ["gpu"] for name in asking)


def test_every_deployable_has_an_image() -> None:
    assert {path.parent.relative_to(ROOT).as_posix() for path in DOCKERFILES} == PLACES


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_an_image_runs_pinned_code_as_an_ordinary_user(path: Path) -> None:
    text = path.read_text()
    assert "ARG BASE=python:3.11-slim-bookworm\n" in text
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"${BASE}", "libraries"}
    assert re.findall(r"^USER (.*)", text, re.MULTILINE) == ["10001:10001"]
    assert all("-c .requirements/constraints.txt" in line for line in re.findall(r".*-r asked.txt", text))
    assert ("HEALTHCHECK" in text) == ("trainer-jobs" not in str(path.relative_to(ROOT)))
    assert "curl" not in text


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_an_image_holds_what_its_package_asks_for_and_no_other_package(path: Path) -> None:
    """What is copied is the deployable itself with those of this repository that it asks for."""
    folders = {
        re.split(r"[\[=]", tomllib.loads(manifest.read_text())["project"]["name"])[0]: manifest.parent
        for pattern in ("*/pyproject.toml", "*/*/pyproject.toml")
        for manifest in ROOT.glob(pattern)
    }
    wanted, left = set[Path](), [path.parent]
    while left:
        folder = left.pop()
        wanted.add(folder)
        project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
        names = {re.split(r"[\[=]", asked)[0] for asked in project["dependencies"]}
        left += [folders[name] for name in names & folders.keys() if folders[name] not in wanted]
    copied = {ROOT / name for name in re.findall(r"^COPY (\S+)/ \1/$", path.read_text(), re.MULTILINE)}
    assert copied == wanted


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_what_is_installed_before_the_code_is_all_that_the_code_asks_for(path: Path) -> None:
    text = path.read_text()
    folders = re.findall(r"^COPY (\S+)/ \1/$", text, re.MULTILINE)
    # With the extras that the image has where they are asked for: those pins have to be found too.
    project = tomllib.loads((path.parent / "pyproject.toml").read_text())["project"]
    extras = ",".join(project.get("optional-dependencies", {}))
    text = text.replace("${EXTRAS:+[$EXTRAS]}", f"[{extras}]")
    named = [word for line in re.findall(r"third_party.py (.*?) >", text) for word in line.split()]
    command = [sys.executable, ROOT / ".requirements/third_party.py", *named]
    printed = set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    own = {tomllib.loads((ROOT / f / "pyproject.toml").read_text())["project"]["name"] for f in folders}
    for folder in folders:
        project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
        for asked in project["dependencies"]:
            assert (asked in printed) != (re.split(r"[\[=]", asked)[0] in own), asked
    assert all("==" in line and not line.startswith(tuple(own)) for line in printed)
