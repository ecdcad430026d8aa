"""A TypeScript client generated from the API documents compiles, strictly, and asks a running gateway."""

import json
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.contract.documents.markdown import ROOT
from tests.e2e.stack import Stack

SOURCES = Path(__file__).parent / "typescript"
DOCUMENTS = ("gateway", "drml_service", "caption_service")
COMPILER = "node_modules/typescript/bin/tsc"


def program(name: str) -> str:
    """Where a program is. Without node the tests are skipped, but not in CI."""
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed, and in CI the generated client must be compiled")
        pytest.skip(f"{name} is not installed")
    return found


def run(folder: Path, *command: str) -> str:
    """What a command says on its standard output; AssertionError with all it said where it fails."""
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def packages() -> Path:
    """The generator and the compiler, as the lock file pins them; kept from one run to the next."""
    lock = (SOURCES / "package-lock.json").read_bytes()
    folder = ROOT / "build/typescript" / sha256(lock).hexdigest()[:12]
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCES / name, folder)
        # Nothing that a package brings is run while it is installed.
        run(folder, program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        (folder / "complete").touch()
    return folder


@pytest.fixture(scope="module")
def generated(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sources, the packages, and the types of all three documents."""
    folder = tmp_path_factory.mktemp("typescript") / "client"
    shutil.copytree(SOURCES, folder)
    (folder / "node_modules").symlink_to(packages / "node_modules")
    documents = [f"{name}={ROOT / 'tests/contract' / name / 'openapi.json'}" for name in DOCUMENTS]
    run(folder, program("node"), "generate.mjs", *documents)
    return folder


def test_the_generated_client_compiles_and_asks(generated: Path, filled: Stack) -> None:
    """Each mistake of `ask.ts` is expected there: the compiler complains of one that it does not find."""
    node = program("node")
    run(generated, node, COMPILER, "-p", ".")
    told: dict[str, Any] = json.loads(run(generated, node, "made/ask.js", filled.gateway.url))
    assert told["captions"]
    assert told["stored"] in {201, 202}
    assert len(told["similar"]) == 2
    assert len(set(told["divergent"])) == 2
    assert {one.rpartition("/")[0] for one in told["divergent"]} <= {"food/fruit", "food/vegetables"}
    assert 0 <= told["percentile"] <= 1
    assert told["history"] == 5
    assert told["missing"] == [404, "urn:diversity:problem:unknown-id"]
