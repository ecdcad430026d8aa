"""Whether the caption service's words are the reference's: greedy and by the beam, from inputs and bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from caption_service import beam, loading
from caption_service.captioning import Captioning, Writer
from caption_service.compiled_encoder import CompiledEncoder
from caption_service.kept_graphs import KeptGraphs
from diversity_contracts.manifest import Manifest
from tests.bench.bench_file import at_least
from tests.bench.captioning_reference import PredictedSentences, Tokens


class Service:
    """The service's parts, put together as it puts them together, in full precision."""

    def __init__(self, folder: Path, manifest: Manifest, state: Path, *, threads: int) -> None:
        self.graph = KeptGraphs(state).of(folder, manifest)
        self.encoder = CompiledEncoder(self.graph, manifest.preprocessing, threads=threads)
        self.writer: Writer = loading.load_writer(folder, manifest)
        self._whole = Captioning(self.encoder, self.writer, observe=lambda *_: None)

    def sentence(self, picture: bytes, width: int) -> str:
        """From bytes."""
        return self._whole.one(picture, width).sentence

    def tokens(self, picture: bytes, width: int, reference: PredictedSentences) -> Tokens:
        """Of one picture, as queries come, decoded in full as the reference does."""
        features = self.encoder.encode([reference.prepared([picture])[0]])
        writer = self.writer
        if width == 1:
            return beam.greedy(writer.decoder, features, writer.max_length)[0].tokens
        found = beam.beam(writer.decoder, features, width, writer.max_length, writer.length_penalty)
        return found.tokens

    def words(self, tokens: Tokens) -> str:
        """A sentence of the reference's tokens."""
        return self.writer.vocabulary.decode(tokens)


@dataclass(frozen=True)
class Expected:
    """The reference's sentences of `pictures`, greedy and by the artifact's beam."""

    pictures: Sequence[bytes]
    greedy: Sequence[Tokens]
    beam: Sequence[Tokens]

    @classmethod
    def of(cls, pictures: Sequence[bytes], reference: PredictedSentences, writer: Writer) -> "Expected":
        """Encode once, write twice."""
        features = reference.features(pictures)
        return cls(
            pictures,
            reference.greedy(features),
            reference.beams(features, writer.width, writer.length_penalty),
        )

    def by_width(self, width: int) -> Sequence[Tokens]:
        """Those that the service would write with a beam of `width`, 1 or the artifact's."""
        return self.greedy if width == 1 else self.beam


def identical(service: Service, reference: PredictedSentences, expected: Expected) -> dict[str, float]:
    """Shares of pictures with the reference's sentence: token by token from its own inputs, word for word
    from the bytes."""
    found: dict[str, float] = {}
    for name, width in (("greedy", 1), ("beam", service.writer.width)):
        pairs = list(zip(expected.pictures, expected.by_width(width), strict=True))
        same = [service.tokens(picture, width, reference) == tokens for picture, tokens in pairs]
        served = [service.sentence(picture, width) == service.words(tokens) for picture, tokens in pairs]
        found[f"{name}, the reference's inputs"] = sum(same) / len(same)
        found[f"{name}, from bytes"] = sum(served) / len(served)
    return found


def faults(shares: dict[str, float]) -> list[str]:
    """One for each share that is not 1."""
    return [
        fault for name, share in shares.items() for fault in at_least(f"identical, {name}: share", share, 1)
    ]
