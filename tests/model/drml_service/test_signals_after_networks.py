"""A network that one thread made and another let go leaves the first able to take a signal."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as op

from caption_service.compiled_encoder import CompiledEncoder, native
from diversity_contracts.manifest import Preprocessing
from drml_service.openvino_network import OpenVinoNetwork, supported

TAKEN = "taken"
RULE = Preprocessing(size=8, resize="squash", mean=(0, 0, 0), std=(1, 1, 1))


def network(view: str, folder: Path) -> object:
    """The smallest graph there is, compiled as a service does it."""
    given = op.parameter(ov.PartialShape([-1, 2]), ov.Type.f32)
    graph = ov.Model([op.multiply(given, np.full((1, 2), 2, np.float32))], [given], "doubled")
    if view == "drml":
        return OpenVinoNetwork(graph, threads=1, precision="float32")
    ov.save_model(graph, folder / "doubled.xml")
    return CompiledEncoder(folder / "doubled.xml", RULE, threads=1)


def take_a_signal(view: str, folder: str) -> None:
    """What a service does between its start, another generation, and a stop."""
    held = [network(view, Path(folder))]
    with ThreadPoolExecutor(1) as other:
        other.submit(supported if view == "drml" else native).result()
        other.submit(held.clear).result()
    signal.signal(signal.SIGTERM, lambda *_: print(TAKEN, flush=True))
    signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize("view", ["drml", "caption"])
def test_nothing_is_left_where_signals_are_taken(view: str, tmp_path: Path) -> None:
    program = f"from {__name__} import take_a_signal; take_a_signal({view!r}, {str(tmp_path)!r})"
    root = Path(__file__).parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout.split()) == (0, [TAKEN]), ended.stderr
