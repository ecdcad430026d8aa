"""The journal of a run: one line of figures per epoch, to the screen, to metrics.jsonl and to TensorBoard."""

import json
import time
from pathlib import Path
from types import TracebackType

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tqdm import tqdm

Figures = dict[str, float]


class Journal:
    """Appends to `run_directory`; resuming drops lines of epochs that will be run again.

    Of several processes only the first is active; the others' journals write nothing.
    """

    def __init__(self, run_directory: Path, first_epoch: int, active: bool = True) -> None:
        self._board: EventFileWriter | None = None
        if not active:
            return
        self._path = run_directory / "metrics.jsonl"
        kept = [line for line in read(self._path) if line["epoch"] < first_epoch]
        run_directory.mkdir(parents=True, exist_ok=True)
        self._path.write_text("".join(json.dumps(line) + "\n" for line in kept))
        self._board = EventFileWriter(str(run_directory / "tensorboard"))
        # TensorBoard forgets what earlier files hold from this step on.
        start = SessionLog(status=SessionLog.START)
        self._board.add_event(Event(wall_time=time.time(), step=first_epoch, session_log=start))

    def write(self, epoch: int, figures: Figures) -> None:
        if self._board is None:
            return
        with self._path.open("a") as file:
            file.write(json.dumps({"epoch": epoch, **figures}) + "\n")
        summary = Summary(
            value=[Summary.Value(tag=name, simple_value=value) for name, value in figures.items()]
        )
        self._board.add_event(Event(wall_time=time.time(), step=epoch, summary=summary))
        self._board.flush()
        words = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
        tqdm.write(f"epoch {epoch}  {words}")

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._board is not None:
            self._board.close()


def read(path: Path) -> list[Figures]:
    """All lines of a metrics.jsonl, oldest first; a missing file is an empty journal."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]
