"""Pictures written down one by one, as the columns that the merge works on."""

from collections.abc import Iterable

import numpy as np

from diversity_gateway.ranking import Candidates, Percentiles


def candidates(pictures: Iterable[tuple[str, Percentiles]], views: Iterable[str]) -> Candidates:
    """Percentiles by view, a picture each; one that has no percentile of a view is not held by it."""
    known = list(pictures)
    return Candidates(
        [image_id for image_id, _ in known],
        {
            view: np.array([shares.get(view, np.nan) for _, shares in known], dtype=np.float64)
            for view in views
        },
    )
