"""Every decoder against its equations; a carried state against the whole prefix; what a loader refuses."""

import numpy as np
import pytest

from caption_service import decoder
from caption_service.vocabulary import START
from diversity_contracts.manifest import BadArtifact
from tests.unit.caption_service.model_parts.drawn_decoders import (
    WORDS,
    drawn_arguments,
    drawn_arrays,
    drawn_decoder,
    drawn_features,
)
from tests.unit.caption_service.model_parts.naive_decoders import NAIVE

KINDS = decoder.DECODER_KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_has_the_probability_of_the_equations(kind: str) -> None:
    arrays, features = drawn_arrays(kind), drawn_features(kind, 3)
    model = drawn_decoder(kind)
    random = np.random.default_rng(5)
    prefixes = np.full((3, 1), START)
    state = model.begin(features)
    for _ in range(8):
        found, state = model.step(state, prefixes[:, -1])
        assert found.dtype == np.float32
        assert found.shape == (3, WORDS)
        for row in range(3):
            expected = NAIVE[kind](arrays, features[row].astype(np.float64), prefixes[row].tolist())
            np.testing.assert_allclose(found[row], expected, atol=2e-5)
        prefixes = np.column_stack([prefixes, random.integers(0, WORDS, 3)])


@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_are_taken_go_on_as_they_would_have(kind: str) -> None:
    model, features = drawn_decoder(kind), drawn_features(kind, 4)
    _, state = model.step(model.begin(features), np.array([1, 1, 1, 1]))
    _, state = model.step(state, np.array([4, 5, 6, 7]))
    whole, _ = model.step(state, np.array([8, 8, 8, 8]))
    rows = np.array([3, 1, 1])
    taken, _ = model.step(state.take(rows), np.array([8, 8, 8]))
    np.testing.assert_allclose(taken, whole[rows], atol=1e-6)
    assert not np.allclose(whole[3], whole[1], atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_probabilities_add_up_to_one(kind: str) -> None:
    model = drawn_decoder(kind, seed=3)
    found, _ = model.step(model.begin(drawn_features(kind, 5)), np.full(5, START))
    np.testing.assert_allclose(np.exp(found.astype(np.float64)).sum(axis=1), 1, atol=1e-6)


def test_a_transformer_takes_pooled_features_as_a_map_of_one_place() -> None:
    model, features = drawn_decoder("transformer"), drawn_features("transformer", 2)[:, :1]
    as_map, _ = model.step(model.begin(features), np.array([1, 1]))
    pooled, _ = model.step(model.begin(features[:, 0]), np.array([1, 1]))
    assert np.array_equal(as_map, pooled)


def test_a_transformer_ends_at_its_last_position() -> None:
    model = drawn_decoder("transformer")
    state = model.begin(drawn_features("transformer", 1))
    for _ in range(12):
        _, state = model.step(state, np.array([4]))
    with pytest.raises(IndexError):
        model.step(state, np.array([4]))


def test_large_logits_do_not_overflow() -> None:
    arrays = drawn_arrays("merge")
    arrays["output.bias"] = np.linspace(-1e4, 1e4, WORDS, dtype=np.float32)
    model = decoder.load(arrays, drawn_arguments("merge"))
    found, _ = model.step(model.begin(drawn_features("merge", 1)), np.array([START]))
    assert found[0, -1] == 0
    assert np.isfinite(found).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "array", "reason"),
    [
        ("output.bias", None, "missing"),
        ("foreign", np.zeros(1, np.float32), "no array 'foreign'"),
        ("output.bias", np.zeros(3, np.float32), r"expected float32 \(11,\)"),
        ("output.bias", np.zeros(WORDS), "float64"),
        ("output.bias", np.full(WORDS, np.nan, np.float32), "not finite"),
    ],
)
def test_other_arrays_are_refused(kind: str, name: str, array: np.ndarray | None, reason: str) -> None:
    arrays = drawn_arrays(kind)
    arrays.pop(name, None)
    if array is not None:
        arrays[name] = array
    with pytest.raises(BadArtifact, match=reason):
        decoder.load(arrays, drawn_arguments(kind))


@pytest.mark.parametrize(
    ("kind", "changes", "reason"),
    [
        ("merge", {"decoder": "poem"}, "no decoder 'poem'"),
        ("merge", {"units": 0}, "units must be a positive whole number, not 0"),
        ("merge", {"units": True}, "not True"),
        ("merge", {"vocabulary_size": "11"}, "not '11'"),
        ("transformer", {"heads": 4}, "multiple of heads"),
        ("transformer", {"embedding_dim": 5}, "equal its embedding_dim"),
        ("attention", {"feature_dim": 2.0}, "feature_dim"),
    ],
)
def test_other_arguments_are_refused(kind: str, changes: dict[str, int | str], reason: str) -> None:
    with pytest.raises(BadArtifact, match=reason):
        decoder.load(drawn_arrays(kind), {**drawn_arguments(kind), **changes})


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"decoder": "merge", "features": "map"}, False),
        ({"decoder": "init-inject"}, False),
        ({"decoder": "attention"}, True),
        ({"decoder": "transformer"}, False),
        ({"decoder": "transformer", "features": "map"}, True),
    ],
)
def test_which_decoders_look_at_a_map(arguments: dict[str, str], expected: bool) -> None:
    assert decoder.takes_map(arguments) is expected
