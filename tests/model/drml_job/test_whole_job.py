"""The whole job on drawn pictures: what it publishes is what the service loads, with figures that can be
repeated."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from diversity_contracts import manifest as contract
from drml_job import __main__ as job
from drml_job import (
    add_projection,
    add_reference,
    checkpoints,
    devices,
    distributed,
    drawn_dataset,
    evaluate,
    evaluation,
    packed,
    prepare,
    pretrain,
    publish,
    sampling,
    train,
    trained,
)
from drml_job.embedding import embed_rows
from drml_service import projection, reference
from drml_service.encoder import NetworkEncoder

ALONE = distributed.Workers(rank=0, count=1)
FIGURES = evaluation.Knobs(triplets=1000, farthest_queries=50)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One rehearsal, from drawn pictures to an artifact; the tests below look at what it left."""
    root = tmp_path_factory.mktemp("job")
    drawn_dataset.write(root / "data", per_class=60)
    knobs = train.Knobs(start=job.PRETRAIN, mining="batch", normalise=True, classification_weight=1.0)
    plan = job.rehearsal(job.Plan(prepare.Knobs(), pretrain.Knobs(), knobs, FIGURES))
    job.run(root / "data", root / "work", root / "artifacts", plan, ALONE)
    return root


@pytest.fixture(scope="module")
def folder(work: Path) -> Path:
    found = contract.current(work / "artifacts", "drml")
    assert found is not None
    return found


def test_the_service_loads_it_and_agrees_with_its_golden_inputs(folder: Path) -> None:
    manifest = contract.verify(folder, "drml")
    encoder = NetworkEncoder.load(folder, manifest, threads=1)
    assert encoder.dimension == manifest.model["rank"] == 513
    assert len(manifest.golden) == 3
    assert all(len(golden.output) == 32 for golden in manifest.golden)


def test_other_weights_do_not_pass_the_golden_inputs(folder: Path) -> None:
    manifest = contract.verify(folder, "drml")
    spoilt = manifest.golden[0].model_copy(update={"output": manifest.golden[1].output})
    with pytest.raises(contract.BadArtifact, match="golden"):
        NetworkEncoder.load(folder, manifest.model_copy(update={"golden": [spoilt]}), threads=1)


def test_the_service_and_the_job_see_a_picture_alike(work: Path, folder: Path) -> None:
    data = packed.load(work / "work" / "packed")
    rows = data.rows("val")[:5]
    model = trained.from_artifact(folder)
    e = embed_rows(model.network, data, rows, model.shown_on(devices.choose("float32")))
    encoder = NetworkEncoder.load(folder, contract.verify(folder, "drml"), threads=1, precision="float32")
    pictures = [Image.fromarray(np.asarray(data.pictures[row])) for row in rows]
    served = encoder.lift(encoder.encode([encoder.prepare(picture) for picture in pictures]))
    assert served == pytest.approx(e, abs=1e-4)


def test_its_reference_sample_is_what_the_service_would_keep_of_training_pictures(
    work: Path, folder: Path, tmp_path: Path
) -> None:
    data = packed.load(work / "work" / "packed")
    encoder = NetworkEncoder.load(folder, contract.verify(folder, "drml"), threads=1, precision="float32")
    sample = reference.load(folder, contract.verify(folder, "drml"), encoder.dimension)
    chosen = sampling.rows(data)
    assert sample is not None
    assert len(sample) == len(chosen)
    pictures = [Image.fromarray(np.asarray(data.pictures[row])) for row in chosen[:5]]
    served = encoder.encode([encoder.prepare(picture) for picture in pictures])
    assert sample[:5] == pytest.approx(served, abs=2e-3)

    older = Path(shutil.copytree(folder, tmp_path / "older"))
    (older / "reference.safetensors").unlink()
    document = json.loads((older / "manifest.json").read_text())
    del document["files"]["reference.safetensors"]
    (older / "manifest.json").write_text(json.dumps(document))
    assert reference.load(older, contract.verify(older, "drml"), encoder.dimension) is None
    added = add_reference.run(older, data)
    assert added.files.keys() == contract.verify(folder, "drml").files.keys()
    assert added.version == contract.verify(folder, "drml").version
    found = reference.load(older, added, encoder.dimension)
    assert found == pytest.approx(sample, abs=2e-3)
    with pytest.raises(ValueError, match="the artifact's are"):
        add_reference.run(older, replace(data, index=replace(data.index, fingerprint="0" * 64)))


