"""What the report is made of: artifacts, measured files, what others published."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diversity_contracts.manifest import Manifest

Json = dict[str, Any]
KINDS = ("drml", "caption")
COMMANDS = {
    "quality.json": "make quality DATA=tiny-imagenet-200.zip",
    "bench.json": "make bench",
}


@dataclass(frozen=True)
class Artifact:
    """A published artifact as the report reads it; `place` is shown, without what lies above the tree."""

    folder: Path
    place: str
    manifest: Manifest
    epochs: list[Json]
    card: str

    def figure(self, name: str) -> float | None:
        """One of its metrics."""
        return self.manifest.metrics.get(name)

    def file(self, name: str) -> Path | None:
        """One of its files."""
        path = self.folder / name
        return path if path.is_file() else None


@dataclass(frozen=True)
class Inputs:
    """Everything that is there; what is not stands in `missing`, with the command that makes it."""

    artifacts: dict[str, Artifact]
    published: Json
    quality: Json | None = None
    bench: list[Json] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


def gather(root: Path, artifacts: Path, build: Path, published: Path) -> Inputs:
    """Read all of it. An artifact is the published one, else the starter; ValueError for a broken one."""
    found: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for name, command in COMMANDS.items():
        path = build / name
        if path.is_file():
            found[name] = json.loads(path.read_text())
        else:
            missing[name] = command
    return Inputs(
        artifacts={kind: read_artifact(_folder_of(root, artifacts, kind), root) for kind in KINDS},
        published=json.loads(published.read_text()),
        quality=found.get("quality.json"),
        bench=found.get("bench.json", []),
        missing=missing,
    )


def read_artifact(folder: Path, root: Path) -> Artifact:
    """The artifact in `folder`, its curves and its card where it has them."""
    epochs, card = folder / "metrics.json", folder / "MODEL_CARD.md"
    return Artifact(
        folder=folder,
        place=folder.relative_to(root).as_posix() if folder.is_relative_to(root) else folder.name,
        manifest=Manifest.model_validate_json((folder / "manifest.json").read_text()),
        epochs=json.loads(epochs.read_text()) if epochs.is_file() else [],
        card=card.read_text() if card.is_file() else "",
    )


def _folder_of(root: Path, artifacts: Path, kind: str) -> Path:
    current = artifacts / kind / "current"
    if current.is_file():
        return artifacts / kind / current.read_text().strip()
    return root / f"{kind}-service/src/{kind}_service/starter"
