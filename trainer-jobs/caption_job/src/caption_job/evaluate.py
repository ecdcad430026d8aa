"""Evaluating: every figure of a trained captioner on the official test split, with a baseline beside it.

    python -m caption_job.evaluate --prepared PREP --features FEAT --run-dir RUN [--text-space blend]

Greedy and beam 3 and 5; the baseline `other_*` gives every picture the greedy sentence of another one. Prints
the table; writes evaluation.json, sentences.json, samples.json, samples.jpg and panels.jpg into RUN. Samples
and panels are drawn by the seed, not chosen.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caption_job import (
    evaluation,
    feature_files,
    panels,
    pictures,
    prefix_check,
    prepared,
    retrieval,
    trained,
)
from caption_job.figure_table import table
from caption_job.prepared import Prepared, Rows
from caption_service import text_space
from caption_service.artifact_files import DECODER
from caption_service.decoder import takes_map
from job_kit.command_line import add_knobs, knobs_from
from job_kit.hashes import sha256_of

SAMPLES = 20
PANEL_QUERIES, PANEL_LISTED = 6, 4


def run(
    directory: Path, data: Prepared, features: feature_files.Features, run_dir: Path, knobs: evaluation.Knobs
) -> dict[str, float]:
    """All figures; `directory` is the prepared folder, whose stored pictures the sheets show."""
    model = trained.from_run(run_dir, data)
    inputs = features.inputs(takes_map(model.arguments))
    test, val = data.rows("test"), data.rows("val")
    own = np.asarray(inputs[test], np.float32)
    written = {
        "greedy": model.greedy(own),
        "beam3": model.beam(own, 3, knobs.length_penalty),
        "beam5": model.beam(own, 5, knobs.length_penalty),
    }
    figures = evaluation.word_figures(data, inputs, model)
    for name, sentences in written.items():
        figures |= _prefixed(name, evaluation.sentence_figures(data, test, sentences))
    swapped = [written["greedy"][place] for place in evaluation.others(len(test), knobs.seed)]
    figures |= _prefixed("other", evaluation.sentence_figures(data, test, swapped))

    chosen = written.get(f"beam{knobs.beam}") or model.beam(own, knobs.beam, knobs.length_penalty)
    space = fitted_space(data, knobs)
    found_figures, found = evaluation.text_figures(data, space, test, chosen, knobs.seed)
    figures |= _prefixed("test", found_figures)
    of_val = model.beam(np.asarray(inputs[val], np.float32), knobs.beam, knobs.length_penalty)
    figures |= _prefixed("val", evaluation.text_figures(data, space, val, of_val, knobs.seed)[0])

    checked = np.asarray(inputs[test[: knobs.prefix_pictures]], np.float32)
    figures["prefix_pictures"] = float(len(checked))
    whole = trained.network(model.arrays, model.arguments)
    figures["prefix_disagreements"] = float(
        prefix_check.disagreements(model.decoder, whole, checked, model.max_length)
    )
    figures |= {"test_pictures": float(len(test)), "seed": float(knobs.seed), "beam": float(knobs.beam)}
    figures["length_penalty"] = knobs.length_penalty

    stored = pictures.kept(directory, data.fingerprint, features.stored_size or features.encoder.size)
    if stored is None:
        raise FileNotFoundError(
            f"{directory} holds no stored pictures, all of them: run caption_job.features"
        )
    _write_sheets(run_dir, data, stored, _Shown(test, chosen, found), knobs.seed)
    told = {data.pictures[row].path: sentence for row, sentence in zip(test, chosen, strict=True)}
    (run_dir / "sentences.json").write_text(json.dumps(told, indent=0) + "\n")
    document: dict[str, Any] = {
        "decoder": sha256_of(run_dir / DECODER),
        "text_space": knobs.text_space,
        "figures": figures,
    }
    document["text_dimension"] = knobs.text_dimension
    (run_dir / "evaluation.json").write_text(json.dumps(document, indent=2) + "\n")
    print(table(figures))
    return figures


def fitted_space(data: Prepared, knobs: evaluation.Knobs) -> text_space.TextSpace:
    """Of the training split, a picture's captions one document; fewer directions where it has few words.

    ValueError on an unknown kind.
    """
    if knobs.text_space not in text_space.KINDS:
        raise ValueError(f"text-space is one of {', '.join(text_space.KINDS)}, not {knobs.text_space!r}")
    documents = [" ".join(data.pictures[row].cleaned) for row in data.rows("train")]
    words = len({word for document in documents for word in document.split()})
    directions = min(knobs.text_dimension, max(1, min(words, len(documents)) // 2))
    return text_space.fit(documents, knobs.text_space, directions, cleaning=data.cleaning)


def samples(data: Prepared, rows: Rows, sentences: list[str], seed: int) -> list[dict[str, Any]]:
    """Pictures drawn by the seed with their generated sentence and the first human one."""
    count = min(SAMPLES, len(rows))
    drawn = np.sort(np.random.default_rng(seed).choice(len(rows), count, replace=False))
    return [
        {
            "row": int(rows[place]),
            "picture": data.pictures[rows[place]].path.rsplit("/", 1)[-1],
            "generated": sentences[place],
            "human": data.pictures[rows[place]].captions[0],
        }
        for place in drawn
    ]


@dataclass(frozen=True)
class _Shown:
    """Rows of the test split, their sentences, similarities (n, n) of sentences to pictures."""

    rows: Rows
    sentences: list[str]
    found: NDArray[np.float32]


def _write_sheets(run_dir: Path, data: Prepared, stored: NDArray[np.uint8], shown: _Shown, seed: int) -> None:
    """samples.json and .jpg; panels.jpg: queries with what their sentence finds most and least similar."""
    rows, sentences, found = shown.rows, shown.sentences, shown.found
    told = samples(data, rows, sentences, seed)
    (run_dir / "samples.json").write_text(json.dumps(told, indent=1) + "\n")
    cells = [(entry["row"], entry["generated"]) for entry in told]
    lines = [cells[i : i + 5] for i in range(0, len(cells), 5)]
    panels.save(panels.draw(stored, lines, ()), run_dir / "samples.jpg")

    count = min(PANEL_LISTED, len(rows) - 1)
    queries = np.random.default_rng([seed, 1]).choice(len(rows), min(PANEL_QUERIES, len(rows)), replace=False)
    near = retrieval.most_similar(found[queries], queries, count)
    far = retrieval.least_similar(found[queries], queries, count)
    sheet = [
        [
            (int(rows[query]), sentences[query]),
            *[(int(rows[place]), data.pictures[rows[place]].captions[0]) for place in (*left, *right)],
        ]
        for query, left, right in zip(queries, near, far, strict=True)
    ]
    headers = ["query: generated", "most similar", *[""] * (count - 1), "least similar"]
    panels.save(panels.draw(stored, sheet, headers), run_dir / "panels.jpg")


def _prefixed(name: str, figures: dict[str, float]) -> dict[str, float]:
    return {f"{name}_{key}": value for key, value in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prepared", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--run-dir", type=Path, required=True)
    add_knobs(parser, evaluation.Knobs())
    values = parser.parse_args()
    run(
        values.prepared,
        prepared.load(values.prepared),
        feature_files.load(values.features),
        values.run_dir,
        knobs_from(values, evaluation.Knobs()),
    )


if __name__ == "__main__":
    main()
