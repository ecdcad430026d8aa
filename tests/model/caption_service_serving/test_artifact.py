"""A real artifact: published, loaded, refused when anything about it is not what was published."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from caption_service import loading
from caption_service.captioning import Captioning
from caption_service.encoder import KerasEncoder
from caption_service.loading import Loaded
from diversity_contracts.manifest import BadArtifact, Golden, Manifest, verify
from diversity_view.artifact_choice import choose
from tests.fakes.caption_artifacts import MODEL, publish_untrained_caption, untrained_decoder
from tests.fakes.drawn import drawn


def load(folder: Path, manifest: Manifest) -> Loaded:
    return loading.load(folder, manifest, lambda place, said: KerasEncoder.load(place, said, threads=1))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_untrained_caption(tmp_path_factory.mktemp("artifacts"))


@pytest.fixture(scope="module")
def loaded(published: Path) -> Loaded:
    return load(published, verify(published, "caption"))


def test_pictures_get_sentences_of_the_vocabulary_not_all_the_same(loaded: Loaded) -> None:
    captioning = Captioning(loaded.encoder, loaded.writer, observe=lambda *_: None)
    pictures = [drawn(number) for number in range(12)]
    sentences = [captioning.one(picture).sentence for picture in pictures]
    assert len(set(sentences)) >= 3
    assert all(set(sentence.split()) <= set(loaded.writer.vocabulary.words[4:]) for sentence in sentences)
    together = captioning.written(pictures)
    assert [getattr(found, "sentence", None) for found in together] == sentences


def test_features_do_not_depend_on_the_batch(loaded: Loaded) -> None:
    inputs = [np.full((32, 32, 3), value, np.float32) for value in (-1, 0.2, 1)]
    together = loaded.encoder.encode(inputs)
    assert together.shape == (3, MODEL["feature_dim"])
    for row, one in enumerate(inputs):
        np.testing.assert_allclose(loaded.encoder.encode([one])[0], together[row], rtol=1e-4, atol=1e-7)


def damaged(name: str, value: float) -> Callable[[], dict[str, NDArray[np.float32]]]:
    def make() -> dict[str, NDArray[np.float32]]:
        arrays = untrained_decoder()
        arrays[name] = np.full_like(arrays[name], value)
        return arrays

    return make


def one_missing() -> dict[str, NDArray[np.float32]]:
    arrays = untrained_decoder()
    del arrays["output.bias"]
    return arrays


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        (damaged("hidden.bias", np.nan), "not finite"),
        (damaged("embedding", 0.0), "sentence for the golden input"),
        (one_missing, "missing"),
    ],
)
def test_a_decoder_that_must_not_serve(
    tmp_path: Path, published: Path, arrays: Callable[[], dict[str, NDArray[np.float32]]], said: str
) -> None:
    publish_untrained_caption(tmp_path, arrays=arrays())
    choice = choose("caption", tmp_path, lambda it: load(it.folder, it.manifest), starter=published)
    assert choice.artifact.version == published.name
    assert choice.refusal is not None
    assert said in choice.refusal


def test_a_golden_answer_that_differs_is_refused(tmp_path: Path, published: Path) -> None:
    right = verify(published, "caption").golden[0]
    numbers = [*right.output[1:], right.output[0]]
    for day, golden in enumerate(
        (
            right.model_copy(update={"output": numbers}),
            right.model_copy(update={"sentence": "a dog"}),
            Golden(file="golden.png", output=[0.0] * 16, tolerance=1e-4),
        )
    ):
        now = datetime(2026, 1, day + 2, tzinfo=UTC)
        folder = publish_untrained_caption(tmp_path, now=now, golden=golden)
        with pytest.raises(BadArtifact, match="golden input"):
            load(folder, verify(folder, "caption"))


@pytest.mark.parametrize(
    "over", [{"encoder": "vit"}, {"encoder_size": 64}, {"decoder": "gru"}, {"units": "many"}]
)
def test_a_foreign_network_is_refused(published: Path, over: dict[str, str | int]) -> None:
    manifest = verify(published, "caption")
    with pytest.raises(BadArtifact):
        load(published, manifest.model_copy(update={"model": {**manifest.model, **over}}))


def test_the_files_are_none_that_carry_code(published: Path) -> None:
    names = {path.name for path in published.iterdir()}
    assert names == {
        "encoder.safetensors", "decoder.safetensors", "vocabulary.json", "text_space.safetensors",
        "text_space.json", "reference.json", "golden.png", "manifest.json",
    }  # fmt: skip
    assert json.loads((published / "vocabulary.json").read_text())["words"][:2] == ["<pad>", "<start>"]
