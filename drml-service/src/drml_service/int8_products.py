"""Inner products of codes, by torch's int8 kernel."""

import torch

from drml_service.codes import Int8, Int32


def products(queries: Int8, codes: Int8) -> Int32:
    """d·c, exactly: (k, p) and (n, p) to (k, n).

    A single query runs at the memory's speed; more are multiplied as a matrix.
    """
    result: Int32 = torch._int_mm(torch.from_numpy(queries), torch.from_numpy(codes).T).numpy()
    return result
