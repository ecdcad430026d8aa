"""The encoders' published sizes and scalings, and what travels in a manifest."""

import pytest

from caption_service.encoder_arguments import ENCODER_NAMES, EncoderArguments


def normalised(name: str, level: int) -> tuple[float, ...]:
    """What a grey picture's 0..255 level becomes at the network's input."""
    arguments = EncoderArguments(name)
    return tuple((level / 255 - m) / s for m, s in zip(arguments.mean, arguments.std, strict=True))


@pytest.mark.parametrize(
    ("name", "level", "expected"),
    [
        ("xception", 0, (-1, -1, -1)),
        ("xception", 255, (1, 1, 1)),
        ("vgg16", 0, (-123.68, -116.779, -103.939)),
        ("vgg16", 255, (131.32, 138.221, 151.061)),
        ("densenet121", 0, (-2.1179, -2.0357, -1.8044)),
        ("efficientnet_b0", 200, (200, 200, 200)),
        ("efficientnet-lite0", 255, (1, 1, 1)),
        ("efficientnet-lite0", 127, (0, 0, 0)),
    ],
)
def test_inputs_are_scaled_as_the_weights_expect(name: str, level: int, expected: tuple[float, ...]) -> None:
    assert normalised(name, level) == pytest.approx(expected, abs=1e-4)


def test_the_default_encoder_is_the_reports() -> None:
    xception = EncoderArguments("xception")
    assert (xception.size, xception.feature_dim, xception.keras_name) == (299, 2048, "Xception")
    assert xception.mean == xception.std == (0.5, 0.5, 0.5)


def test_only_some_take_blue_first() -> None:
    blue_first = {name for name in ENCODER_NAMES if EncoderArguments(name).reversed_channels}
    assert blue_first == {"vgg16", "vgg19", "resnet50", "resnet101", "resnet152"}


@pytest.mark.parametrize("name", ENCODER_NAMES)
def test_json_both_ways(name: str) -> None:
    for arguments in (EncoderArguments(name), EncoderArguments(name, 96)):
        assert EncoderArguments.from_json({"decoder": "merge", **arguments.to_json()}) == arguments


def test_a_size_need_not_be_stated() -> None:
    assert EncoderArguments.from_json({"encoder": "vgg16", "feature_dim": 512}).size == 224


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"encoder": "alexnet"},
        {"encoder": 5},
        {"encoder": "vgg16", "feature_dim": 2048},
        {"encoder": "vgg16", "encoder_size": 31},
        {"encoder": "vgg16", "encoder_size": "224"},
    ],
)
def test_other_json_is_refused(value: dict[str, int | str]) -> None:
    with pytest.raises(ValueError, match=r"encoder|feature_dim|size"):
        EncoderArguments.from_json(value)
