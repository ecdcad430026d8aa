"""The torch encoder: what it gives is the network's, and a bad artifact never serves."""

from pathlib import Path

import numpy as np
import pytest
import torch

from diversity_contracts.manifest import BadArtifact, verify
from diversity_view.artifact_choice import choose
from drml_service.encoder import NetworkEncoder
from drml_service.network import NetworkArguments
from tests.fakes.artifacts import publish_untrained, untrained
from tests.fakes.drawn import draw

SMALL = NetworkArguments(embedding_dim=96)


def encoder_of(folder: Path) -> NetworkEncoder:
    return NetworkEncoder.load(folder, verify(folder, "drml"), threads=1)


@pytest.mark.parametrize(
    ("arguments", "dimension"),
    [
        (NetworkArguments(embedding_dim=600), 512),
        (NetworkArguments(embedding_dim=600, normalise=True), 513),
        (SMALL, 96),
        (NetworkArguments(architecture="multi-scale", embedding_dim=64), 64),
    ],
)
def test_distances_and_embeddings_are_the_networks(
    tmp_path: Path, arguments: NetworkArguments, dimension: int
) -> None:
    encoder = encoder_of(publish_untrained(tmp_path, arguments=arguments, seed=4))
    inputs = [encoder.prepare(draw(number, size=(50, 40))) for number in range(5)]
    with torch.inference_mode():
        expected = untrained(arguments, seed=4)(torch.from_numpy(np.stack(inputs))).double().numpy()
    vectors = encoder.encode(inputs)
    assert encoder.dimension == dimension
    assert vectors.shape == (5, dimension)
    scale = np.linalg.norm(expected, axis=1).max()
    np.testing.assert_allclose(encoder.lift(vectors), expected, atol=1e-5 * scale)
    for i in range(5):
        wanted = np.linalg.norm(expected - expected[i], axis=1)
        np.testing.assert_allclose(np.linalg.norm(vectors - vectors[i], axis=1), wanted, atol=1e-5 * scale)


def test_half_precision_weights_are_served(tmp_path: Path) -> None:
    weights = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in untrained(SMALL).state_dict().items()
    }
    full = encoder_of(publish_untrained(tmp_path / "a", arguments=SMALL))
    half = encoder_of(publish_untrained(tmp_path / "b", arguments=SMALL, weights=weights))
    inputs = [full.prepare(draw(7))]
    a, b = full.lift(full.encode(inputs))[0], half.lift(half.encode(inputs))[0]
    assert 0 < 1 - a @ b / np.linalg.norm(a) / np.linalg.norm(b) < 1e-4


def other_seed() -> dict[str, torch.Tensor]:
    return dict(untrained(SMALL, seed=1).state_dict())


def one_nan() -> dict[str, torch.Tensor]:
    weights = {name: tensor.clone() for name, tensor in untrained(SMALL).state_dict().items()}
    weights["embedding.weight"][3, 5] = torch.nan
    return weights


def one_missing() -> dict[str, torch.Tensor]:
    return {
        name: tensor for name, tensor in untrained(SMALL).state_dict().items() if name != "embedding.bias"
    }


def another_shape() -> dict[str, torch.Tensor]:
    return dict(untrained(NetworkArguments(embedding_dim=97)).state_dict())


def all_zero() -> dict[str, torch.Tensor]:
    return {name: torch.zeros_like(tensor) for name, tensor in untrained(SMALL).state_dict().items()}


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (other_seed, "cosine distance"),
        (one_nan, "not finite"),
        (one_missing, "cannot be built"),
        (another_shape, "cannot be built"),
        (all_zero, "not a finite embedding"),
    ],
)
def test_weights_that_must_not_serve(tmp_path: Path, weights, said: str) -> None:  # type: ignore[no-untyped-def]
    good = publish_untrained(tmp_path / "starter", arguments=SMALL)
    publish_untrained(tmp_path, arguments=SMALL, weights=weights())
    choice = choose(
        "drml",
        tmp_path,
        lambda artifact: NetworkEncoder.load(artifact.folder, artifact.manifest, threads=1),
        starter=good,
    )
    assert choice.artifact.version == good.name
    assert choice.refusal is not None
    assert said in choice.refusal


def test_a_foreign_network_is_refused(tmp_path: Path) -> None:
    folder = publish_untrained(tmp_path, arguments=SMALL)
    manifest = verify(folder, "drml")
    for model in ({"layers": 3}, {"architecture": "vit"}, {"embedding_dim": 0}):
        with pytest.raises(BadArtifact, match="cannot be built"):
            NetworkEncoder.load(folder, manifest.model_copy(update={"model": model}), threads=1)


def test_a_golden_answer_of_nonsense_is_refused(tmp_path: Path) -> None:
    for golden in ([0.0] * 16, [float("inf")] + [0.0] * 15, [1.0] * 97):
        folder = publish_untrained(tmp_path, arguments=SMALL)
        manifest = verify(folder, "drml")
        entry = manifest.golden[0].model_copy(update={"output": golden})
        with pytest.raises(BadArtifact, match="golden input"):
            NetworkEncoder.load(folder, manifest.model_copy(update={"golden": [entry]}), threads=1)
