"""Resumable checkpoints: one safetensors file, replaced atomically, whose header says in JSON what it is.

Tensors: `model.*` and `optimiser.<parameter>.<slot>` (momentum and the like). Header `state`: everything else
that a run needs to go on as if it had never stopped. No pickle. Random state is not kept: every draw of a run
comes from a generator seeded by (seed, epoch, step), so the position is enough.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import tqdm

from drml_job.packed import Packed

FILE_NAME = "checkpoint.safetensors"


def begin(kind: str, knobs: dict[str, Any], data: Packed, network: dict[str, Any]) -> dict[str, Any]:
    """The state of a run before its first step: what it is, and where it stands."""
    return {
        "kind": kind,
        "knobs": knobs,
        "network": network,
        "data": data.index.fingerprint,
        "mean": data.index.mean,
        "std": data.index.std,
        "classes": data.index.classes,
        "epoch": 0,
        "step": 0,
        "loss_sum": 0.0,
        "seconds": 0.0,
    }


def resume(
    path: Path,
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    state: dict[str, Any],
    *,
    amend: bool = False,
) -> dict[str, Any]:
    """Restores the run that `state` begins; ValueError where the checkpoint is of another one.

    `amend` lets knobs differ: the run goes on with the new ones, and the state remembers the old ones and
    where they ended, for the model card.
    """
    _, stored = read(path)
    differing = [key for key in ("kind", "network", "data", "knobs") if stored.get(key) != state[key]]
    if differing == ["knobs"] and amend:
        changed = {
            k: [stored["knobs"].get(k), v] for k, v in state["knobs"].items() if stored["knobs"].get(k) != v
        }
        amendment = {"epoch": stored["epoch"], "step": stored["step"], "changed": changed}
        kept = {"knobs": state["knobs"], "amendments": [*stored.get("amendments", []), amendment]}
        tqdm.write(f"going on with other knobs: {changed}")
        return restore(path, model, optimiser) | kept
    if differing:
        raise ValueError(f"{path} belongs to another run: {', '.join(differing)} differ. Give another folder")
    tqdm.write(f"resuming in epoch {stored['epoch']} at step {stored['step']}")
    return restore(path, model, optimiser)


def save(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= _optimiser_tensors(model, optimiser)
    temporary = path.with_suffix(".tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    # Convolution weights may lie channels-last in memory; the file format knows only the plain order.
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    save_file(plain, temporary, metadata={"state": json.dumps(state)})
    temporary.replace(path)


def restore(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, Any]:
    """Fills model and optimiser, returns the state; RuntimeError where the tensors do not fit the model."""
    tensors, state = read(path)
    model.load_state_dict(_below("model.", tensors))
    slots = _below("optimiser.", tensors)
    for name, parameter in model.named_parameters():
        own = {slot: slots[f"{name}.{slot}"] for slot in _slots_of(name, slots)}
        # A step counter is a scalar and stays as it is; the others follow their parameter's device and
        # layout.
        optimiser.state[parameter] = {
            slot: torch.empty_like(parameter).copy_(tensor) if tensor.shape == parameter.shape else tensor
            for slot, tensor in own.items()
        }
    return state


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """All tensors by name, and the state."""
    with safe_open(path, framework="pt") as opened:
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  not a mapping
        return tensors, json.loads((opened.metadata() or {})["state"])


def _optimiser_tensors(model: nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {
        f"optimiser.{name}.{slot}": value
        for name, parameter in model.named_parameters()
        for slot, value in optimiser.state.get(parameter, {}).items()
        if isinstance(value, Tensor)
    }


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _slots_of(name: str, slots: dict[str, Tensor]) -> list[str]:
    return [key.removeprefix(name + ".") for key in slots if key.rpartition(".")[0] == name]
