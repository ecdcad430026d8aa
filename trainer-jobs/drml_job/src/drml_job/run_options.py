"""The command line that pretraining shares with training."""

import argparse
from pathlib import Path
from typing import Any

from drml_job.progress import SAVE_SECONDS
from job_kit.command_line import add_knobs


def parser(description: str | None, defaults: Any) -> argparse.ArgumentParser:
    """Options for the folders, for how often to save, for changing knobs on the way, and for every knob."""
    result = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    result.add_argument("--packed", type=Path, required=True, help="folder written by prepare")
    result.add_argument(
        "--run-dir", type=Path, required=True, help="folder of this run: checkpoint, metrics, TensorBoard"
    )
    result.add_argument(
        "--checkpoint-seconds", type=float, default=SAVE_SECONDS, help="a killed run loses no more than that"
    )
    result.add_argument("--amend", action="store_true", help="go on with other knobs than the run began with")
    add_knobs(result, defaults)
    return result
