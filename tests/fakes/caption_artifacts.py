"""Small but real caption artifacts: untrained networks, published as the job publishes trained ones."""

import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from caption_service import decoder, keras_weights, reference, text_space_files
from caption_service.artifact_files import DECODER, ENCODER, VOCABULARY
from caption_service.captioning import Writer
from caption_service.encoder_arguments import EncoderArguments
from caption_service.network import build_encoder
from caption_service.text_space import fit
from caption_service.vocabulary import SPECIAL, Vocabulary
from diversity_contracts.manifest import Golden, Manifest, Preprocessing, new_version
from diversity_contracts.publishing import publish
from diversity_view.preprocess import normalised
from tests.fakes.drawn import draw

# The smallest input an encoder takes, and a network of few layers: it is built in a second.
ENCODER_ARGUMENTS = EncoderArguments("mobilenet", 32)
RULE = Preprocessing(
    size=ENCODER_ARGUMENTS.size, resize="squash", mean=ENCODER_ARGUMENTS.mean, std=ENCODER_ARGUMENTS.std
)
WORDS = (
    "a", "the", "dog", "cat", "bus", "man", "street", "water", "red", "green", "runs", "sits", "on", "in",
    "near", "and", "two", "tree",
)  # fmt: skip
CAPTIONS = [
    f"a {one} {does} near the {place}"
    for one in ("dog", "cat", "bus", "man")
    for does in ("runs", "sits")
    for place in ("street", "water", "tree")
]
MODEL: dict[str, bool | int | float | str] = {
    **ENCODER_ARGUMENTS.to_json(),
    "decoder": "merge",
    "units": 24,
    "embedding_dim": 16,
    "vocabulary_size": len(SPECIAL) + len(WORDS),
    "max_length": 8,
    "text_space": "blend",
}
GOLDEN_NUMBERS = 16


def untrained_decoder(seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Random arrays, large enough that different pictures get different sentences: the features that an
    untrained network gives are thousandths."""
    random = np.random.default_rng(seed)
    arrays = {
        name: random.normal(0, 1.2 if len(shape) > 1 else 0.1, shape).astype(np.float32)
        for name, shape in sorted(decoder.array_shapes(MODEL).items())
    }
    arrays["image.kernel"] *= 15
    return arrays


def untrained_encoder(seed: int = 0) -> keras.Model:
    """Random kernels that keep the size of what goes through them (He et al. 2015, equation 10)."""
    network = build_encoder(ENCODER_ARGUMENTS)
    random = np.random.default_rng(seed)
    for variable in keras_weights.named_weights(network).values():
        if len(variable.shape) > 1:
            height, width, inputs, outputs = variable.shape
            reach = height * width * (1 if outputs == 1 else inputs)  # 1: each channel by itself
            variable.assign(random.normal(0, (2 / reach) ** 0.5, variable.shape))
    with TemporaryDirectory() as place:  # what is served has the file's precision
        keras_weights.save(network, Path(place) / ENCODER, "float16")
        keras_weights.load(network, Path(place) / ENCODER)
    return network


def publish_untrained_caption(
    root: Path,
    *,
    seed: int = 0,
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    arrays: dict[str, NDArray[np.float32]] | None = None,
    golden: Golden | None = None,
    wrong_sentence: str | None = None,
) -> Path:
    """Publish an artifact under `root`; returns its folder.

    Args:
        arrays: another decoder's than the untrained one's, to be refused for.
        golden: another answer to the golden picture `golden.png` than the networks'.
        wrong_sentence: what the artifact claims to write for it.
    """
    network = untrained_encoder(seed)
    vocabulary = Vocabulary((*SPECIAL, *WORDS))
    right = untrained_decoder(seed)
    picture = draw(0)

    def write(folder: Path) -> None:
        keras_weights.save(network, folder / ENCODER, "float16")
        save_file(arrays or right, folder / DECODER)
        (folder / VOCABULARY).write_text(json.dumps(vocabulary.to_json()))
        text_space_files.save(fit(CAPTIONS, "blend", 6), folder)
        reference.save(CAPTIONS, folder)
        picture.save(folder / "golden.png")

    def answer() -> Golden:
        features = np.asarray(network(normalised(picture, RULE)[None], training=False), dtype=np.float32)
        writer = Writer.of(decoder.load(right, MODEL), vocabulary, MODEL)
        return Golden(
            file="golden.png",
            output=features[0, :GOLDEN_NUMBERS].astype(float).tolist(),
            tolerance=1e-4,
            sentence=wrong_sentence or writer.write(features).sentence,
        )

    manifest = Manifest(
        kind="caption",
        version=new_version("caption", now),
        created=now,
        code_revision="test",
        data_fingerprint="0" * 64,
        preprocessing=RULE,
        model=MODEL,
        metrics={"bleu_4": 0.1},
        golden=[golden or answer()],
    )
    return publish(root, manifest, write)
