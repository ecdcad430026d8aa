"""What is on the disk when: a power cut at any moment leaves a `current` that names a whole artifact."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from diversity_contracts.manifest import CURRENT, MANIFEST, Golden, Manifest, Preprocessing
from diversity_contracts.publishing import add_files, point_current, publish, sync_to_disk

NOW = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
FILES = ("golden.png", "vectors/reference.safetensors", "weights.safetensors")


def manifest(version: str) -> Manifest:
    return Manifest(
        kind="drml",
        version=version,
        created=NOW,
        code_revision="abc",
        data_fingerprint="def",
        preprocessing=Preprocessing(size=64, resize="squash", mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2)),
        model={"architecture": "single"},
        golden=[Golden(file="golden.png", output=[1.0], tolerance=1e-3)],
    )


def write(folder: Path) -> None:
    (folder / "vectors").mkdir()
    for name in FILES:
        (folder / name).write_bytes(name.encode())


@dataclass
class Disk:
    """Syncs as the real one does, and notes what stood where at that moment.

    A step is what is synced, whether a manifest stands beside or in it, and what `current` says.
    """

    root: Path
    steps: list[tuple[str, bool, str]] = field(default_factory=list)

    def sync(self, path: Path) -> None:
        home = self.root / "drml"
        current = home / CURRENT
        folder = path if path.is_dir() else path.parent
        name = path.name.partition("-")[0] if path.name.startswith(".") else path.name
        self.steps.append(
            (name, (folder / MANIFEST).exists(), current.read_text() if current.exists() else "")
        )
        sync_to_disk(path)


def test_files_then_the_manifest_then_the_name_then_current(tmp_path: Path) -> None:
    publish(tmp_path, manifest("drml-1"), write)
    disk = Disk(tmp_path)
    publish(tmp_path, manifest("drml-2"), write, sync=disk.sync)
    old = "drml-1"
    assert disk.steps == [
        (tmp_path.name, False, old),
        ("golden.png", False, old),
        ("reference.safetensors", False, old),
        ("weights.safetensors", False, old),
        (".incoming", False, old),
        ("vectors", False, old),
        ("manifest.json", True, old),
        (".incoming", True, old),
        ("drml", False, old),  # now holds the folder under its name
        (".current", False, old),
        ("drml", False, "drml-2"),
    ]


def test_another_current_is_on_the_disk_before_it_counts(tmp_path: Path) -> None:
    for version in ("drml-1", "drml-2"):
        publish(tmp_path, manifest(version), write)
    disk = Disk(tmp_path)
    point_current(tmp_path, "drml", "drml-1", sync=disk.sync)
    assert disk.steps == [(".current", False, "drml-2"), ("drml", False, "drml-1")]


def test_added_files_are_on_the_disk_before_the_manifest_lists_them(tmp_path: Path) -> None:
    folder = publish(tmp_path, manifest("drml-1"), write)
    listed = list[tuple[str, bool]]()

    def sync(path: Path) -> None:
        listed.append((path.name, "more.json" in (folder / MANIFEST).read_text()))
        sync_to_disk(path)

    def more(target: Path) -> None:
        (target / "more.json").write_text("{}")

    add_files(folder, "drml", more, sync=sync)
    assert ("more.json", False) in listed
    assert ("drml-1", False) in listed
    assert listed[-1] == ("drml-1", True)
    assert listed[-2][0].startswith(".manifest.json-")
