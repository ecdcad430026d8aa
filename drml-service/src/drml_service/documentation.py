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
_ID_QUERY = {"image_id": "animals/birds/owl"}

NEIGHBORS = [
    {"image_id": "animals/birds/owl", "distance": 0.0, "percentile": 0.0},
    {"image_id": "animals/birds/parrot", "distance": 8.402, "percentile": 0.00186},
]
FAR_NEIGHBORS = [
    {"image_id": "vehicles/road/fire_engine", "distance": 31.27, "percentile": 1.0, "adjusted": 2.07},
    {"image_id": "food/fruit/orange", "distance": 30.94, "percentile": 0.99814, "adjusted": 2.41},
]
_STANDING = {"artifact": "drml-20261123T101500Z", "count": 538, "applied": 538}
EXAMPLES: dict[str, dict[str, Any]] = {
    "embed": {"embedding": [0.114, -1.023, 0.508], "artifact": "drml-20261123T101500Z"},
    "nearest": {"results": NEIGHBORS, **_STANDING},
    "farthest": {"results": FAR_NEIGHBORS, **_STANDING},
    "distances": {"results": [FAR_NEIGHBORS[0], None], **_STANDING},
    "pairwise": {
        "image_ids": ["animals/birds/owl", "vehicles/road/fire_engine"],
        "distances": "AACgPw==",
        **{name: _STANDING[name] for name in ("artifact", "count", "applied")},
    },
    "projection": {
        "image_ids": ["animals/birds/owl", "vehicles/road/fire_engine"],
        "points": "ZgYAQJr5AMA=",
        **_STANDING,
        "count": 2,
    },
    "place": {"x": 0.1, "y": 1.0, "artifact": "drml-20261123T101500Z"},
    "changes": {
        "applied": 540,
        "count": 539,
        "refused": [{"image_id": "scan-7", "detail": "The picture is truncated."}],
    },
    "model": {
        "view": "drml",
        "state": "ready",
        "artifact": "drml-20261123T101500Z",
        "refusal": None,
        "count": 538,
        "applied": 538,
        "catalogue_id": "0b0cf1c2-5f0e-4e3e-9d2a-0f6f0f8a3c11",
        "metrics": {"triplet_accuracy": 0.95},
        "dimension": 512,
        "reference": 2_000,
        "runtime": "openvino",
        "precision": "bfloat16",
        "runtime_note": None,
        "created": "2026-11-23T10:15:00+00:00",
    },
}
BATCH_EXAMPLE = {
    "catalogue_id": "0b0cf1c2-5f0e-4e3e-9d2a-0f6f0f8a3c11",
    "after": 538,
    "upto": 540,
    "changes": [
        {
            "seq": 539,
            "image_id": "animals/birds/owl",
            "content_hash": hashlib.sha256(b"owl").hexdigest(),
        },
        {"seq": 540, "image_id": "scan-7", "content_hash": hashlib.sha256(b"scan-7").hexdigest()},
    ],
}


EMBED = replies(EXAMPLES["embed"], "The embedding.", *QUERY_PROBLEMS)
NEAREST = replies(EXAMPLES["nearest"], "The nearest first.", *QUERY_PROBLEMS, 501)
FARTHEST = replies(EXAMPLES["farthest"], "The farthest first.", *QUERY_PROBLEMS, 501)
DISTANCES = replies(EXAMPLES["distances"], "One entry per id asked for.", *QUERY_PROBLEMS, 501)
PAIRWISE = replies(EXAMPLES["pairwise"], "Those that are indexed, with their distances.", *JSON_PROBLEMS)
PAIRWISE_BODY = json_body(
    PairsQuery, {"image_ids": ["animals/birds/owl", "vehicles/road/fire_engine", "not-there"]}
)
PROJECTION = replies(EXAMPLES["projection"], "Where each picture lies.", 404, 422, 429, 501, 503)
PLACE = replies(EXAMPLES["place"], "Where the picture lies.", *QUERY_PROBLEMS)
QUERY_BODY = query_body(wire.ViewQuery, _ID_QUERY)
DISTANCES_BODY = query_body(
    wire.DistancesQuery,
    {**_ID_QUERY, "image_ids": ["vehicles/road/fire_engine", "not-there"]},
    image_ids=IDS_PART,
)
