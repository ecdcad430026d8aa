"""`decode.speedup`: a JPEG of two megapixels to the network's square, beside Pillow's open, convert, resize.

    python -m tests.bench.decoding [--out build] [--pictures 24] [--compared 300] [--data DIR]

`--data` is a folder of photographs; they are enlarged to two megapixels and get grain at every scale, as none
of that size are at hand. Without it, drawn pictures get the same grain. The cosine is between the embeddings
of the two squares. Processor time of one thread, the arms in turns. The limit is entropy decoding, which
reads every bit of a file whatever is wanted of it; so the bytes a pixel stand beside the figure.
"""

import argparse
import io
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from diversity_contracts.manifest import verify
from diversity_contracts.pictures import decode
from diversity_view.preprocess import FILTER, reduction
from drml_service.artifact import STARTER
from drml_service.encoder import NetworkEncoder
from tests.bench.kept_answers import merge
from tests.fakes.drawn import draw

PIXELS = 2_000_000
SHAPES = ((1633, 1225), (1225, 1633), (1886, 1061))  # 4:3, upright, 16:9
QUALITIES = (75, 85, 90)


def grained(picture: Image.Image, size: tuple[int, int], seed: int) -> Image.Image:
    """`picture` at `size`, with the detail that enlarging cannot give: noise of equal strength an octave."""
    generator = np.random.default_rng(seed)
    pixels = np.asarray(picture.resize(size, Image.Resampling.BICUBIC), dtype=np.float32)
    width, height = size
    for scale in (1, 2, 4, 8):
        coarse = generator.normal(0, 3, (-(-height // scale), -(-width // scale), 1)).astype(np.float32)
        pixels = pixels + coarse.repeat(scale, 0).repeat(scale, 1)[:height, :width]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def jpegs(data: Path | None, count: int, quality: int) -> Iterator[bytes]:
    """`count` files of two megapixels, always the same for the same data."""
    paths = (
        sorted(path for path in data.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg"}) if data else []
    )
    chosen = paths[:: max(1, len(paths) // count)][:count]
    for number in range(count):
        picture = (
            Image.open(chosen[number % len(chosen)]).convert("RGB")
            if chosen
            else draw(number, size=(320, 240))
        )
        buffer = io.BytesIO()
        grained(picture, SHAPES[number % 3], number).save(buffer, "JPEG", quality=quality)
        yield buffer.getvalue()


def plain(data: bytes, side: int) -> Image.Image:
    """What anybody would write: open, convert, resize."""
    return ImageOps.fit(Image.open(io.BytesIO(data)).convert("RGB"), (side, side), FILTER)


def took_ms(call: Callable[[], object]) -> float:
    started = time.process_time()
    call()
    return (time.process_time() - started) * 1000


def cosines(encoder: NetworkEncoder, a: list[Image.Image], b: list[Image.Image]) -> NDArray[np.float64]:
    """Between the embeddings of the squares `a` and `b`, one for one."""

    def embeddings(squares: list[Image.Image]) -> NDArray[np.float64]:
        inputs = [encoder.prepare(square) for square in squares]
        parts = [encoder.encode(inputs[start : start + 32]) for start in range(0, len(inputs), 32)]
        found = encoder.lift(np.concatenate(parts))
        unit: NDArray[np.float64] = found / np.linalg.norm(found, axis=1, keepdims=True)
        return unit

    found: NDArray[np.float64] = (embeddings(a) * embeddings(b)).sum(1)
    return found


def speed(
    data: Path | None, count: int, quality: int, encoder: NetworkEncoder, rounds: int
) -> dict[str, Any]:
    """Milliseconds of the two arms at one quality of JPEG."""
    files, ways = list(jpegs(data, count, quality)), reduction(encoder.rule)

    def pillows(file: bytes) -> object:
        return encoder.prepare(plain(file, encoder.rule.size))

    def reduced(file: bytes) -> object:
        return encoder.prepare(decode(file, reduction=ways).image)

    ours, theirs = list[float](), list[float]()
    for _ in range(rounds):
        for file in files:
            theirs.append(took_ms(partial(pillows, file)))
            ours.append(took_ms(partial(reduced, file)))
    return {
        "quality": quality,
        "bytes_a_pixel": statistics.mean(map(len, files)) / PIXELS,
        "pillow_ms": statistics.median(theirs),
        "ours_ms": statistics.median(ours),
        "speedup": statistics.median(theirs) / statistics.median(ours),
    }


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--pictures", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--compared", type=int, default=300, help="pictures of the cosine")
    asked = parser.parse_args()
    encoder = NetworkEncoder.load(STARTER, verify(STARTER, "drml"), threads=1, precision="float32")
    speeds = [speed(asked.data, asked.pictures, quality, encoder, asked.rounds) for quality in QUALITIES]
    pairs = [
        (plain(file, encoder.rule.size), decode(file, reduction=reduction(encoder.rule)).image)
        for file in jpegs(asked.data, asked.compared, QUALITIES[1])
    ]
    found = cosines(encoder, [whole for whole, _ in pairs], [ours for _, ours in pairs]).tolist()
    usual = speeds[0]
    entry = {
        "name": "decode.speedup",
        "value": usual["speedup"],
        "unit": "x",
        "baseline": usual["pillow_ms"],
        "ours": usual["ours_ms"],
        "detail": {
            "data": "photographs, enlarged, with grain" if asked.data else "drawn pictures with grain",
            "by_quality": speeds,
            "least_cosine": min(found),
            "median_cosine": statistics.median(found),
            "compared": len(found),
            "threads": 1,
            "time": "of the processor",
            "cores": os.cpu_count(),
            "load_average": os.getloadavg()[0],
        },
    }
    merge(entry, asked.out / "bench.json")
    print(json.dumps(entry, ensure_ascii=False))


if __name__ == "__main__":
    main()
