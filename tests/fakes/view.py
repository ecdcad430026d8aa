"""Both kinds of views in memory for contract tests of the gateway: figures are easy to work out.

- FakeView, the DRML one: the mean colour is the embedding.
- FakeCaptionView: the mean brightness makes the sentence; two sentences are as similar as the words they
  share are many among all their words.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL import Image

from diversity_contracts.pictures import decode
from diversity_contracts.wire import (
    CaptionSource,
    Distances,
    Neighbor,
    Ranking,
    Similarities,
    TextNeighbor,
    TextRanking,
    ViewName,
)
from tests.fakes.places import Place
from tests.fakes.view_face import View

Colour = tuple[float, float, float]


def mean_colour(data: bytes) -> Colour:
    """The mean of each channel, 0..255, to two digits: equal for equal pictures, easy to work out by hand."""
    pixels = decode(data).image.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(pixels, tuple)
    return (float(pixels[0]), float(pixels[1]), float(pixels[2]))


@dataclass
class FakeView(View[Colour, Colour]):
    """The DRML view: Euclidean distances between mean colours."""

    artifact: str = "drml-fake-1"
    paths: Mapping[str, str] = field(
        default_factory=lambda: {"near": "/nearest", "far": "/farthest", "measure": "/distances"}
    )

    def encode(self, data: bytes) -> Colour:
        """The mean colour."""
        return mean_colour(data)

    def query_of(self, entry: Colour) -> Colour:
        """The entry is the colour."""
        return entry

    def keep(self, data: bytes, captions: list[str]) -> Colour:
        """The mean colour; words do not matter here."""
        return mean_colour(data)

    def gap(self, query: Colour, entry: Colour) -> float:
        """The distance."""
        return math.dist(query, entry)

    def ranking(self, query: Colour, places: list[Place], representation: str | None) -> Ranking:
        """`/nearest` and `/farthest`."""
        return Ranking(
            results=[self._neighbor(place) for place in places],
            artifact=self.artifact,
            generation=self.generation,
            count=len(self.entries),
            applied=self.applied,
            representation=representation,
        )

    def measures(self, query: Colour, places: list[Place | None]) -> Distances:
        """`/distances`."""
        results = [None if place is None else self._neighbor(place) for place in places]
        return Distances(
            results=results,
            artifact=self.artifact,
            generation=self.generation,
            count=len(self.entries),
            applied=self.applied,
        )

    def _neighbor(self, place: Place) -> Neighbor:
        return Neighbor(
            image_id=place.image_id,
            distance=place.gap,
            percentile=place.percentile,
            adjusted=self.adjusts.get(place.image_id),
        )


@dataclass(frozen=True)
class Described:
    """A picture of the catalogue in words: the sentence written for it, and people's."""

    generated: str
    human: tuple[str, ...]

    def sentences(self) -> tuple[tuple[str, ...], CaptionSource]:
        """People's sentences where there are any, else the one written for it."""
        return (self.human, "human") if self.human else ((self.generated,), "generated")


def sentence_of(data: bytes) -> str:
    """`a dark picture`, `a grey picture` or `a bright picture`, by thirds of the brightness."""
    level = sum(mean_colour(data)) / 3
    return f"a {'dark' if level < 85 else 'grey' if level < 170 else 'bright'} picture"


def overlap(one: str, other: str) -> float:
    """The words two sentences share, as a part of all their words."""
    first, second = set(one.lower().split()), set(other.lower().split())
    return len(first & second) / len(first | second)


@dataclass
class FakeCaptionView(View[str, Described]):
    """The caption view: the sentence is the query's whole representation."""

    artifact: str = "caption-fake-1"
    name: ViewName = "caption"
    paths: Mapping[str, str] = field(
        default_factory=lambda: {"near": "/similar", "far": "/divergent", "measure": "/similarities"}
    )

    def encode(self, data: bytes) -> str:
        """The sentence written for the picture."""
        return sentence_of(data)

    def query_of(self, entry: Described) -> str:
        """A query by id speaks as its bytes would."""
        return entry.generated

    def keep(self, data: bytes, captions: list[str]) -> Described:
        """Both kinds of sentences."""
        return Described(sentence_of(data), tuple(captions))

    def gap(self, query: str, entry: Described) -> float:
        """1 − the largest similarity."""
        return 1 - max(overlap(query, sentence) for sentence in entry.sentences()[0])

    def ranking(self, query: str, places: list[Place], representation: str | None) -> TextRanking:
        """`/similar` and `/divergent`."""
        return TextRanking(
            results=[self._neighbor(query, place) for place in places],
            query_caption=query,
            artifact=self.artifact,
            generation=self.generation,
            count=len(self.entries),
            applied=self.applied,
            representation=representation,
        )

    def measures(self, query: str, places: list[Place | None]) -> Similarities:
        """`/similarities`."""
        return Similarities(
            results=[None if place is None else self._neighbor(query, place) for place in places],
            query_caption=query,
            artifact=self.artifact,
            generation=self.generation,
            count=len(self.entries),
            applied=self.applied,
        )

    def _neighbor(self, query: str, place: Place) -> TextNeighbor:
        sentences, source = self.entries[place.image_id].sentences()
        return TextNeighbor(
            image_id=place.image_id,
            similarity=1 - place.gap,
            percentile=place.percentile,
            adjusted=self.adjusts.get(place.image_id),
            caption=max(sentences, key=lambda sentence: overlap(query, sentence)),
            caption_source=source,
        )
