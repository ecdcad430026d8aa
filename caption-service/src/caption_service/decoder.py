"""A decoder's protocol: from a picture's features to the probabilities of the next word.

Decoders are numpy only. A state is carried from word to word, and equals running the whole prefix again.
`begin` gives the state before the `<start>` token; the first `step` is given that token in every row.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from caption_service.decoder_arrays import Arguments, Shapes, checked
from caption_service.decoder_attention import AttentionDecoder
from caption_service.decoder_init_inject import InitInjectDecoder
from caption_service.decoder_merge import MergeDecoder
from caption_service.decoder_state import Float32, State
from caption_service.decoder_transformer import TransformerDecoder
from diversity_contracts.manifest import BadArtifact


class Decoder(Protocol):
    """One of the decoder kinds, its weights inside."""

    def begin(self, features: Float32) -> State:
        """The state before the first word.

        Args:
            features: (B, feature_dim), or a map (B, positions, feature_dim) where `takes_map`.
        """
        ...

    def step(self, state: State, tokens: NDArray[np.intp]) -> tuple[Float32, State]:
        """The state after `tokens` (B,), and ln of the next word's probabilities (B, V) before it."""
        ...


_KINDS: dict[str, tuple[Callable[[Arguments], Shapes], Callable[..., Decoder]]] = {
    "merge": (MergeDecoder.shapes, MergeDecoder),
    "init-inject": (InitInjectDecoder.shapes, InitInjectDecoder),
    "attention": (AttentionDecoder.shapes, AttentionDecoder),
    "transformer": (TransformerDecoder.shapes, TransformerDecoder),
}
DECODER_KINDS = tuple(_KINDS)


def array_shapes(arguments: Arguments) -> Shapes:
    """Every array that the decoder of `arguments` (the manifest's `model`) has, with its shape.

    Raises BadArtifact for an unknown kind, a missing or a senseless argument.
    """
    kind = arguments.get("decoder")
    if kind not in _KINDS:
        raise BadArtifact(f"There is no decoder {kind!r}; known are {', '.join(_KINDS)}.")
    return _KINDS[str(kind)][0](arguments)


def load(tensors: Mapping[str, Float32], arguments: Arguments) -> Decoder:
    """The decoder that `arguments` describe.

    Raises BadArtifact as `array_shapes` does, and for an array that is missing, not expected, of another
    shape or type, or not finite.
    """
    arrays = checked(tensors, array_shapes(arguments))
    return _KINDS[str(arguments["decoder"])][1](arrays, arguments)


def takes_map(arguments: Arguments) -> bool:
    """Whether the decoder looks at a feature map, so that the encoder must be `network.build_map_encoder`'s.

    The attention decoder always does; the transformer where `arguments["features"]` is "map".
    """
    return arguments.get("decoder") == "attention" or (
        arguments.get("decoder") == "transformer" and arguments.get("features") == "map"
    )