def test_its_map_is_learned_from_the_reference_sample_and_can_be_added_later(
    folder: Path, tmp_path: Path
) -> None:
    manifest = contract.verify(folder, "drml")
    columns = NetworkEncoder.load(folder, manifest, threads=1).dimension
    sample = reference.load(folder, manifest, columns)
    plane = projection.load(folder, manifest, columns)
    assert sample is not None
    assert plane is not None
    assert 0.5 < np.abs(plane.points(sample)).max() < 4

    older = Path(shutil.copytree(folder, tmp_path / "older"))
    (older / "projection.safetensors").unlink()
    document = json.loads((older / "manifest.json").read_text())
    del document["files"]["projection.safetensors"]
    (older / "manifest.json").write_text(json.dumps(document))
    added = add_projection.run(older)
    assert added.version == manifest.version
    again = projection.load(older, added, columns)
    assert again is not None
    # Not the same numbers: it is learned from the sample as it was kept, in half precision.
    assert 0.5 < np.abs(again.points(sample)).max() < 4
    (older / "reference.safetensors").unlink()
    del document["files"]["reference.safetensors"]
    (older / "projection.safetensors").unlink()
    (older / "manifest.json").write_text(json.dumps(document))
    with pytest.raises(ValueError, match="no reference sample"):
        add_projection.run(older)


def test_its_figures_are_those_of_the_served_weights(work: Path, folder: Path, tmp_path: Path) -> None:
    manifest = contract.verify(folder, "drml")
    data = packed.load(work / "work" / "packed")
    again = evaluate.run(data, trained.from_artifact(folder), tmp_path, FIGURES)
    assert {name: manifest.metrics[name] for name in again} == pytest.approx(again, abs=1e-3)
    assert manifest.metrics["self_recall"] == 1.0
    assert 0 < manifest.drift["float16"] < 1e-3
    assert manifest.drift["float32"] < 1e-9
    assert (tmp_path / "panels.jpg").stat().st_size > 5000


def test_the_model_card_repeats_the_manifest(folder: Path) -> None:
    manifest = contract.verify(folder, "drml")
    card = (folder / "MODEL_CARD.md").read_text()
    assert f"| triplet_accuracy | {manifest.metrics['triplet_accuracy']:.4f} |" in card
    assert "size:epochs `32:1`, from scratch" in card
    assert "## Figures: weights from scratch" in card
    assert "ImageNet.**" not in card
    for name in ("curves.png", "panels.jpg", "metrics.json"):
        assert name in card
        assert name in manifest.files


def test_every_file_can_be_read_by_another_user(folder: Path) -> None:
    assert {path.stat().st_mode & 0o444 for path in folder.iterdir()} == {0o444}


def test_a_checkpoint_that_was_not_evaluated_is_not_published(work: Path, tmp_path: Path) -> None:
    run = work / "work" / "train"
    data = packed.load(work / "work" / "packed")
    for name in ("metrics.jsonl", "curves.png", "panels.jpg", checkpoints.FILE_NAME):
        (tmp_path / name).write_bytes((run / name).read_bytes())
    document = json.loads((run / "evaluation.json").read_text())
    document["checkpoint"] = "0" * 64
    (tmp_path / "evaluation.json").write_text(json.dumps(document))
    with pytest.raises(publish.NotPublishable, match="another checkpoint"):
        publish.run(data, tmp_path, tmp_path / "artifacts", datetime.now(UTC))
    assert not (tmp_path / "artifacts").exists()


def test_self_recall_notices_a_network_that_answers_alike_to_everything(work: Path, folder: Path) -> None:
    data = packed.load(work / "work" / "packed")
    model = trained.from_artifact(folder)
    torch.nn.init.zeros_(model.network.embedding.weight)
    torch.nn.init.ones_(model.network.embedding.bias)
    rows = data.rows("val")
    shown = model.shown_on(devices.choose("float32"))
    e = embed_rows(model.network, data, rows, shown)
    assert publish.self_recall(model, data, rows, e, shown) < 0.5
