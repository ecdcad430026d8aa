"""What the OpenAPI document says of this view beyond the code: examples, and the forms of its bodies."""

import hashlib
from typing import Any

from diversity_contracts import wire
from diversity_contracts.pairs import PairsQuery
from diversity_view.openapi import IDS_PART, JSON_PROBLEMS, QUERY_PROBLEMS, json_body, query_body, replies

DESCRIPTION = (
    "Embeds pictures with the DRML network and searches the catalogue's embeddings, exactly, at both ends: "
    "nearest is similar, farthest is divergent. Distances are Euclidean. A percentile is (pictures closer + "
    "½ · other pictures tied) ÷ other pictures. Errors are `application/problem+json` (RFC 9457)."
)
_ID_QUERY = {"image_id": "animals/fish/coraltrout"}

# Given by the starter over the sample catalogue.
NEIGHBORS = [
    {"image_id": "animals/fish/moonwrasse", "distance": 0.7411790874327446, "percentile": 0.0},
    {
        "image_id": "animals/fish/bluegroper",
        "distance": 0.8968687824699625,
        "percentile": 0.001937984496124031,
    },
]
FAR_NEIGHBORS = [
    {
        "image_id": "food/fruit/sliced_orange",
        "distance": 1.5036201968675806,
        "percentile": 1.0,
        "adjusted": 1.157541706456964,
    },
    {
        "image_id": "food/vegetables/potato",
        "distance": 1.497082390421994,
        "percentile": 0.998062015503876,
        "adjusted": 1.2730331359165088,
    },
]
_STANDING = {"artifact": "drml-20261123T194816Z", "count": 518, "applied": 520}
EXAMPLES: dict[str, dict[str, Any]] = {
    "embed": {"embedding": [0.006575, 0.018809, -0.009155], "artifact": _STANDING["artifact"]},
    "nearest": {"results": NEIGHBORS, **_STANDING},
    "farthest": {"results": FAR_NEIGHBORS, **_STANDING},
    "distances": {"results": [FAR_NEIGHBORS[0], None], **_STANDING},
    "pairwise": {
        "image_ids": ["animals/fish/coraltrout", "food/vegetables/corn"],
        "distances": "Y6GWPw==",
        **_STANDING,
    },
    "projection": {
        "image_ids": ["animals/birds/owl", "food/vegetables/corn"],
        "points": "ZgYAQJr5AMA=",
        **_STANDING,
        "count": 2,
    },
    "place": {"x": 0.1, "y": 1.0, "artifact": _STANDING["artifact"]},
    "changes": {
        "applied": 522,
        "count": 519,
        "refused": [{"image_id": "scan-7", "detail": "The picture is truncated."}],
    },
    "model": {
        "view": "drml",
        "state": "ready",
        "artifact": _STANDING["artifact"],
        "refusal": None,
        "count": 518,
        "applied": 520,
        "catalogue_id": "1e0cb45a88c34ce2a6a7b09f24a1facd",
        "metrics": {"triplet_accuracy": 0.90102, "recall_at_1": 0.3643},
        "dimension": 513,
        "reference": 2_000,
        "runtime": "openvino",
        "precision": "float32",
        "created": "2026-11-23T19:48:16.836626+00:00",
    },
}
BATCH_EXAMPLE = {
    "catalogue_id": "1e0cb45a88c34ce2a6a7b09f24a1facd",
    "after": 520,
    "upto": 522,
    "changes": [
        {
            "seq": 521,
            "image_id": "animals/fish/coraltrout",
            "content_hash": "2e61e728ecb7ccc3937f162bb0c4879286ff2204b345c44a5e9cc0ea84960107",
            "captions": ["A coral trout."],
        },
        {"seq": 522, "image_id": "scan-7", "content_hash": hashlib.sha256(b"scan-7").hexdigest()},
    ],
}


EMBED = replies(EXAMPLES["embed"], "The embedding; the example has the first three numbers.", *QUERY_PROBLEMS)
NEAREST = replies(EXAMPLES["nearest"], "The nearest first.", *QUERY_PROBLEMS, 501)
FARTHEST = replies(EXAMPLES["farthest"], "The farthest first.", *QUERY_PROBLEMS, 501)
DISTANCES = replies(EXAMPLES["distances"], "One entry per id asked for.", *QUERY_PROBLEMS, 501)
PAIRWISE = replies(EXAMPLES["pairwise"], "Those that are indexed, with their distances.", *JSON_PROBLEMS)
PAIRWISE_BODY = json_body(
    PairsQuery, {"image_ids": ["animals/fish/coraltrout", "food/vegetables/corn", "not-there"]}
)
PROJECTION = replies(EXAMPLES["projection"], "Where each picture lies.", 404, 422, 429, 501, 503)
PLACE = replies(EXAMPLES["place"], "Where the picture lies.", *QUERY_PROBLEMS)
QUERY_BODY = query_body(wire.ViewQuery, _ID_QUERY)
DISTANCES_BODY = query_body(
    wire.DistancesQuery,
    {**_ID_QUERY, "image_ids": ["food/fruit/sliced_orange", "not-there"]},
    image_ids=IDS_PART,
)
