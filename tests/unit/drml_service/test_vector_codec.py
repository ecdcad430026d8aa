"""Vectors as bytes and back."""

import numpy as np
import pytest

from drml_service.vector_codec import VectorCodec


def test_a_vector_comes_back_bit_for_bit() -> None:
    codec, vector = VectorCodec(513), np.random.default_rng(1).normal(size=513).astype(np.float32)
    payload = codec.pack(vector)
    assert payload == vector.astype("<f4").tobytes()
    assert np.array_equal(codec.unpack(payload), vector)
    assert codec.unpack(payload).flags.writeable


@pytest.mark.parametrize("length", [0, 7, 9, 16])
def test_bytes_of_another_length_are_damage(length: int) -> None:
    with pytest.raises(ValueError, match="no vector"):
        VectorCodec(2).unpack(b"\0" * length)
