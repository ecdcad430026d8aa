"""The calls of the catalogue's map as a view in memory answers them."""

from collections.abc import Mapping

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from diversity_contracts.places import Place, Places, pack_points
from diversity_contracts.problems import UnknownId
from tests.fakes.view_exchange import reply_with

Drawn = Mapping[str, tuple[float, float]]
SENT = (0.25, -0.5)
"""Where every sent picture lies."""


def map_reply(request: Request, drawn: Drawn | None, artifact: str, applied: int) -> Response:
    """The reply of a view on whose map pictures lie as `drawn`; None: it has no map."""
    if drawn is None:
        raise UnknownId("no map")
    if request.method == "POST":
        return reply_with(Place(x=SENT[0], y=SENT[1], artifact=artifact))
    points = np.array(list(drawn.values()), dtype=np.float32).reshape(len(drawn), 2)
    return reply_with(
        Places(
            image_ids=list(drawn),
            points=pack_points(points),
            artifact=artifact,
            count=len(drawn),
            applied=applied,
        )
    )
