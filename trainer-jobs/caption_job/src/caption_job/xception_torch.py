"""Xception (Chollet 2017, figure 5) in PyTorch, so that it trains fast on a CPU; its weights go into Keras'
network.

Modules carry the names of Keras Applications' layers, its four unnamed shortcuts are `block<n>_shortcut`.
Padding is TensorFlow's, batch norms have Keras' epsilon: the two networks compute the same.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

_EPSILON, _MOMENTUM = 1e-3, 0.01  # PyTorch counts momentum from the other side: Keras' 0.99
_MIDDLE = range(5, 13)
FEATURES = 2048


class Separable(nn.Module):
    """A 3 x 3 convolution of each channel by itself, then one across channels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
        self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.pointwise(self.depthwise(x))
        return out


def norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_EPSILON, momentum=_MOMENTUM)


def pooled_same(x: Tensor) -> Tensor:
    """3 x 3 maxima, stride 2, TensorFlow's "same": an even side is padded at its end only."""
    height, width = x.shape[2:]
    before = (height % 2, width % 2)
    padded = functional.pad(x, (before[1], 1, before[0], 1), value=float("-inf"))
    return functional.max_pool2d(padded, 3, stride=2)


class Xception(nn.Module):
    """(N, 3, S, S) in −1..1 to pooled features (N, 2048)."""

    def __init__(self) -> None:
        super().__init__()
        layers: dict[str, nn.Module] = {}

        def add(name: str, layer: nn.Module, channels: int) -> None:
            layers[name], layers[f"{name}_bn"] = layer, norm(channels)

        add("block1_conv1", nn.Conv2d(3, 32, 3, stride=2, bias=False), 32)
        add("block1_conv2", nn.Conv2d(32, 64, 3, bias=False), 64)
        widths = {2: (64, 128, 128), 3: (128, 256, 256), 4: (256, 728, 728), 13: (728, 728, 1024)}
        for block, (inputs, middle, outputs) in widths.items():
            add(f"block{block}_shortcut", nn.Conv2d(inputs, outputs, 1, stride=2, bias=False), outputs)
            add(f"block{block}_sepconv1", Separable(inputs, middle), middle)
            add(f"block{block}_sepconv2", Separable(middle, outputs), outputs)
        for block in _MIDDLE:
            for number in (1, 2, 3):
                add(f"block{block}_sepconv{number}", Separable(728, 728), 728)
        add("block14_sepconv1", Separable(1024, 1536), 1536)
        add("block14_sepconv2", Separable(1536, FEATURES), FEATURES)
        self.layers = nn.ModuleDict(layers)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self._normed("block1_conv1", x))
        x = functional.relu(self._normed("block1_conv2", x))
        for block in (2, 3, 4):
            x = self._entry(block, x, first_active=block != 2)
        for block in _MIDDLE:
            inner = x
            for number in (1, 2, 3):
                inner = self._normed(f"block{block}_sepconv{number}", functional.relu(inner))
            x = x + inner
        x = self._entry(13, x, first_active=True)
        x = functional.relu(self._normed("block14_sepconv1", x))
        x = functional.relu(self._normed("block14_sepconv2", x))
        return x.mean(dim=(2, 3))

    def _entry(self, block: int, x: Tensor, *, first_active: bool) -> Tensor:
        """A block that halves its sides, with a convolved shortcut."""
        inner = functional.relu(x) if first_active else x
        inner = functional.relu(self._normed(f"block{block}_sepconv1", inner))
        inner = pooled_same(self._normed(f"block{block}_sepconv2", inner))
        return inner + self._normed(f"block{block}_shortcut", x)

    def _normed(self, name: str, x: Tensor) -> Tensor:
        out: Tensor = self.layers[f"{name}_bn"](self.layers[name](x))
        return out


def keras_arrays(network: Xception) -> dict[str, Tensor]:
    """Every weight by the name that caption_service.keras_weights gives it in Keras' network, in Keras'
    layout."""
    arrays: dict[str, Tensor] = {}
    shortcuts = {"block2": 0, "block3": 1, "block4": 2, "block13": 3}
    for name, layer in network.layers.items():
        block, _, role = name.partition("_")
        own = name
        if role == "shortcut":
            own = f"conv2d_{shortcuts[block]}"
        elif role == "shortcut_bn":
            own = f"batch_normalization_{shortcuts[block]}"
        if isinstance(layer, Separable):
            arrays[f"{own}/depthwise_kernel"] = layer.depthwise.weight.permute(2, 3, 0, 1)
            arrays[f"{own}/pointwise_kernel"] = layer.pointwise.weight.permute(2, 3, 1, 0)
        elif isinstance(layer, nn.Conv2d):
            arrays[f"{own}/kernel"] = layer.weight.permute(2, 3, 1, 0)
        elif isinstance(layer, nn.BatchNorm2d):
            moving = {"moving_mean": layer.running_mean, "moving_variance": layer.running_var}
            both = {"gamma": layer.weight, "beta": layer.bias, **moving}
            arrays |= {f"{own}/{part}": value for part, value in both.items() if value is not None}
    return {name: value.detach().to(torch.float32).cpu().contiguous() for name, value in arrays.items()}
