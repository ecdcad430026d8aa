"""The runtime that serves: the first that can be made and agrees with the golden inputs."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from caption_service.captioning import Encoder
from caption_service.encoder_choice import Runtime, first_sound, forms_of, ranked
from caption_service.precision import LARGEST_DRIFT, Precision
from diversity_contracts.manifest import BadArtifact, Golden
from tests.fakes.captioner import MeanColour
from tests.fakes.drawn import plain
from tests.unit.caption_service.serving.test_kept_graphs import manifest

BOTH: set[Precision] = {"float32", "bfloat16"}
ADMITTED = manifest().model_copy(
    update={"drift": {"bfloat16": 0.0}, "metrics": {"bfloat16_token_agreement": 1.0}}
)
GOLDEN = Golden(file="golden.png", output=[200.0, 50.0, 0.0], tolerance=1e-5)


def test_the_order() -> None:
    keras = ("keras", "float32")
    assert ranked("auto", "auto", manifest(), BOTH) == [("openvino", "float32"), keras]
    assert ranked("auto", "auto", ADMITTED, BOTH) == [
        ("openvino", "bfloat16"),
        ("openvino", "float32"),
        keras,
    ]
    assert ranked("auto", "auto", ADMITTED, set()) == [keras]
    assert ranked("openvino", "float32", ADMITTED, BOTH) == [("openvino", "float32")]
    assert ranked("keras", "bfloat16", ADMITTED, BOTH) == [keras]


def test_what_served_before_another_setting_may_go_on_where_it_is_admitted_and_native() -> None:
    assert forms_of("auto", "auto", ADMITTED, BOTH) == ["bfloat16", "float32"]
    assert forms_of("openvino", "float32", ADMITTED, BOTH) == ["float32", "bfloat16"]
    assert forms_of("auto", "float32", ADMITTED, {"float32"}) == ["float32"]
    assert forms_of("auto", "bfloat16", ADMITTED, {"float32"}) == ["bfloat16", "float32"], "it was asked for"
    assert forms_of("auto", "auto", manifest(), BOTH) == ["float32"]
    assert (
        forms_of("keras", "auto", ADMITTED, BOTH) == forms_of("auto", "auto", ADMITTED, set()) == ["float32"]
    )


class Turned(MeanColour):
    """Colours off by an angle: of cosine distance about `apart` from what was published."""

    def __init__(self, apart: float, precision: Precision) -> None:
        super().__init__()
        self.apart, self.precision = apart, precision

    def encode(self, inputs: Sequence[np.ndarray]) -> np.ndarray:
        off = np.float32(np.sqrt(2 * self.apart) * 206)
        return super().encode(inputs) + np.array([0, 0, off], np.float32)


def asked(folder: Path, made: dict[tuple[Runtime, Precision], Encoder | None]) -> Encoder:
    plain((200, 50, 0)).save(folder / GOLDEN.file)

    def make(_: Path, __: object, runtime: Runtime, precision: Precision) -> Encoder:
        encoder = made[runtime, precision]
        if encoder is None:
            raise BadArtifact(f"{runtime} is not there")
        return encoder

    return first_sound(folder, manifest().model_copy(update={"golden": [GOLDEN]}), list(made), make)


def test_one_that_does_not_agree_or_is_not_there_gives_way(tmp_path: Path) -> None:
    sound = Turned(0.0, "float32")
    made: dict[tuple[Runtime, Precision], Encoder | None] = {
        ("openvino", "bfloat16"): Turned(0.1, "bfloat16"),
        ("openvino", "float32"): None,
        ("keras", "float32"): sound,
    }
    assert asked(tmp_path, made) is sound


def test_less_than_float32_may_be_as_far_as_it_was_admitted_with(tmp_path: Path) -> None:
    near = Turned(LARGEST_DRIFT / 2, "bfloat16")
    assert asked(tmp_path, {("openvino", "bfloat16"): near}) is near
    with pytest.raises(BadArtifact, match="cosine distance"):
        asked(tmp_path, {("openvino", "float32"): Turned(LARGEST_DRIFT / 2, "float32")})


def test_every_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadArtifact, match=r"openvino is not there.*keras is not there"):
        asked(tmp_path, {("openvino", "float32"): None, ("keras", "float32"): None})
