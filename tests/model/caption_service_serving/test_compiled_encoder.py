"""The encoder on OpenVINO, traced by the real program, beside the same weights in Keras."""

from pathlib import Path

import numpy as np
import pytest

from caption_service import encoder_choice, loading
from caption_service.compiled_encoder import CompiledEncoder
from caption_service.encoder import KerasEncoder
from caption_service.kept_graphs import KeptGraphs, traced_apart
from diversity_contracts.manifest import BadArtifact, Manifest, verify
from tests.fakes.caption_artifacts import MODEL, publish_untrained_caption
from tests.fakes.drawn import draw


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    folder = publish_untrained_caption(tmp_path_factory.mktemp("artifacts"))
    return folder, verify(folder, "caption")


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> KeptGraphs:
    return KeptGraphs(tmp_path_factory.mktemp("state"))


def test_features_and_sentences_are_those_of_keras(
    published: tuple[Path, Manifest], graphs: KeptGraphs
) -> None:
    folder, manifest = published
    compiled = CompiledEncoder(graphs.of(folder, manifest), manifest.preprocessing, threads=1)
    keras = KerasEncoder.load(folder, manifest, threads=1)
    writer = loading.load_writer(folder, manifest)
    inputs = [compiled.prepare(draw(number)) for number in range(20)]
    found, expected = compiled.encode(inputs), keras.encode(inputs)
    assert found.shape == expected.shape == (20, MODEL["feature_dim"])
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3 * float(np.abs(expected).max()))
    alone = np.concatenate([compiled.encode([one]) for one in inputs])
    np.testing.assert_allclose(alone, found, rtol=1e-4, atol=1e-7)
    for width in (1, 3):
        sentences = [
            [writer.write(row[None], width).sentence for row in features] for features in (alone, expected)
        ]
        assert sentences[0] == sentences[1]
        assert len(set(sentences[0])) > 3


def test_it_is_what_serves(published: tuple[Path, Manifest], graphs: KeptGraphs) -> None:
    ranked = encoder_choice.ranked("auto", "auto", published[1], encoder_choice.installed_precisions())
    encoder = encoder_choice.first_sound(*published, ranked, encoder_choice.maker(graphs, 1))
    assert (encoder.runtime, encoder.precision) == ("openvino", "float32")


def test_other_weights_than_the_networks_are_refused_with_the_reason(
    tmp_path: Path, published: tuple[Path, Manifest]
) -> None:
    folder, manifest = published
    other = tmp_path / "artifact"
    other.mkdir()
    for name in ("encoder.safetensors", "manifest.json"):
        (other / name).write_bytes((folder / name).read_bytes())
    (other / "encoder.safetensors").write_bytes((folder / "decoder.safetensors").read_bytes())
    with pytest.raises(BadArtifact, match=r"cannot be traced: .*encoder.safetensors lacks"):
        traced_apart(other, tmp_path / "encoder.xml")
    assert manifest.files  # the manifest was read; only the weights are others
