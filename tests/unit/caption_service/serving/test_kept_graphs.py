"""Graphs in the state folder: traced once, then read; made again when anything about them is not so."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from caption_service.artifact_files import ENCODER
from caption_service.kept_graphs import ABOUT, KeptGraphs
from diversity_contracts.manifest import BadArtifact, Golden, Manifest, Preprocessing

UNIT = (0.5, 0.5, 0.5)


def manifest(version: str = "caption-a", weights: str = "1", **model: int) -> Manifest:
    return Manifest(
        kind="caption",
        version=version,
        created=datetime(2026, 1, 1, tzinfo=UTC),
        code_revision="test",
        data_fingerprint="0",
        preprocessing=Preprocessing(size=32, resize="squash", mean=UNIT, std=UNIT),
        model={"encoder": "xception", **model},
        golden=[Golden(file="golden.png", output=[1.0], tolerance=0.1)],
        files={ENCODER: weights},
    )


class Traced:
    """Writes the artifact's name as its graph."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, artifact: Path, graph: Path) -> None:
        self.count += 1
        graph.write_text(artifact.name)
        graph.with_suffix(".bin").write_bytes(bytes([self.count]))


def test_it_is_traced_once_and_then_read_by_another_process_too(tmp_path: Path) -> None:
    traced = Traced()
    first = KeptGraphs(tmp_path, traced).of(Path("a"), manifest())
    assert first.read_text() == "a"
    assert KeptGraphs(tmp_path, traced).of(Path("a"), manifest()) == first
    assert traced.count == 1
    assert [path.name for path in tmp_path.iterdir()] == ["graph-caption-a"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda place: (place / "encoder.bin").write_bytes(b"other"),
        lambda place: (place / "encoder.xml").unlink(),
        lambda place: (place / ABOUT).write_text("[]"),
        lambda place: (place / ABOUT).write_bytes(b"\xff"),
        lambda place: (place / ABOUT).write_text(
            (place / ABOUT).read_text().replace('"keras": "', '"keras": "0')
        ),
    ],
)
def test_what_is_damaged_or_of_other_versions_is_made_again(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    traced = Traced()
    graph = KeptGraphs(tmp_path, traced).of(Path("a"), manifest())
    spoil(graph.parent)
    assert KeptGraphs(tmp_path, traced).of(Path("a"), manifest()).read_text() == "a"
    assert traced.count == 2


@pytest.mark.parametrize("other", [manifest(weights="2"), manifest(encoder_size=64)])
def test_other_weights_or_another_network_under_one_name(tmp_path: Path, other: Manifest) -> None:
    traced = Traced()
    KeptGraphs(tmp_path, traced).of(Path("a"), manifest())
    KeptGraphs(tmp_path, traced).of(Path("a"), other)
    assert traced.count == 2


def test_those_of_other_artifacts_go(tmp_path: Path) -> None:
    graphs = KeptGraphs(tmp_path, Traced())
    for version in ("caption-a", "caption-b", "caption-c"):
        graphs.of(Path(version), manifest(version))
    (tmp_path / ".graph-caption-a-1f2e3d4c").mkdir()  # of a process that was killed at it
    (tmp_path / "index-caption-a.sqlite").touch()
    graphs.keep(["caption-b", "caption-c"])
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"graph-caption-b", "graph-caption-c", "index-caption-a.sqlite"}


def test_a_network_that_cannot_be_traced_leaves_nothing(tmp_path: Path) -> None:
    def refused(artifact: Path, graph: Path) -> None:
        graph.write_text("half")
        raise BadArtifact("no such layer")

    with pytest.raises(BadArtifact, match="no such layer"):
        KeptGraphs(tmp_path, refused).of(Path("a"), manifest())
    assert list(tmp_path.iterdir()) == []
