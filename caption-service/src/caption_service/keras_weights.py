"""A Keras model's weights in safetensors, under names that do not depend on what else was built before.

A name is the layer's and the variable's, `block1_conv1/kernel`. Keras numbers the layers that nobody named
by how many the process has built; here they are numbered by their order in the model, so that the same code
gives the same names everywhere.
"""

import re
from pathlib import Path
from typing import Literal

import keras
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from diversity_contracts.manifest import BadArtifact

Precision = Literal["float16", "float32"]


def save(model: keras.Model, path: Path, dtype: Precision = "float16") -> None:
    """Write the model's weights.

    Matrices and kernels are written in `dtype`, vectors always in float32: they are a hundredth of the bytes,
    and a small variance would vanish in float16.

    Raises ValueError when a weight is not finite in the precision it is written in.
    """
    arrays = {}
    for name, variable in named_weights(model).items():
        wide = np.asarray(keras.ops.convert_to_numpy(variable), np.float32)
        with np.errstate(over="ignore"):
            array = wide.astype(dtype if wide.ndim > 1 else np.float32)
        if not np.isfinite(array).all():
            raise ValueError(f"{name} is not finite in {array.dtype}")
        arrays[name] = np.require(array, requirements="C")  # a single number keeps its shape ()
    save_file(arrays, path)


def load(model: keras.Model, path: Path) -> None:
    """Give the model the weights that `save` wrote, whatever their precision.

    Raises:
        BadArtifact: not such a file, another set of names, another shape, a type that is no float, a number
            that is not finite. The model is then as it was.
    """
    try:
        arrays: dict[str, NDArray[np.generic]] = load_file(path)
    except (OSError, SafetensorError, ValueError, TypeError, KeyError) as error:
        raise BadArtifact(f"{path.name} cannot be read as weights.") from error
    variables = named_weights(model)
    if missing := sorted(variables.keys() - arrays.keys()):
        raise BadArtifact(f"{path.name} lacks {missing[0]!r}.")
    if foreign := sorted(arrays.keys() - variables.keys()):
        raise BadArtifact(f"{path.name} holds {foreign[0]!r}, which the network has not.")
    for name, array in arrays.items():
        expected = tuple(variables[name].shape)
        if array.shape != expected:
            raise BadArtifact(f"{name!r} is {array.shape}, the network's is {expected}.")
        if array.dtype not in (np.float16, np.float32) or not np.isfinite(array).all():
            raise BadArtifact(f"{name!r} holds something else than finite float16 or float32 numbers.")
    for name, array in arrays.items():
        variables[name].assign(array.astype(np.float32))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # it computes with copies of its weights


def named_weights(model: keras.Model) -> dict[str, keras.Variable]:
    """Every weight by its name, in the order of the layers."""
    unnamed: dict[str, int] = {}
    named: dict[str, keras.Variable] = {}
    for layer in model.layers:
        name = layer.name
        kind = _snake_case(type(layer).__name__)
        if re.fullmatch(rf"{kind}(_\d+)?", name):
            name = f"{kind}_{unnamed.setdefault(kind, 0)}"
            unnamed[kind] += 1
        for variable in layer.weights:
            parts = variable.path.split("/")  # a Sequential puts its own name before the layer's
            inner = "/".join(parts[parts.index(layer.name) + 1 :])
            if f"{name}/{inner}" in named:
                raise ValueError(f"two weights have the name {name}/{inner}")
            named[f"{name}/{inner}"] = variable
    return named


def _snake_case(name: str) -> str:
    """Conv2D as Keras writes it in names: conv2d."""
    first = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", first).lower()
