"""A Keras network with its optimiser in one safetensors file, so that a run can go on as if never stopped.

Tensors: `model.<place>`, `optimiser.<place>` and `seeds.<place>`, the variables in their order. Header
`state`: everything else that the run needs, in JSON. No pickle. Dropout's seeds are kept too; every other
draw of a run comes from a generator seeded by (seed, epoch), so that the position is enough.
"""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

CHECKPOINT, BEST = "checkpoint.safetensors", "best.safetensors"
Tensors = dict[str, NDArray[np.generic]]


def save(path: Path, network: keras.Model, state: dict[str, Any], *, optimiser: bool = True) -> None:
    tensors = _arrays("model", network.weights)
    if optimiser:
        tensors |= _arrays("optimiser", network.optimizer.variables) | _arrays("seeds", _seeds(network))
    write(path, tensors, state)


def restore(path: Path, network: keras.Model, *, optimiser: bool = True) -> dict[str, Any]:
    """Fills network (and optimiser), returns the state; ValueError where the tensors do not fit."""
    tensors, state = read(path)
    _assign("model", network.weights, tensors)
    if optimiser:
        network.optimizer.build(network.trainable_variables)
        _assign("optimiser", network.optimizer.variables, tensors)
        _assign("seeds", _seeds(network), tensors)
    return state


def write(path: Path, tensors: Tensors, state: dict[str, Any]) -> None:
    """Replaced atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    save_file(tensors, temporary, metadata={"state": json.dumps(state)})
    temporary.replace(path)


def read(path: Path) -> tuple[Tensors, dict[str, Any]]:
    """All tensors by name, and the state."""
    with safe_open(path, framework="numpy") as opened:
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  not a mapping
        return tensors, json.loads((opened.metadata() or {})["state"])


def _seeds(network: keras.Model) -> list[keras.Variable]:
    return [variable for variable in network.variables if "seed_generator_state" in variable.path]


def _arrays(kind: str, variables: list[keras.Variable]) -> Tensors:
    return {
        f"{kind}.{place:04d}": np.array(keras.ops.convert_to_numpy(variable), order="C")
        for place, variable in enumerate(variables)
    }


def _assign(kind: str, variables: list[keras.Variable], tensors: Tensors) -> None:
    own = {name: tensor for name, tensor in tensors.items() if name.startswith(f"{kind}.")}
    if len(own) != len(variables):
        raise ValueError(f"{len(own)} tensors for {len(variables)} variables: another {kind}")
    for place, variable in enumerate(variables):
        tensor = own[f"{kind}.{place:04d}"]
        if tensor.shape != tuple(variable.shape):
            raise ValueError(f"{kind} {place}: {tensor.shape}, expected {tuple(variable.shape)}")
        variable.assign(tensor)
