"""Which picture encoder an artifact holds, told without any framework.

Keras Applications expects one of four scalings of its input, written here as mean and deviation of values in
0..1 (an input is (value − mean) ÷ deviation):

    tf      −1..1                                        Xception, Inception, MobileNet, NASNet, ResNet V2
    caffe   0..255 less the mean, channels reversed      VGG, ResNet; `network` reverses the channels
    torch   ImageNet's mean and deviation                DenseNet
    raw     0..255, scaled inside the network            EfficientNet, ConvNeXt

EfficientNet-Lite has its own: (255 · value − 127) ÷ 128.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

Triple = tuple[float, float, float]


class _Scaling(NamedTuple):
    mean: Triple
    std: Triple


_UNIT = 1 / 255
_SCALINGS = {
    "tf": _Scaling((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "caffe": _Scaling((123.68 * _UNIT, 116.779 * _UNIT, 103.939 * _UNIT), (_UNIT, _UNIT, _UNIT)),
    "torch": _Scaling((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "raw": _Scaling((0.0, 0.0, 0.0), (_UNIT, _UNIT, _UNIT)),
    "lite": _Scaling((127 * _UNIT, 127 * _UNIT, 127 * _UNIT), (128 * _UNIT, 128 * _UNIT, 128 * _UNIT)),
}


class _Encoder(NamedTuple):
    keras_name: str  # of `keras.applications`; empty for EfficientNet-Lite, which stands in `lite_network`
    feature_dim: int
    size: int
    scaling: str


_ENCODERS = {
    "xception": _Encoder("Xception", 2048, 299, "tf"),
    "vgg16": _Encoder("VGG16", 512, 224, "caffe"),
    "vgg19": _Encoder("VGG19", 512, 224, "caffe"),
    "resnet50": _Encoder("ResNet50", 2048, 224, "caffe"),
    "resnet101": _Encoder("ResNet101", 2048, 224, "caffe"),
    "resnet152": _Encoder("ResNet152", 2048, 224, "caffe"),
    "resnet50_v2": _Encoder("ResNet50V2", 2048, 224, "tf"),
    "resnet101_v2": _Encoder("ResNet101V2", 2048, 224, "tf"),
    "resnet152_v2": _Encoder("ResNet152V2", 2048, 224, "tf"),
    "inception_v3": _Encoder("InceptionV3", 2048, 299, "tf"),
    "inception_resnet_v2": _Encoder("InceptionResNetV2", 1536, 299, "tf"),
    "mobilenet": _Encoder("MobileNet", 1024, 224, "tf"),
    "mobilenet_v2": _Encoder("MobileNetV2", 1280, 224, "tf"),
    "mobilenet_v3_small": _Encoder("MobileNetV3Small", 576, 224, "raw"),
    "mobilenet_v3_large": _Encoder("MobileNetV3Large", 960, 224, "raw"),
    "densenet121": _Encoder("DenseNet121", 1024, 224, "torch"),
    "densenet169": _Encoder("DenseNet169", 1664, 224, "torch"),
    "densenet201": _Encoder("DenseNet201", 1920, 224, "torch"),
    "nasnet_mobile": _Encoder("NASNetMobile", 1056, 224, "tf"),
    "nasnet_large": _Encoder("NASNetLarge", 4032, 331, "tf"),
    "efficientnet_b0": _Encoder("EfficientNetB0", 1280, 224, "raw"),
    "efficientnet_b1": _Encoder("EfficientNetB1", 1280, 240, "raw"),
    "efficientnet_b2": _Encoder("EfficientNetB2", 1408, 260, "raw"),
    "efficientnet_b3": _Encoder("EfficientNetB3", 1536, 300, "raw"),
    "efficientnet_b4": _Encoder("EfficientNetB4", 1792, 380, "raw"),
    "efficientnet_b5": _Encoder("EfficientNetB5", 2048, 456, "raw"),
    "efficientnet_b6": _Encoder("EfficientNetB6", 2304, 528, "raw"),
    "efficientnet_b7": _Encoder("EfficientNetB7", 2560, 600, "raw"),
    "efficientnet_v2_b0": _Encoder("EfficientNetV2B0", 1280, 224, "raw"),
    "efficientnet_v2_b1": _Encoder("EfficientNetV2B1", 1280, 240, "raw"),
    "efficientnet_v2_b2": _Encoder("EfficientNetV2B2", 1408, 260, "raw"),
    "efficientnet_v2_b3": _Encoder("EfficientNetV2B3", 1536, 300, "raw"),
    "efficientnet_v2_s": _Encoder("EfficientNetV2S", 1280, 384, "raw"),
    "efficientnet_v2_m": _Encoder("EfficientNetV2M", 1280, 480, "raw"),
    "efficientnet_v2_l": _Encoder("EfficientNetV2L", 1280, 480, "raw"),
    "convnext_tiny": _Encoder("ConvNeXtTiny", 768, 224, "raw"),
    "convnext_small": _Encoder("ConvNeXtSmall", 768, 224, "raw"),
    "convnext_base": _Encoder("ConvNeXtBase", 1024, 224, "raw"),
    "convnext_large": _Encoder("ConvNeXtLarge", 1536, 224, "raw"),
    "convnext_xlarge": _Encoder("ConvNeXtXLarge", 2048, 224, "raw"),
    "efficientnet-lite0": _Encoder("", 1280, 224, "lite"),
    "efficientnet-lite1": _Encoder("", 1280, 240, "lite"),
    "efficientnet-lite2": _Encoder("", 1280, 260, "lite"),
}
ENCODER_NAMES = tuple(_ENCODERS)


@dataclass(frozen=True)
class EncoderArguments:
    """What rebuilds an encoder from code; travels in the artifact's manifest.

    Attributes:
        name: one of `ENCODER_NAMES`.
        size: side of the square input in pixels; 0 takes the one that the encoder was published with.

    Raises ValueError for a name that is not known here or a size below 32, the least every encoder takes.
    """

    name: str
    size: int = 0

    def __post_init__(self) -> None:
        if self.name not in _ENCODERS:
            raise ValueError(f"unknown encoder {self.name!r}; known are {', '.join(ENCODER_NAMES)}")
        if self.size == 0:
            object.__setattr__(self, "size", _ENCODERS[self.name].size)
        if self.size < 32:
            raise ValueError(f"an encoder's size must be 32 at least, not {self.size}")

    @property
    def keras_name(self) -> str:
        """The class in `keras.applications`; empty for EfficientNet-Lite."""
        return _ENCODERS[self.name].keras_name

    @property
    def feature_dim(self) -> int:
        """Numbers of a picture's pooled features, and the depth of its feature map."""
        return _ENCODERS[self.name].feature_dim

    @property
    def mean(self) -> Triple:
        """Per channel (red, green, blue), of values in 0..1."""
        return _SCALINGS[_ENCODERS[self.name].scaling].mean

    @property
    def std(self) -> Triple:
        """Per channel (red, green, blue), of values in 0..1."""
        return _SCALINGS[_ENCODERS[self.name].scaling].std

    @property
    def reversed_channels(self) -> bool:
        """Whether the published weights expect blue first; `network` reverses them, callers never do."""
        return _ENCODERS[self.name].scaling == "caffe"

    def to_json(self) -> dict[str, bool | int | float | str]:
        """This encoder's part of `manifest.model`."""
        return {"encoder": self.name, "feature_dim": self.feature_dim, "encoder_size": self.size}

    @classmethod
    def from_json(cls, value: Mapping[str, bool | int | float | str]) -> Self:
        """The inverse of `to_json`; the decoder's keys are passed over, `encoder_size` may be missing.

        Raises ValueError for a missing or unknown encoder, or another feature_dim than the encoder's.
        """
        name, size = value.get("encoder"), value.get("encoder_size", 0)
        if not isinstance(name, str) or not isinstance(size, int):
            raise ValueError("encoder must be a name and encoder_size a whole number")
        arguments = cls(name, size)
        stated = value.get("feature_dim", arguments.feature_dim)
        if stated != arguments.feature_dim:
            raise ValueError(f"feature_dim {stated} stated, {name} has {arguments.feature_dim}")
        return arguments
