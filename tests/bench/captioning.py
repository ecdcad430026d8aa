"""`caption.speedup` and `caption.ms`: from a picture's bytes to its sentence.

    python -m tests.bench.captioning [--out build] [--rounds 15] [--pictures 200] [--data DIR] [--threads N]

speedup: the service's own parts beside Keras' `predict` for every word over the whole prefix, the same
weights and picture, both greedy, both on so many threads, one after the other in every round. For the starter
and for Xception, whose weights are random: its time counts, not its words. The starter's tokens are compared
over `--pictures` in the same run. ms: a JPEG to the running service, its starter, by the artifact's beam and
greedily, beside the 6 to 7 seconds of the report. Writes into bench.json.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import keras
import numpy as np
import threadpoolctl  # type: ignore[import-untyped]  # ships no types
from safetensors.numpy import save_file

from caption_service import beam, decoder, keras_weights, loading
from caption_service.artifact_files import DECODER, ENCODER, VOCABULARY
from caption_service.captioning import Captioning, Writer
from caption_service.compiled_encoder import CompiledEncoder
from caption_service.encoder_arguments import EncoderArguments
from caption_service.kept_graphs import KeptGraphs
from caption_service.network import build_encoder
from diversity_contracts.manifest import MANIFEST, Manifest, Preprocessing, verify
from tests.bench.captioning_reference import PredictedSentences, Tokens
from tests.bench.kept_answers import merge
from tests.fakes.drawn import drawn
from tests.fakes.view_process import serving

SIZE = (500, 375)  # of Flickr8k's pictures before it was packed
REPORTED_MS = 6_500.0  # "6-7 seconds"
JPEG = {"content-type": "image/jpeg"}


class Service:
    """The service's parts, put together as it puts them together."""

    def __init__(self, folder: Path, manifest: Manifest, state: Path, *, threads: int) -> None:
        graph = KeptGraphs(state).of(folder, manifest)
        self.encoder = CompiledEncoder(graph, manifest.preprocessing, threads=threads)
        self.writer: Writer = loading.load_writer(folder, manifest)
        self._whole = Captioning(self.encoder, self.writer, observe=lambda *_: None)

    def sentence(self, picture: bytes, width: int) -> str:
        """From bytes."""
        return self._whole.one(picture, width).sentence

    def tokens(self, pictures: Sequence[bytes], reference: PredictedSentences) -> list[Tokens]:
        """One picture at a time, as queries come, decoded in full as the reference does."""
        inputs = (reference.prepared([picture])[0] for picture in pictures)
        features = (self.encoder.encode([one]) for one in inputs)
        longest = self.writer.max_length
        return [beam.greedy(self.writer.decoder, one, longest)[0].tokens for one in features]


