"""The stack of docker-compose.yml under a project of its own: built, started, asked, taken down."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[3]
PROJECT = "image-diversity-test"
PATIENCE_S = 900.0  # a cold import of TensorFlow takes minutes where other work has both cores
POLL_S = 1.0
COMMAND_S = 3600.0  # building everything from nothing, on two busy cores
SERVICES = ("gateway", "drml-service", "caption-service", "redis")


def engine_is_there() -> bool:
    """Whether an engine answers."""
    return shutil.which("docker") is not None and _run("docker", "info", check=False).returncode == 0


class Containers:
    """One running stack. Its commands are those that people use."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": PROJECT,
            "TAG": "test",
            "PORT": str(port),
            "VIEW_DEADLINE_S": "60",
        }
        plugin = _run("docker", "compose", "version", check=False).returncode == 0
        self._compose = ("docker", "compose") if plugin else ("docker-compose",)

    def make(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """`make` with `arguments`, on this stack."""
        return _run("make", "-C", str(ROOT), *arguments, environment=self._environment, check=check)

    def compose(self, *arguments: str) -> str:
        """What Compose prints."""
        command = (*self._compose, "--project-directory", str(ROOT), "-f", str(ROOT / "docker-compose.yml"))
        return _run(*command, *arguments, environment=self._environment).stdout

    def up(self) -> None:
        """Built and started anew, on empty volumes; returns when the gateway is ready."""
        self.away()
        self.make("up")

    def away(self) -> None:
        """Containers and volumes are gone."""
        self.compose("--profile", "jobs", "--profile", "gpu", "down", "--volumes", "--remove-orphans")

    def container(self, service: str) -> dict[str, Any]:
        """What the engine says of the running container of `service`."""
        filters = [
            f"--filter=label=com.docker.compose.{key}" for key in (f"project={PROJECT}", f"service={service}")
        ]
        found = _run("docker", "ps", "--quiet", *filters).stdout.split()
        assert len(found) == 1, f"{service}: {found}"
        return inspected(found[0])

    def inside(self, service: str, code: str) -> str:
        """What a line of Python prints in the container of `service`."""
        return _run("docker", "exec", self.container(service)["Id"], "python", "-c", code).stdout.strip()

    def stats(self) -> dict[str, Any]:
        """The gateway's /stats."""
        reply = httpx.get(f"{self.url}/stats", timeout=30)
        reply.raise_for_status()
        answer: dict[str, Any] = reply.json()
        return answer

    def wait_for(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The /stats that `holds` agrees to; AssertionError with the last ones after PATIENCE_S."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds(stats := self.stats()):
            assert time.monotonic() < deadline, f"still {stats}"
            time.sleep(POLL_S)
        return stats


def inspected(name: str) -> dict[str, Any]:
    """What the engine says of a container or an image."""
    answer: dict[str, Any] = json.loads(_run("docker", "inspect", name).stdout)[0]
    return answer


def _run(
    *command: str, environment: dict[str, str] | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_S,
        check=False,
    )  # fmt: skip
    if check and done.returncode != 0:
        words = " ".join(command)
        raise RuntimeError(
            f"{words} ended with {done.returncode}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        )
    return done
