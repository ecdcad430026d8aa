"""A map of the vectors' space onto the plane, learned from the reference sample.

Parametric t-SNE (van der Maaten, AISTATS 2009): a small network places the sample so that who is near to
whom in the space is near in the plane, and places any other picture by the same network. Pairs' shares are

    p(j|i) ∝ exp(−‖xᵢ − xⱼ‖² / 2σᵢ²),  σᵢ such that the entropy of p(·|i) is log(perplexity)
    P = (p(j|i) + p(i|j)) / 2n,  Q ∝ 1 / (1 + ‖yᵢ − yⱼ‖²),  least KL(P ‖ Q)

(van der Maaten and Hinton, JMLR 2008, eqs. 1, 3, 4). Noise on the vectors keeps the network from learning
the sample by heart. Trained on 1,200 of the starter's sample it keeps 0.21 of the ten nearest of the other
800; the two main directions (PCA) keep 0.13, the same loss with a linear map 0.13. Without noise the rim is
crowded.
"""

import numpy as np
import torch
from torch import nn

from drml_service.projection import Layer, Projection
from drml_service.search import Float32, Float64

PERPLEXITY = 30.0
HIDDEN = 64
NOISE = 2.0  # deviations of the sample's numbers
STEPS, LEARNING_RATE = 250, 3e-3
EXAGGERATED, EXAGGERATION = 60, 4.0  # the first steps pull harder: groups form before they are laid out
DECAY = 1e-2
BORDER = 0.98  # share of the sample on either axis that the unit square holds
_HALVINGS = 40
_LEAST = 1e-12


def fit(sample: Float32, seed: int = 0) -> Projection:
    """A map from vectors (r,) to the plane, most of `sample` (n, r) in −1..1. Needs 3 pictures or more."""
    centre, spread = sample.mean(0), float(sample.std()) or 1.0
    shares = torch.from_numpy(joint(squares(sample), PERPLEXITY).astype(np.float32))
    inputs = torch.from_numpy(((sample - centre) / spread).astype(np.float32))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        first, last = nn.Linear(sample.shape[1], HIDDEN), nn.Linear(HIDDEN, 2)
        network = nn.Sequential(first, nn.Tanh(), last)
        optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=DECAY)
        rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
        for step in range(STEPS):
            pull = EXAGGERATION if step < EXAGGERATED else 1.0
            loss = divergence(shares * pull, network(inputs + NOISE * torch.randn_like(inputs)))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rates.step()
    hidden, place = _layer(first), _layer(last)
    weight = hidden.weight / spread
    return _scaled(Projection((Layer(weight, hidden.bias - weight @ centre), place)), sample)


def joint(distances: Float64, perplexity: float) -> Float64:
    """P (n, n) of squared distances (n, n); its sum is 1, its diagonal 0."""
    count = len(distances)
    entropy = np.log(min(perplexity, (count - 1) / 3 + 1))
    # The nearest other one is taken off: it changes no share and keeps exp in range.
    apart = distances + np.diag(np.full(count, np.inf))
    apart -= apart.min(1, keepdims=True)
    low, high = np.zeros(count), np.full(count, np.inf)
    precision = 1 / np.maximum(np.median(apart, axis=1), _LEAST)
    for _ in range(_HALVINGS):
        shares = np.exp(-apart * precision[:, None])
        shares /= shares.sum(1, keepdims=True)
        wide = -(shares * np.log(np.maximum(shares, _LEAST))).sum(1) > entropy
        low, high = np.where(wide, precision, low), np.where(wide, high, precision)
        precision = np.where(np.isinf(high), precision * 2, (low + np.where(np.isinf(high), 0, high)) / 2)
    pairs: Float64 = (shares + shares.T) / (2 * count)
    return pairs


def divergence(shares: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """KL(P ‖ Q) of places (n, 2), but for the part that P alone decides."""
    gram = points @ points.T
    lengths = gram.diagonal()
    near = 1 / (1 + (lengths[:, None] + lengths[None] - 2 * gram).clamp_min(0))
    near = near - torch.diag(near.diagonal())
    return (shares * -(near + _LEAST).log()).sum() + shares.sum() * near.sum().log()


def squares(rows: Float32) -> Float64:
    """Squared distances (n, n) between rows (n, d)."""
    wide = rows.astype(np.float64)
    lengths = np.einsum("nd,nd->n", wide, wide)
    apart: Float64 = np.maximum(lengths[:, None] + lengths[None] - 2 * wide @ wide.T, 0.0)
    return apart


def _layer(linear: nn.Linear) -> Layer:
    return Layer(linear.weight.detach().numpy().copy(), linear.bias.detach().numpy().copy())


def _scaled(projection: Projection, sample: Float32) -> Projection:
    """The same map, its last layer stretched to the unit square, both axes alike."""
    places = projection.points(sample)
    middle = np.median(places, axis=0)
    reach = float(np.quantile(np.abs(places - middle).max(1), BORDER)) or 1.0
    last = projection.layers[-1]
    fitted = Layer(
        (last.weight / reach).astype(np.float32), ((last.bias - middle) / reach).astype(np.float32)
    )
    return Projection((*projection.layers[:-1], fitted))
