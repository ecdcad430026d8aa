"""The encoders' graphs in the state folder: traced once, by a program of its own, and then only read.

    graph-<artifact>/encoder.xml, encoder.bin      OpenVINO's representation, float32
    graph-<artifact>/about.json                    of which weights, made by what, and the files' hashes

Derived and local: a folder that is lost, damaged or made by other versions is made again. Nothing here ever
lies on the artifacts' volume.
"""

import hashlib
import json
import logging
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from caption_service.artifact_files import ENCODER
from diversity_contracts.manifest import BadArtifact, Manifest, sha256
from diversity_contracts.problems import NoSpace, NotReady

log = logging.getLogger(__name__)
Trace = Callable[[Path, Path], None]
GRAPH, ABOUT = "encoder.xml", "about.json"
_FILES = (GRAPH, "encoder.bin")
# What decides which graph comes of which weights.
_CODE = ("graph_from_keras", "graph_layout", "keras_weights", "lite_network", "network", "encoder_arguments")
_MOST_S = 600  # of the largest networks on a busy machine
_ROOM = 256 * 1024 * 1024  # with less left, that it failed is put down to the disk


def traced_apart(artifact: Path, graph: Path) -> None:
    """Write the graph of a verified artifact in another process: Keras takes one backend a process, and its
    200 MB go with it. Raises BadArtifact."""
    program = [sys.executable, "-m", "caption_service.graph_from_keras", str(artifact), str(graph)]
    try:
        subprocess.run(  # noqa: S603 - nothing in it comes from a request
            ["/usr/bin/env", "KERAS_BACKEND=openvino", *program],
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_MOST_S,
        )
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines() or [f"status {error.returncode}"]
        raise BadArtifact(f"The encoder's graph cannot be traced: {lines[-1][:300]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadArtifact(f"The encoder's graph cannot be traced: {error}") from error


class KeptGraphs:
    """One state folder's; used by one thread at a time, as the folder by one process."""

    def __init__(self, folder: Path, trace: Trace = traced_apart) -> None:
        self._folder, self._trace = folder, trace

    def of(self, artifact: Path, manifest: Manifest) -> Path:
        """The graph of a verified artifact. Raises BadArtifact, NoSpace or NotReady."""
        place = self._folder / f"graph-{manifest.version}"
        made_of = _made_of(manifest)
        if not _stands(place, made_of):
            log.info("tracing the encoder's graph", extra={"artifact": manifest.version})
            self._make(place, artifact, made_of)
        return place / GRAPH

    def keep(self, artifacts: Collection[str]) -> None:
        """Remove those of every other artifact."""
        kept = {f"graph-{artifact}" for artifact in artifacts}
        for left in [*self._folder.glob("graph-*"), *self._folder.glob(".graph-*")]:
            if left.name not in kept:
                shutil.rmtree(left, ignore_errors=True)

    def _make(self, place: Path, artifact: Path, made_of: dict[str, str]) -> None:
        # A name of its own each time: the program of a process that was killed may still be writing.
        fresh = place.with_name(f".{place.name}-{secrets.token_hex(4)}")
        try:
            fresh.mkdir(parents=True)
            self._trace(artifact, fresh / GRAPH)
            about = {"made_of": made_of, "files": {name: sha256(fresh / name) for name in _FILES}}
            (fresh / ABOUT).write_text(json.dumps(about, indent=1) + "\n")
            shutil.rmtree(place, ignore_errors=True)
            fresh.rename(place)
        except BadArtifact as error:
            if shutil.disk_usage(self._folder).free < _ROOM:
                raise NoSpace("There is no room for the encoder's graph.") from error
            raise
        except OSError as error:
            raise NotReady("The state folder cannot be used.") from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _stands(place: Path, made_of: dict[str, str]) -> bool:
    try:
        about = json.loads((place / ABOUT).read_bytes())
        return bool(
            about["made_of"] == made_of
            and about["files"].keys() == set(_FILES)
            and all(sha256(place / name) == expected for name, expected in about["files"].items())
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return False


def _made_of(manifest: Manifest) -> dict[str, str]:
    code = hashlib.sha256()
    for module in _CODE:
        code.update(Path(__file__).with_name(f"{module}.py").read_bytes())
    return {
        "weights": manifest.files[ENCODER],
        "model": json.dumps(manifest.model, sort_keys=True),
        "keras": _version("keras"),
        "openvino": _version("openvino"),
        "code": code.hexdigest(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
