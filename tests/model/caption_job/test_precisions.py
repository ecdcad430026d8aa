"""Precisions measured: by hand on tokens, and over a real network that is traced and compiled."""

from pathlib import Path

import numpy as np

from caption_job import pictures, precisions
from caption_service import loading
from caption_service.artifact_files import ENCODER
from caption_service.encoder import KerasEncoder
from diversity_contracts.manifest import verify
from tests.fakes.caption_artifacts import publish_untrained_caption
from tests.fakes.drawn import draw


def test_the_share_of_tokens_that_are_the_same() -> None:
    expected = {0: (5, 6, 7), 1: (8,)}
    assert precisions.agreement(expected, expected) == 1.0
    # Of four places, ends counted, three agree; of the other sentence's three one: its end stands elsewhere.
    assert precisions.agreement(expected, {0: (5, 9, 7), 1: (8, 9)}) == (3 + 1) / (4 + 3)


def test_a_published_network_beside_keras(tmp_path: Path) -> None:
    folder = publish_untrained_caption(tmp_path)
    manifest = verify(folder, "caption")
    writer = loading.load_writer(folder, manifest)
    stored = np.stack([np.asarray(pictures.squashed(draw(number), 40)) for number in range(24)])
    rule = manifest.preprocessing
    keras = KerasEncoder.load(folder, manifest, threads=1)
    reference = keras.encode(list(pictures.batch(stored, rule.size, rule.mean, rule.std)))
    found = precisions.measure(folder / ENCODER, manifest, writer, stored, reference)
    assert found.drift["float32"] < 1e-6
    assert found.figures["float32_token_agreement"] == 1.0
    assert found.figures["precision_pictures"] == 24
    if "bfloat16" in found.drift:  # where the processor has it
        assert found.drift["float32"] < found.drift["bfloat16"] < 0.1
        assert found.figures["bfloat16_token_agreement"] < 1.0
