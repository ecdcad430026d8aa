"""`decode.*`: a JPEG of two megapixels to a network's input, beside Pillow's open, convert, resize.

    python -m tests.bench.decoding [--out build] [--pictures 8] [--compared 100] [--data DATA]

`decode.speedup` is for the embedding, `decode.caption_speedup` for the caption view's larger square; the
value is at JPEG quality 85, those at 75 and 95 stand beside it. DATA is photographs; they are
enlarged to two megapixels and get grain at every scale, as none of that size are at hand. Without it,
drawn pictures get the same grain. Processor time of one thread, the arms in turns. The limit is what the
JPEG library takes to decode the file at the scale that is used, nothing resized: most of it is entropy
decoding, which reads every bit of a file whatever is wanted of it, so the bytes a pixel stand beside it. The
cosine is between the embeddings, or features, of two squares, decoded as the service does and in full; below
0.999 the bench fails. In full means Pillow's resize for the embedding, and for both views the resize by the
artifact's rule.
"""

import argparse
import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from caption_service.compiled_encoder import CompiledEncoder
from caption_service.kept_graphs import KeptGraphs
from caption_service.loading import STARTER as WORDS
from diversity_contracts.manifest import Preprocessing, verify
from diversity_contracts.pictures import decode
from diversity_view.preprocess import FILTER, reduction
from drml_service.artifact import STARTER as LOOKS
from drml_service.encoder import NetworkEncoder
from tests.bench.bench_file import WORSE, at_least, finish
from tests.bench.photographs import photographs
from tests.fakes.drawn import draw

PIXELS = 2_000_000
SHAPES = ((1633, 1225), (1225, 1633), (1886, 1061))  # 4:3, upright, 16:9
QUALITIES = (75, 85, 95)
HEADLINE = 85
LEAST_COSINE = 0.999
# Against which whole decode a view is held to that cosine.
HELD = {"drml": ("pillow", "rule"), "caption": ("rule",)}
Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class View:
    """How a view prepares a picture, and what its network makes of prepared ones: rows of numbers."""

    rule: Preprocessing
    prepare: Callable[[Image.Image], Float32]
    answer: Callable[[Sequence[Float32]], NDArray[Any]]


def views(state: Path) -> dict[str, View]:
    """Both, with their starters, in float32 on one thread."""
    looks, words = verify(LOOKS, "drml"), verify(WORDS, "caption")
    encoder = NetworkEncoder.load(LOOKS, looks, threads=1, precision="float32")
    graph = KeptGraphs(state).of(WORDS, words)
    features = CompiledEncoder(graph, words.preprocessing, threads=1)
    return {
        # The embedding: a reduced vector is centred, and cosines are not.
        "drml": View(
            looks.preprocessing, encoder.prepare, lambda inputs: encoder.lift(encoder.encode(inputs))
        ),
        "caption": View(words.preprocessing, features.prepare, features.encode),
    }


