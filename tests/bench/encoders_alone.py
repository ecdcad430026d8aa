"""One view's encoder without its service: `python -m tests.bench.encoders_alone drml|caption THREADS`.

A child of `ingesting`. For each line `FIRST COUNT` on standard input it makes those pictures and says
`ready`; at the next line it encodes them in batches as the service does, and says how many seconds that took.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from diversity_contracts.manifest import Kind
from diversity_view.artifact_choice import verified
from diversity_view.metrics import Metrics
from diversity_view.state_folder import StateFolder
from tests.bench.asking import picture

BATCH = 32
Encode = Callable[[Sequence[bytes]], Sequence[Any]]


def encoder_of(kind: Kind, folder: Path) -> Encode:
    """Bytes to what the view keeps of them, by the starter."""
    state, metrics = StateFolder.hold(folder), Metrics(kind)
    if kind == "drml":
        from drml_service import main as drml
        from drml_service.artifact import STARTER as LOOKS
        from drml_service.index import FaissSearcher
        from drml_service.settings import Settings as DrmlSettings

        own = DrmlSettings(state=folder)
        searcher = FaissSearcher()
        looks = verified(LOOKS, kind)
        form = drml.served_forms(looks, settings=own)[0]
        engine = drml.build(looks, state, form, searcher=searcher, settings=own, metrics=metrics)
        return engine._encoding.vectors
    from caption_service import main as caption
    from caption_service.loading import STARTER as WORDS
    from caption_service.settings import Settings as CaptionSettings

    settings = CaptionSettings(state=folder)
    words = verified(WORDS, kind)
    form = caption.served_forms(words, settings=settings)[0]
    return caption.build(words, state, form, settings=settings, metrics=metrics)._captioning.written


def main() -> None:
    """Until standard input ends."""
    kind, os.environ["THREADS"] = sys.argv[1], sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        encode = encoder_of("drml" if kind == "drml" else "caption", Path(folder))
        print("ready", flush=True)
        for line in sys.stdin:
            first, count = map(int, line.split())
            pictures = [picture(first + number) for number in range(count)]
            print("ready", flush=True)
            sys.stdin.readline()
            started = time.perf_counter()
            for start in range(0, count, BATCH):
                encode(pictures[start : start + BATCH])
            print(time.perf_counter() - started, flush=True)


if __name__ == "__main__":
    main()