def took_ms(ask: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds on the clock, and of this process's processors."""
    started, worked = time.perf_counter(), time.process_time()
    ask()
    return (time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000


def compared(
    service: Service, reference: PredictedSentences, pictures: Sequence[bytes], rounds: int
) -> dict[str, float]:
    """Medians of both arms over `rounds`, after one that warms both up."""
    arms: dict[str, Callable[[bytes], object]] = {
        "predict": reference.one,
        "greedy": lambda picture: service.sentence(picture, 1),
        "beam": lambda picture: service.sentence(picture, service.writer.width),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in arms}
    for number, picture in enumerate(islice(cycle(pictures), rounds + 1)):
        for name, ask in arms.items():
            found = took_ms(lambda ask=ask, picture=picture: ask(picture))  # type: ignore[misc]  # bound now
            if number:
                times[name].append(found)
    medians = {
        f"{name}_{kind}_ms": statistics.median(found[place] for found in taken)
        for name, taken in times.items()
        for place, kind in enumerate(("wall", "processor"))
    }
    for kind in ("wall", "processor"):
        pairs = zip(times["predict"], times["greedy"], strict=True)
        place = ("wall", "processor").index(kind)
        medians[f"speedup_{kind}"] = statistics.median(slow[place] / fast[place] for slow, fast in pairs)
    return medians


def untrained(starter: Path, known: Manifest, folder: Path, name: str) -> Manifest:
    """Another encoder with random weights under the starter's kind of decoder: of an artifact what the
    networks need."""
    arguments = EncoderArguments(name)
    rule = Preprocessing(size=arguments.size, resize="squash", mean=arguments.mean, std=arguments.std)
    model = {**known.model, **arguments.to_json()}
    folder.mkdir()
    network: keras.Model = build_encoder(arguments)
    keras_weights.save(network, folder / ENCODER)
    random = np.random.default_rng(0)
    shapes = decoder.array_shapes(model)
    arrays = {name: random.normal(0, 0.1, shape).astype(np.float32) for name, shape in shapes.items()}
    save_file(arrays, folder / DECODER)
    (folder / VOCABULARY).write_bytes((starter / VOCABULARY).read_bytes())
    files = {ENCODER: "random"}
    manifest = known.model_copy(
        update={"version": f"caption-{name}", "model": model, "preprocessing": rule, "files": files}
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json())
    return manifest


def over_http(folder: Path, pictures: Sequence[bytes], rounds: int, threads: int) -> dict[str, float]:
    """Median milliseconds of `POST /caption` with pictures that nobody sent before."""
    times: dict[str, list[float]] = {"": [], "?beam=1": []}
    with serving("caption_service", folder, THREADS=str(threads)) as service:
        for number in range(rounds + 1):
            for place, (query, taken) in enumerate(times.items()):
                fresh = _said_anew(pictures[number % len(pictures)], 2 * number + place)
                started = time.perf_counter()
                reply = service.client.post(f"/caption{query}", content=fresh, headers=JPEG)
                if number:
                    taken.append((time.perf_counter() - started) * 1000)
                reply.raise_for_status()
    return {"beam_ms": statistics.median(times[""]), "greedy_ms": statistics.median(times["?beam=1"])}


def _said_anew(picture: bytes, number: int) -> bytes:
    """The same JPEG with a comment in it."""
    return picture[:2] + b"\xff\xfe\x00\x0a" + number.to_bytes(8, "big") + picture[2:]


def entries(asked: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """The contract's two entries."""
    found = sorted(asked.data.rglob("*.jp*g")) if asked.data else []
    pictures = [path.read_bytes() for path in found[: asked.pictures]] or [
        drawn(number, size=SIZE, kind="JPEG") for number in range(asked.pictures)
    ]
    starter, known = loading.STARTER, verify(loading.STARTER, "caption")
    threadpoolctl.threadpool_limits(limits=1, user_api="blas")
    common = {
        "pictures": f"{len(pictures)} {'of ' + str(asked.data) if found else 'drawn ones'}",
        "threads": asked.threads,
        "rounds": asked.rounds,
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
    }
    http = over_http(folder, pictures, asked.rounds, asked.threads)
    service = Service(starter, known, folder / "state", threads=asked.threads)
    reference = PredictedSentences(starter, known, threads=asked.threads)
    times = compared(service, reference, pictures, asked.rounds)
    tokens = zip(service.tokens(pictures, reference), reference.many(pictures), strict=True)
    agreeing = [ours == theirs for ours, theirs in tokens]
    other = untrained(starter, known, folder / "xception", "xception")
    xception = compared(
        Service(folder / "xception", other, folder / "state", threads=asked.threads),
        PredictedSentences(folder / "xception", other, threads=asked.threads),
        pictures,
        asked.rounds,
    )
    speedup = {
        "name": "caption.speedup",
        "value": times["speedup_wall"],
        "unit": "x",
        "baseline": times["predict_wall_ms"],
        "ours": times["greedy_wall_ms"],
        "detail": {
            **common,
            "encoder": known.model["encoder"],
            "starter": times,
            "identical_sentences": sum(agreeing) / len(agreeing),
            "xception_random_weights": xception,
        },
    }
    whole = {
        "name": "caption.ms",
        "value": http["beam_ms"],
        "unit": "ms",
        "baseline": REPORTED_MS,
        "ours": http["beam_ms"],
        "detail": {**common, **http, "beam": service.writer.width, "baseline": "the report's 6 to 7 seconds"},
    }
    return [speedup, whole]


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for entry in entries(asked, Path(folder)):
            merge(entry, asked.out / "bench.json")
            print(json.dumps(entry, ensure_ascii=False))


if __name__ == "__main__":
    main()
