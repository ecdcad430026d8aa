"""One step of the long short-term memory (Hochreiter & Schmidhuber 1997) that three decoders share.

Arrays, in Keras' layout, gates side by side in the order input, forget, candidate, output:

    lstm.kernel      (inputs, 4 · units)
    lstm.recurrent   (units, 4 · units)
    lstm.bias        (4 · units,)            the forget gate's initial 1 included

    i, f, o = sigmoid   g = tanh   of   x K + h R + b
    c' = f · c + i · g             h' = o · tanh(c')
"""

import numpy as np

from caption_service.decoder_arrays import Shapes, sigmoid
from caption_service.decoder_state import Float32


def lstm_shapes(inputs: int, units: int) -> Shapes:
    """The arrays' shapes."""
    return {
        "lstm.kernel": (inputs, 4 * units),
        "lstm.recurrent": (units, 4 * units),
        "lstm.bias": (4 * units,),
    }


def lstm_step(gates: Float32, cell: Float32) -> tuple[Float32, Float32]:
    """The new hidden state and cell, each (B, units).

    Args:
        gates: x K + h R + b, (B, 4 · units).
        cell: c, (B, units).
    """
    units = cell.shape[1]
    # Input and forget gate stand side by side: one call for both.
    entering_kept = sigmoid(gates[:, : 2 * units])
    candidate = np.tanh(gates[:, 2 * units : 3 * units])
    new_cell = entering_kept[:, units:] * cell + entering_kept[:, :units] * candidate
    hidden = sigmoid(gates[:, 3 * units :]) * np.tanh(new_cell)
    return hidden, new_cell
