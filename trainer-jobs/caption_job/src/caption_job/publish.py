"""Publishing: an evaluated run becomes an immutable artifact, and the current one.

    python -m caption_job.publish --prepared PREP --features FEAT --run-dir RUN --artifacts ARTIFACTS

Needs RUN/evaluation.json of that very decoder. Refuses one whose carried state and whole prefix disagree.
"""

import argparse
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from caption_job import (
    evaluate,
    evaluation,
    feature_files,
    golden,
    model_card,
    pictures,
    precisions,
    prepared,
    sampling,
    trained,
)
from caption_job.prepared import Prepared
from caption_job.sentences import Sentences
from caption_service import keras_weights, reference, text_space_files
from caption_service.artifact_files import DECODER, ENCODER, VOCABULARY
from caption_service.captioning import Writer
from caption_service.decoder import takes_map
from caption_service.network import build_encoder, build_map_encoder
from caption_service.precision import agreement_figure
from diversity_contracts import manifest as contract
from diversity_contracts import publishing
from diversity_view import notices
from job_kit import golden_pictures, journal
from job_kit.hashes import sha256_of
from job_kit.revision import code_revision

_FROM_RUN = ("curves.png", "panels.jpg", "samples.jpg", "samples.json")


class NotPublishable(RuntimeError):
    """A run that must not become an artifact; the message says why."""


def run(
    data: Prepared,
    features: feature_files.Features,
    run_dir: Path,
    artifacts: Path,
    now: datetime,
    *,
    stored: NDArray[np.uint8] | None = None,
) -> Path:
    """Returns the artifact's folder. `now` names it.

    `stored` are the pictures' pixels, rows as in the features: with them each precision is measured, and what
    OpenVINO makes of float32 is held against Keras; without them only float32 may be served.
    """
    document = json.loads((run_dir / "evaluation.json").read_text())
    if document["decoder"] != sha256_of(run_dir / DECODER):
        raise NotPublishable("evaluation.json belongs to another decoder: run caption_job.evaluate again")
    figures: dict[str, float] = document["figures"]
    if figures["prefix_disagreements"]:
        raise NotPublishable(
            f"{figures['prefix_disagreements']:.0f} sentences of {figures['prefix_pictures']:.0f} differ "
            "between carried state and whole prefix"
        )
    model = trained.from_run(run_dir, data)
    knobs = evaluation.Knobs(text_space=document["text_space"], text_dimension=document["text_dimension"])
    space = evaluate.fitted_space(data, knobs)
    rule = contract.Preprocessing(
        size=features.encoder.size, resize="squash", mean=features.encoder.mean, std=features.encoder.std
    )
    arguments = model.arguments | {
        "text_space": document["text_space"],
        "cleaning": data.cleaning,
        "beam": int(figures["beam"]),
        "length_penalty": figures["length_penalty"],
    }
    drawn = golden_pictures.pictures()
    manifest = contract.Manifest(
        kind="caption",
        version=contract.new_version("caption", now),
        created=now,
        code_revision=code_revision(Path(__file__).parent),
        data_fingerprint=data.fingerprint,
        preprocessing=rule,
        model=arguments,
        metrics=figures,
        drift={"float16": features.drift},
        golden=_golden(features, model, arguments, rule, drawn),
    )
    if stored is not None:
        manifest = _measured(data, features, model, manifest, stored)
    card = model_card.render(
        manifest,
        facts(data, features, model.max_length),
        model.state,
        json.loads((run_dir / "samples.json").read_text()),
    )

    def write(folder: Path) -> None:
        shutil.copyfile(features.folder / ENCODER, folder / ENCODER)
        shutil.copyfile(run_dir / DECODER, folder / DECODER)
        (folder / VOCABULARY).write_text(json.dumps(data.words.to_json(), ensure_ascii=False) + "\n")
        text_space_files.save(space, folder)
        reference.save(sampling.sentences(data), folder)
        for name, picture in drawn.items():
            picture.save(folder / name)
        for name in _FROM_RUN:
            shutil.copyfile(run_dir / name, folder / name)
        lines = journal.read(run_dir / "metrics.jsonl")
        (folder / "metrics.json").write_text(json.dumps(lines, indent=1) + "\n")
        (folder / "MODEL_CARD.md").write_text(card)
        for file in folder.iterdir():
            file.chmod(0o644)  # tensors are written for their owner only; the services run as another user

    folder = publishing.publish(artifacts, manifest, write)
    notices.announce(os.environ.get("REDIS_URL", ""), "caption", folder.name)
    return folder


def _measured(
    data: Prepared,
    features: feature_files.Features,
    model: trained.Trained,
    manifest: contract.Manifest,
    stored: NDArray[np.uint8],
) -> contract.Manifest:
    """With what each precision does. NotPublishable where float32 itself would say something else."""
    rows = data.rows("test")[: precisions.MOST]
    if not len(rows):
        return manifest
    writer = Writer.of(model.decoder, model.words, manifest.model)
    found = precisions.measure(
        features.folder / ENCODER, manifest, writer, stored[rows], features.pooled[rows]
    )
    if found.figures.get(agreement_figure("float32"), 1.0) < 1.0:
        raise NotPublishable("OpenVINO and Keras do not say the same in float32")
    return manifest.model_copy(
        update={"drift": manifest.drift | found.drift, "metrics": manifest.metrics | found.figures}
    )


def facts(data: Prepared, features: feature_files.Features, max_length: int) -> dict[str, Any]:
    """What the model card says of the data."""
    test = Sentences.of(data, data.rows("test"), max_length)
    return {
        **{split: len(data.rows(split)) for split in ("train", "val", "test")},
        "captions": sum(len(data.pictures[row].captions) for row in data.rows("train")),
        "words": data.words.size,
        "cleaning": data.cleaning,
        "stored_size": features.stored_size or "unknown",
        "unknown_share": 1 - test.known_share,
    }


def _golden(
    features: feature_files.Features,
    model: trained.Trained,
    arguments: trained.Arguments,
    rule: contract.Preprocessing,
    drawn: dict[str, Image.Image],
) -> list[contract.Golden]:
    build = build_map_encoder if takes_map(arguments) else build_encoder
    network = build(features.encoder)
    keras_weights.load(network, features.folder / ENCODER)
    writer = Writer.of(model.decoder, model.words, arguments)
    return golden.answers(golden.Network(network, rule), writer, drawn)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prepared", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--run-dir", type=Path, required=True)
    parser.add_argument("--artifacts", type=Path, required=True)
    values = parser.parse_args()
    data, features = prepared.load(values.prepared), feature_files.load(values.features)
    stored = pictures.kept(values.prepared, data.fingerprint, features.encoder.size)
    print(run(data, features, values.run_dir, values.artifacts, datetime.now(UTC), stored=stored))


if __name__ == "__main__":
    main()
