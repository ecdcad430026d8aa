"""One picture in every kind of file has one embedding, by the weights that are served from the start."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from diversity_contracts.manifest import verify
from diversity_contracts.pictures import decode
from drml_service.artifact import STARTER
from drml_service.encoder import NetworkEncoder
from tests.fakes.drawn import draw, encoded
from tests.fakes.hostile import every_kind, of_fewer_colours

UPRIGHT = draw(7, size=(160, 120))
SAME = 0.999  # cosine
Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def encoder() -> NetworkEncoder:
    return NetworkEncoder.load(STARTER, verify(STARTER, "drml"), threads=1)


def embedding(encoder: NetworkEncoder, data: bytes) -> NDArray[np.float64]:
    """(m,), of unit length: as a service makes it of bytes."""
    vector = encoder.lift(encoder.encode([encoder.prepare(decode(data).image)]))[0]
    unit: NDArray[np.float64] = vector / np.linalg.norm(vector)
    return unit


def differing(encoder: NetworkEncoder, files: dict[str, tuple[bytes, Image.Image]]) -> dict[str, float]:
    """The cosine of each file that is not the picture it shows."""
    cosines = {
        name: float(embedding(encoder, data) @ embedding(encoder, encoded(shown)))
        for name, (data, shown) in files.items()
    }
    return {name: cosine for name, cosine in cosines.items() if cosine < SAME}


def test_every_kind_of_file_has_the_embedding_of_the_upright_picture(
    encoder: NetworkEncoder, record_property: Record
) -> None:
    files = {name: (data, UPRIGHT) for name, data in every_kind(UPRIGHT).items()}
    files |= of_fewer_colours(UPRIGHT)
    wrong = differing(encoder, files)
    record_property("tried files", len(files))
    record_property("lost embeddings", len(wrong))
    assert wrong == {}


@pytest.mark.parametrize("turn", [Image.Transpose.ROTATE_90, Image.Transpose.FLIP_TOP_BOTTOM])
def test_a_picture_that_is_not_upright_has_another(encoder: NetworkEncoder, turn: Image.Transpose) -> None:
    """So the cosine tells an orientation, a frame and a grey picture from the right one."""
    others = {
        "turned": UPRIGHT.transpose(turn),
        "second frame": draw(3, size=UPRIGHT.size),
        "grey": UPRIGHT.convert("L").convert("RGB"),
    }
    assert differing(encoder, {name: (encoded(image), UPRIGHT) for name, image in others.items()}).keys() == (
        others.keys()
    )
