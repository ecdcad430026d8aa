"""What rebuilds the embedding network from code, and the shapes that follow from it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Architecture = Literal["single", "multi-scale"]

TRUNK_DIM = 512
EMBEDDING_DIM = 4096

# The shallow paths of Wang et al. 2014, fig. 3: subsample, one 8x8 convolution of stride 4 with 96 maps, max
# pooling to a 4x4 grid. There the pictures have 225 px and are subsampled 4:1 and 8:1; at the 64 px of Tiny
# ImageNet the same two grids are reached at half the ratios.
SHALLOW_RATIOS = (2, 4)
SHALLOW_MAPS = 96
SHALLOW_GRID = 4
SHALLOW_DIM = len(SHALLOW_RATIOS) * SHALLOW_MAPS * SHALLOW_GRID * SHALLOW_GRID


@dataclass(frozen=True)
class NetworkArguments:
    """What rebuilds the network from code; travels in the artifact's manifest as JSON."""

    architecture: Architecture = "single"
    embedding_dim: int = EMBEDDING_DIM
    normalise: bool = False
    mirror: bool = False

    def __post_init__(self) -> None:
        if self.architecture not in get_args(Architecture):
            raise ValueError(f"unknown architecture {self.architecture!r}")
        if self.embedding_dim < 1:
            raise ValueError(f"embedding_dim must be positive, not {self.embedding_dim}")

    @property
    def feature_dim(self) -> int:
        """Columns of W."""
        return TRUNK_DIM if self.architecture == "single" else TRUNK_DIM + SHALLOW_DIM

    @property
    def shallow_ratios(self) -> tuple[int, ...]:
        """How much each shallow path reduces the picture; none in the single network."""
        return SHALLOW_RATIOS if self.architecture == "multi-scale" else ()

    @property
    def rank(self) -> int:
        """r, the length that carries every distance: columns of W, or of [W b] where e is normalised after
        b."""
        return min(self.embedding_dim, self.feature_dim + self.normalise)

    def to_json(self) -> dict[str, bool | int | float | str]:
        """The fields, and the rank that follows from them."""
        return {**asdict(self), "rank": self.rank}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "NetworkArguments":
        """The inverse of `to_json`; a stated rank must agree, a missing one is no matter.

        TypeError on a key that this code does not know, ValueError on a value: a foreign network is never
        half built.
        """
        fields = dict(value)
        stated = fields.pop("rank", None)
        arguments = cls(**fields)
        if stated is not None and stated != arguments.rank:
            raise ValueError(f"rank {stated} stated, {arguments.rank} follows from the other arguments")
        return arguments


_STAGES = (64, 128, 256, 512)
BLOCKS = 2  # of two convolutions each, in every stage


def blocks() -> list[tuple[str, int, int, int]]:
    """ResNet-18's blocks in order: name, maps in, maps out, stride of the first convolution."""
    found, maps = [], _STAGES[0]
    for stage, wide in enumerate(_STAGES):
        for block in range(BLOCKS):
            stride = 2 if stage > 0 and block == 0 else 1
            found.append((f"trunk.layer{stage + 1}.{block}", maps, wide, stride))
            maps = wide
    return found


def tensor_shapes(arguments: NetworkArguments) -> dict[str, tuple[int, ...]]:
    """Every tensor of the state dict but the counters of batch norm, by name."""
    shapes = {"trunk.conv1.weight": (64, 3, 7, 7), **_norm("trunk.bn1", 64)}
    for name, maps, wide, stride in blocks():
        shapes |= {f"{name}.conv1.weight": (wide, maps, 3, 3), **_norm(f"{name}.bn1", wide)}
        shapes |= {f"{name}.conv2.weight": (wide, wide, 3, 3), **_norm(f"{name}.bn2", wide)}
        if stride == 2:
            shapes |= {
                f"{name}.downsample.0.weight": (wide, maps, 1, 1),
                **_norm(f"{name}.downsample.1", wide),
            }
    for path in range(len(arguments.shallow_ratios)):
        shapes |= {
            f"shallow.{path}.conv.weight": (SHALLOW_MAPS, 3, 8, 8),
            f"shallow.{path}.conv.bias": (SHALLOW_MAPS,),
        }
    m, d = arguments.embedding_dim, arguments.feature_dim
    return {**shapes, "embedding.weight": (m, d), "embedding.bias": (m,)}


def _norm(name: str, maps: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.{part}": (maps,) for part in ("weight", "bias", "running_mean", "running_var")}