def grained(picture: Image.Image, size: tuple[int, int], seed: int) -> Image.Image:
    """`picture` at `size`, with the detail that enlarging cannot give: noise of equal strength an octave."""
    generator = np.random.default_rng(seed)
    pixels = np.asarray(picture.resize(size, Image.Resampling.BICUBIC), dtype=np.float32)
    width, height = size
    for scale in (1, 2, 4, 8):
        coarse = generator.normal(0, 3, (-(-height // scale), -(-width // scale), 1)).astype(np.float32)
        pixels = pixels + coarse.repeat(scale, 0).repeat(scale, 1)[:height, :width]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def jpegs(pictures: Sequence[bytes], count: int, qualities: Sequence[int]) -> Iterator[bytes]:
    """`count` files of two megapixels, always the same for the same pictures; qualities take turns."""
    for number in range(count):
        picture = (
            decode(pictures[number % len(pictures)]).image if pictures else draw(number, size=(320, 240))
        )
        buffer = io.BytesIO()
        quality = qualities[number % len(qualities)]
        grained(picture, SHAPES[number % 3], number).save(buffer, "JPEG", quality=quality)
        yield buffer.getvalue()


def plain(data: bytes, rule: Preprocessing) -> Image.Image:
    """What anybody would write: open, convert, resize."""
    whole, size = Image.open(io.BytesIO(data)).convert("RGB"), (rule.size, rule.size)
    return whole.resize(size, FILTER) if rule.resize == "squash" else ImageOps.fit(whole, size, FILTER)


def decoded_alone(data: bytes, rule: Preprocessing) -> None:
    """The library's part alone, at the scale that `decode` takes."""
    with Image.open(io.BytesIO(data)) as source:
        factor = reduction(rule).factor((float(source.width), float(source.height)))
        source.draft(None, (source.width // factor, source.height // factor))
        source.load()


def took_ms(call: Callable[[], object]) -> float:
    started = time.process_time()
    call()
    return (time.process_time() - started) * 1000


def cosines(view: View, files: Sequence[bytes]) -> dict[str, list[float]]:
    """Between what the network makes of each file as the service decodes it and in full: made small by
    Pillow's plain resize, and by the rule that the artifact was trained with."""

    def unit(squares: Sequence[Image.Image]) -> NDArray[np.float64]:
        inputs = [view.prepare(square) for square in squares]
        parts = [view.answer(inputs[start : start + 32]) for start in range(0, len(inputs), 32)]
        found = np.concatenate(parts).astype(np.float64)
        lengths: NDArray[np.float64] = found / np.linalg.norm(found, axis=1, keepdims=True)
        return lengths

    ours = unit([decode(file, reduction=reduction(view.rule)).image for file in files])
    whole = {
        "pillow": unit([plain(file, view.rule) for file in files]),
        "rule": unit([decode(file).image for file in files]),
    }
    return {name: (ours * other).sum(1).tolist() for name, other in whole.items()}


def speed(view: View, files: Sequence[bytes], rounds: int) -> dict[str, float]:
    """Milliseconds of the two arms, and of the library alone, over files of one quality."""
    ways: dict[str, Callable[[bytes], object]] = {
        "pillow_ms": lambda file: view.prepare(plain(file, view.rule)),
        "ours_ms": lambda file: view.prepare(decode(file, reduction=reduction(view.rule)).image),
        "decoder_limit_ms": lambda file: decoded_alone(file, view.rule),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for file in files:
            for name, way in ways.items():
                took[name].append(took_ms(partial(way, file)))
    medians = {name: statistics.median(times) for name, times in took.items()}
    return medians | {"speedup": medians["pillow_ms"] / medians["ours_ms"]}


def measure(asked: argparse.Namespace, found: dict[str, View]) -> list[dict[str, Any]]:
    """An entry for each view."""
    pictures = photographs(asked.data, max(asked.pictures, asked.compared))
    by_quality: dict[str, dict[int, dict[str, float]]] = {name: {} for name in found}
    bytes_a_pixel = {}
    for quality in QUALITIES:
        files = list(jpegs(pictures, asked.pictures, [quality]))
        bytes_a_pixel[quality] = statistics.mean(map(len, files)) / PIXELS
        for name, view in found.items():
            by_quality[name][quality] = speed(view, files, asked.rounds)
    files = list(jpegs(pictures, asked.compared, QUALITIES))
    alike = {name: cosines(view, files) for name, view in found.items()}
    detail = {
        "data": "photographs, enlarged, with grain" if pictures else "drawn pictures with grain",
        "quality": HEADLINE,
        "bytes_a_pixel": bytes_a_pixel,
        "compared": asked.compared,
        "pictures": asked.pictures,
        "rounds": asked.rounds,
        "threads": 1,
        "time": "of the processor",
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
    }
    return [
        entry(name, detail | {"size": found[view].rule.size}, by_quality[view], alike[view], HELD[view])
        for name, view in (("decode.speedup", "drml"), ("decode.caption_speedup", "caption"))
    ]


def entry(
    name: str,
    detail: dict[str, Any],
    by_quality: dict[int, dict[str, float]],
    alike: dict[str, list[float]],
    held: Sequence[str],
) -> dict[str, Any]:
    """One view's, with what is wrong with it where a cosine that it is held to is too small."""
    least = {way: min(cosine) for way, cosine in alike.items()}
    own = by_quality[HEADLINE]
    return {
        "name": name,
        "value": own["speedup"],
        "unit": "x",
        "baseline": own["pillow_ms"],
        "ours": own["ours_ms"],
        "detail": detail
        | {
            WORSE: [
                fault
                for way in held
                for fault in at_least(f"the least cosine, {way}", least[way], LEAST_COSINE)
            ],
            "by_quality": by_quality,
            "least_cosine": least,
            "median_cosine": {way: statistics.median(cosine) for way, cosine in alike.items()},
        },
    }


def main() -> int:
    """Measure, write, print; 1 where a square is not near enough."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--pictures", type=int, default=8, help="of each quality")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--compared", type=int, default=100, help="pictures of the cosine")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as state:
        return finish(measure(asked, views(Path(state))), asked.out)


if __name__ == "__main__":
    sys.exit(main())
