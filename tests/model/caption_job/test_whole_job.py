"""The whole job on drawn pictures: what it publishes is what the service loads, with figures that repeat."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from caption_job import (
    add_reference,
    evaluation,
    feature_files,
    prefix_check,
    prepared,
    publish,
    sampling,
    trained,
)
from caption_service import loading, reference
from caption_service.encoder import KerasEncoder
from diversity_contracts import manifest as contract
from diversity_contracts.manifest import Manifest
from job_kit import journal


def load_encoder(folder: Path, manifest: Manifest) -> KerasEncoder:
    return KerasEncoder.load(folder, manifest, threads=1)


@pytest.fixture(scope="module")
def folder(work: Path) -> Path:
    found = contract.current(work / "artifacts", "caption")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def data(work: Path) -> prepared.Prepared:
    return prepared.load(work / "work" / "prepared")


@pytest.fixture(scope="module")
def features(work: Path) -> feature_files.Features:
    return feature_files.load(work / "work" / "features")


def test_it_learned_to_speak(work: Path) -> None:
    lines = journal.read(work / "work" / "train" / "metrics.jsonl")
    assert [line["epoch"] for line in lines] == [0, 1, 2, 3]
    assert lines[2]["val_loss"] < 0.9 * lines[0]["val_loss"]
    assert {"val_cider_greedy", "train_cider_sampled"} < lines[3].keys()
    assert (work / "work" / "train" / "curves.png").stat().st_size > 5000


def test_the_service_loads_it_and_agrees_with_its_golden_inputs(folder: Path) -> None:
    manifest = contract.verify(folder, "caption")
    loaded = loading.load(folder, manifest, load_encoder)
    assert len(manifest.golden) == 3
    assert (loaded.writer.width, loaded.writer.length_penalty) == (3, 0.7)
    assert loaded.space.kind == manifest.model["text_space"] == "lsa"
    assert manifest.model["cleaning"] == loaded.space.cleaning == "default"
    other = manifest.model_copy(update={"model": manifest.model | {"cleaning": "report"}})
    with pytest.raises(contract.BadArtifact, match="cleaning"):
        loading.load_space(folder, other)
    for change in ({"output": manifest.golden[1].output}, {"sentence": "something else"}):
        spoilt = manifest.model_copy(update={"golden": [manifest.golden[0].model_copy(update=change)]})
        with pytest.raises(contract.BadArtifact, match="golden"):
            loading.load(folder, spoilt, load_encoder)


def test_its_reference_sentences_are_training_captions(
    folder: Path, data: prepared.Prepared, tmp_path: Path
) -> None:
    manifest = contract.verify(folder, "caption")
    sample = reference.load(folder, manifest)
    assert sample == tuple(sampling.sentences(data))
    training = {cleaned for row in data.rows("train") for cleaned in data.pictures[row].cleaned}
    assert set(sample) <= training

    older = Path(shutil.copytree(folder, tmp_path / "older"))
    (older / "reference.json").unlink()
    document = json.loads((older / "manifest.json").read_text())
    del document["files"]["reference.json"]
    (older / "manifest.json").write_text(json.dumps(document))
    assert reference.load(older, contract.verify(older, "caption")) is None
    assert add_reference.run(older, data) == manifest
    with pytest.raises(ValueError, match="the artifact's are"):
        add_reference.run(older, replace(data, fingerprint="0" * 64))


def test_the_service_sees_and_says_what_the_job_does(
    work: Path, folder: Path, data: prepared.Prepared, features: feature_files.Features
) -> None:
    manifest = contract.verify(folder, "caption")
    loaded = loading.load(folder, manifest, load_encoder)
    told = json.loads((work / "work" / "train" / "sentences.json").read_text())
    from diversity_contracts.pictures import decode

    for row in data.rows("test")[:5]:
        path = data.pictures[row].path
        picture = decode((work / "drawn" / path).read_bytes()).image
        served = loaded.encoder.encode([loaded.encoder.prepare(picture)])
        assert served[0] == pytest.approx(features.pooled[row], rel=1e-3, abs=1e-4)
        assert loaded.writer.write(served).sentence == told[path]


def test_figures_are_those_of_the_served_decoder(
    work: Path, folder: Path, data: prepared.Prepared, features: feature_files.Features
) -> None:
    manifest = contract.verify(folder, "caption")
    model = trained.from_run(work / "work" / "train", data)
    again = evaluation.word_figures(data, features.pooled, model)
    assert {name: manifest.metrics[name] for name in again} == pytest.approx(again, rel=1e-4)
    sentences = model.greedy(np.asarray(features.pooled[data.rows("test")]))
    own = evaluation.sentence_figures(data, data.rows("test"), sentences)
    assert {name: manifest.metrics[f"greedy_{name}"] for name in own} == pytest.approx(own)
    assert 0 <= manifest.drift["float16"] < 1e-2


def test_carried_state_and_whole_prefix_say_the_same(
    work: Path, data: prepared.Prepared, features: feature_files.Features
) -> None:
    model = trained.from_run(work / "work" / "train", data)
    rows = np.arange(min(200, len(data.pictures)))
    random = np.random.default_rng(0)
    # 200 pictures: the prepared ones, and noise between them for the rest.
    extra = features.pooled[random.integers(0, len(rows), 200 - len(rows))]
    own = np.concatenate([features.pooled[rows], extra * random.uniform(0.5, 1.5, extra.shape)])
    own = own.astype(np.float32)
    whole = trained.network(model.arrays, model.arguments)
    assert prefix_check.disagreements(model.decoder, whole, own, model.max_length) == 0


def test_the_model_card_repeats_the_manifest(folder: Path) -> None:
    manifest = contract.verify(folder, "caption")
    card = (folder / "MODEL_CARD.md").read_text()
    assert f"| bleu_1 | {manifest.metrics['greedy_bleu_1']:.4f} |" in card
    assert "none (random)" in card
    for name in ("curves.png", "panels.jpg", "samples.jpg", "metrics.json"):
        assert name in card
        assert name in manifest.files
    for entry in json.loads((folder / "samples.json").read_text()):
        assert f"| {entry['picture']} | {entry['generated']} |" in card


def test_every_file_can_be_read_by_another_user(folder: Path) -> None:
    assert {path.stat().st_mode & 0o444 for path in folder.iterdir()} == {0o444}


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"decoder": "0" * 64}, "another decoder"), ({"prefix_disagreements": 1.0}, "whole prefix")],
)
def test_what_was_not_evaluated_or_disagrees_is_not_published(  # noqa: PLR0917
    work: Path,
    data: prepared.Prepared,
    features: feature_files.Features,
    tmp_path: Path,
    change: dict[str, object],
    reason: str,
) -> None:
    run = work / "work" / "train"
    document = json.loads((run / "evaluation.json").read_text())
    (tmp_path / "decoder.safetensors").write_bytes((run / "decoder.safetensors").read_bytes())
    document["figures"] |= {name: value for name, value in change.items() if name in document["figures"]}
    document |= {name: value for name, value in change.items() if name in document}
    (tmp_path / "evaluation.json").write_text(json.dumps(document))
    with pytest.raises(publish.NotPublishable, match=reason):
        publish.run(data, features, tmp_path, tmp_path / "artifacts", datetime.now(UTC))
    assert not (tmp_path / "artifacts").exists()
