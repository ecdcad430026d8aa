"""What the report is made of: artifacts, measured files, what others published."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from diversity_contracts.manifest import STARTER, Manifest
from tests.bench.record import kept
from tests.bench.report.recipes import Command, read

Json = dict[str, Any]
KINDS = ("drml", "caption")
COMMANDS = {
    "bench": "make bench",
    "quality": "make quality DATA=tiny-imagenet-200.zip",
    "agreement": "python -m tests.bench.agreement --data tiny-imagenet-200.zip",
    "thresholds": "python -m tests.bench.thresholds --data flickr8k.zip",
}
PUBLISHED = "published.json"


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
    """Everything that is there; what is not stands in `missing`, with the command that makes it.

    Attributes:
        published: what others published, and what is asked.
        quality, bench, agreement, thresholds: what the benches of these names measured.
        others: kept runs besides, by the names of their files, as they were recorded.
        origins: when and where each of the above was measured.
        recipes: the training commands that documents give, a list for each code block.
    """

    artifacts: Mapping[str, Artifact]
    published: Json
    quality: Json | None = None
    bench: list[Json] = field(default_factory=list)
    agreement: Json | None = None
    thresholds: Json | None = None
    others: Mapping[str, Json] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    recipes: list[list[Command]] = field(default_factory=list)


def gather(root: Path, artifacts: Path, build: Path, measured: Path) -> Inputs:
    """Read all of it: the runs in `build`, else those kept in `measured`.

    An artifact is the published one, else the starter; ValueError for a broken one.
    """
    runs = kept(measured)
    found: Json = {}
    origins: dict[str, str] = {}
    for name in COMMANDS:
        here, before = build / f"{name}.json", runs.pop(name, None)
        if before is not None:
            found[name], origins[name] = before["measured"], recorded(before["recorded"])
        if here.is_file():
            latest, said = json.loads(here.read_text()), _written(here)
            if name == "bench" and before is not None:
                latest, said = _together(latest, found[name], said, origins[name])
            found[name], origins[name] = latest, said
    return Inputs(
        artifacts={kind: read_artifact(_folder_of(root, artifacts, kind), root) for kind in KINDS},
        published=json.loads((measured / PUBLISHED).read_text()),
        quality=found.get("quality"),
        bench=found.get("bench", []),
        agreement=found.get("agreement"),
        thresholds=found.get("thresholds"),
        others=runs,
        origins=origins,
        missing={name: command for name, command in COMMANDS.items() if name not in found},
        recipes=read(root),
    )


def recorded(where: Mapping[str, Any]) -> str:
    """When, where and of which commit a kept run is, and parts of it that were measured apart."""
    apart = "".join(
        f" {name.capitalize()} apart: {_at(one)}." for name, one in where.get("apart", {}).items()
    )
    return f"Measured on {_at(where)}; kept in tests/bench/measured.{apart}"


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


def _together(latest: list[Json], before: list[Json], here: str, there: str) -> tuple[list[Json], str]:
    """A run may have measured only some of the speeds: the others are the kept ones."""
    names = {entry["name"] for entry in latest}
    left = [entry for entry in before if entry["name"] not in names]
    if not left:
        return latest, here
    return [*latest, *left], f"{', '.join(sorted(names))}: {here} The others: {there}"


def _at(where: Mapping[str, Any]) -> str:
    commit = f" at commit {where['commit']}" if where.get("commit") else ""
    return f"{where['date']}{commit} on {where['machine']}"


def _written(path: Path) -> str:
    when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return f"The last run here: {path.parent.name}/{path.name}, {when:%Y-%m-%d %H:%M UTC}."


def _folder_of(root: Path, artifacts: Path, kind: str) -> Path:
    current = artifacts / kind / "current"
    version = current.read_text().strip() if current.is_file() else STARTER
    if version == STARTER:
        return root / f"{kind}-service/src/{kind}_service/starter"
    return artifacts / kind / version
