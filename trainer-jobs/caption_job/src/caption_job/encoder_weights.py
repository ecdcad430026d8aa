"""Where an encoder's weights come from: Keras's download, a package, a file, an artifact, or chance."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

from caption_service import keras_weights
from caption_service.artifact_files import ENCODER
from caption_service.encoder_arguments import EncoderArguments
from caption_service.network import build_encoder
from diversity_contracts.manifest import verify
from job_kit.hashes import check, sha256_of

History = dict[str, Any]
# Beside an encoder.safetensors of this job: how its weights were made.
HISTORY = "encoder.json"
_NAMED = ("none", "imagenet", "package")
_DEVIATION = (0.229, 0.224, 0.225)  # of ImageNet's red, green and blue


def identity(weights: str) -> str:
    """What tells these weights from others: their name, an artifact's version, a file's sha256."""
    path = Path(weights)
    if weights in _NAMED:
        return weights
    return verify(path, "caption").version if path.is_dir() else sha256_of(path)


def obtain(arguments: EncoderArguments, weights: str, sha256: str) -> tuple[keras.Model, History]:
    """The encoder with weights, and the story of how they were made, for the model card.

    `weights` is `none`, `imagenet`, `package`, an artifact's folder, a .safetensors or a .h5 file.
    job_kit.hashes.WrongFile where a file is not the one its sha256 says, ValueError or
    diversity_contracts.manifest.BadArtifact where it does not fit the encoder.
    """
    network = build_encoder(arguments)
    if weights == "none":
        return network, {"kind": "random"}
    if weights == "imagenet":
        _take_over(network, _published(arguments, "imagenet"), arguments)
        return network, {"kind": "imagenet", "seen_imagenet": True, "source": "Keras Applications"}
    if weights == "package":
        from caption_job import lite_weights  # noqa: PLC0415  only this choice needs torch

        lite_weights.load_published(network, arguments.name)
        file = lite_weights.published_file(arguments.name)
        told = {"kind": "imagenet", "seen_imagenet": True, "source": file.name, "sha256": sha256_of(file)}
        return network, told
    path = Path(weights)
    if path.is_dir():
        manifest = verify(path, "caption")
        keras_weights.load(network, path / ENCODER)
        return network, {"kind": "artifact", "version": manifest.version}
    if path.suffix == ".safetensors":
        if sha256:
            check(path, sha256)
        keras_weights.load(network, path)
        return network, _told_beside(path) | {"sha256": sha256_of(path)}
    check(path, sha256)
    _take_over(network, _published(arguments, str(path)), arguments)
    return network, {
        "kind": "imagenet",
        "seen_imagenet": True,
        "source": path.name,
        "sha256": sha256_of(path),
    }


def _published(arguments: EncoderArguments, weights: str) -> keras.Model:
    """Keras Applications' own model without its top. ValueError for an encoder that is none of them."""
    if not arguments.keras_name:
        raise ValueError(f"{arguments.name} is none of Keras Applications: its weights come from a package")
    build = getattr(keras.applications, arguments.keras_name)
    model: keras.Model = build(
        include_top=False, weights=weights, input_shape=(arguments.size, arguments.size, 3)
    )
    return model


def _take_over(network: keras.Model, published: keras.Model, arguments: EncoderArguments) -> None:
    """Give `network` Keras's own weights, so that it computes what Keras computes with them.

    Of EfficientNet B0 to B7 the published weights want one more division, by √deviation, which Keras adds for
    "imagenet" alone and `network.build_encoder` has not: here it goes into the variance, for
    (x − mean) ÷ √variance ÷ √deviation = (x − mean) ÷ √(variance · deviation).
    """
    network.set_weights(published.get_weights())
    for layer in network.layers:
        if isinstance(layer, keras.layers.Normalization) and layer.weights:
            if arguments.keras_name.startswith("EfficientNetB"):
                layer.adapt_variance.assign(layer.adapt_variance * np.asarray(_DEVIATION, np.float32))
            layer.finalize_state()  # it computes with copies of its weights


def _told_beside(path: Path) -> History:
    beside = path.with_name(HISTORY)
    if not beside.exists():
        return {"kind": "file", "source": path.name}
    told: History = json.loads(beside.read_text())
    return told
