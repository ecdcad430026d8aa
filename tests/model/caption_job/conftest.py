"""One small run of the whole job on drawn pictures; the tests look at what it left."""

from pathlib import Path

import pytest

from caption_job import __main__ as job
from caption_job import drawn_dataset, evaluation, features, prepare, train


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders drawn, work/prepared, work/features, work/train, artifacts; the encoder is random."""
    root = tmp_path_factory.mktemp("caption-job")
    drawn_dataset.write(root / "drawn", count=160)
    knobs = train.Knobs(
        peak_learning_rate=2e-2, dropout=0.1, self_critical_epochs=1, sampled_words=0.1, label_smoothing=0.05
    )
    plan = job.rehearsal(
        job.Plan(prepare.Knobs(), features.Knobs("mobilenet_v2"), knobs, evaluation.Knobs(text_space="lsa"))
    )
    job.run([root / "drawn"], root / "work", root / "artifacts", plan)
    return root
