"""The embedding network: shapes, what carries the distances, what its arguments refuse."""

import pytest
import torch
from torch.testing import assert_close

from drml_service.network import Architecture, EmbeddingNetwork, NetworkArguments
from drml_service.vision import resnet18

CASES = [
    NetworkArguments("single", 4096, False),
    NetworkArguments("single", 640, True),
    NetworkArguments("multi-scale", 96, False),
    NetworkArguments("multi-scale", 96, True),
]


def network(arguments: NetworkArguments) -> EmbeddingNetwork:
    torch.manual_seed(0)
    return EmbeddingNetwork(arguments).eval()


@pytest.fixture
def pictures() -> torch.Tensor:
    return torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("arguments", CASES, ids=str)
def test_the_embedding_is_linear_in_the_features(arguments: NetworkArguments, pictures: torch.Tensor) -> None:
    built = network(arguments)
    with torch.inference_mode():
        f, e = built.features(pictures), built(pictures)
        assert f.shape == (3, arguments.feature_dim)
        assert e.shape == (3, arguments.embedding_dim)
        linear = f @ built.embedding.weight.T + built.embedding.bias
        if arguments.normalise:
            linear = linear / linear.norm(dim=1, keepdim=True)
        assert_close(e, linear)


def test_the_single_network_is_torchvisions_without_its_head(pictures: torch.Tensor) -> None:
    torch.manual_seed(3)
    reference = resnet18().eval()
    built = network(NetworkArguments(embedding_dim=8))
    tensors = {name: t for name, t in reference.state_dict().items() if not name.startswith("fc.")}
    built.trunk.load_state_dict(tensors)
    reference.fc = torch.nn.Identity()
    with torch.inference_mode():
        assert_close(built.features(pictures), reference(pictures))


def test_the_shallow_paths_see_what_the_deep_one_does_not(pictures: torch.Tensor) -> None:
    built = network(NetworkArguments("multi-scale", 96))
    with torch.inference_mode():
        f = built.features(pictures)
        deep, shallow = f[:, :512], f[:, 512:]
        # Each part has length one, so that neither drowns the other (Wang et al. 2014, sec. 4).
        assert_close(deep.norm(dim=1), torch.ones(3))
        assert_close(shallow.norm(dim=1), torch.ones(3))
        coarse = torch.nn.functional.avg_pool2d(pictures, 4).repeat_interleave(4, 2).repeat_interleave(4, 3)
        # The coarsest path averages 4 x 4 blocks: to it, the picture and its mosaic are the same.
        assert_close(built.shallow[1](coarse), built.shallow[1](pictures), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("side", [32, 48, 64, 225])
@pytest.mark.parametrize("architecture", ["single", "multi-scale"])
def test_any_picture_size_will_do(architecture: Architecture, side: int) -> None:
    built = network(NetworkArguments(architecture, 16))
    with torch.inference_mode():
        assert built(torch.zeros(1, 3, side, side)).shape == (1, 16)


def test_arguments_survive_json_and_carry_the_rank() -> None:
    for arguments in CASES:
        assert NetworkArguments.from_json(arguments.to_json()) == arguments
    assert [arguments.rank for arguments in CASES] == [512, 513, 96, 96]
    assert NetworkArguments.from_json({"embedding_dim": 640}).rank == 512


@pytest.mark.parametrize(
    "value",
    [{"architecture": "vgg"}, {"embedding_dim": 0}, {"depth": 50}, {"embedding_dim": 4096, "rank": 4096}],
)
def test_foreign_arguments_are_refused(value: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        NetworkArguments.from_json(value)
