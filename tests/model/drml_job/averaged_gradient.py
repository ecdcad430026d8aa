"""Under torchrun: each process takes its share of four rows, the first one prints the gradient.

The model is linear, so that the average over the processes must be the gradient of the whole batch; batch
normalisation would see half a batch in each process and hide that.
"""

import json

import torch

from drml_job import distributed

ROWS = torch.tensor([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0], [-2.0, 1.0]])


def gradient_of(model: torch.nn.Module, rows: torch.Tensor) -> list[list[float]]:
    """Of the mean square of what the model makes of rows (N, 2)."""
    model(rows).square().mean().backward()
    parameter = next(model.parameters())
    assert parameter.grad is not None
    return [[float(value) for value in row] for row in parameter.grad]


def linear() -> torch.nn.Linear:
    torch.manual_seed(4)
    return torch.nn.Linear(2, 1, bias=False)


def main() -> None:
    with distributed.joined() as workers:
        found = gradient_of(workers.wrap(linear()), ROWS[workers.rank :: workers.count])
        mean = workers.mean(float(workers.rank), torch.device("cpu"))
        if workers.is_first:
            print(json.dumps({"gradient": found, "count": workers.count, "mean_rank": mean}))


if __name__ == "__main__":
    main()
