"""What the OpenAPI document says of this view beyond the code: examples, and the forms of its bodies."""

from typing import Any

from diversity_contracts import wire
from diversity_contracts.pairs import PairsQuery
from diversity_view.openapi import IDS_PART, JSON_PROBLEMS, QUERY_PROBLEMS, json_body, query_body, replies

DESCRIPTION = (
    "Writes a sentence for a picture and searches the catalogue's captions: human ones where they were "
    "given, else generated ones. A picture's similarity is the largest cosine, 0..1, over its captions. A "
    "percentile is (pictures more similar + ½ · other pictures tied) ÷ other pictures: larger is more "
    "divergent. The thresholds of the report are examples, not defaults: similar ≥ 0.9, divergent 0.5 to "
    "0.6. Errors are `application/problem+json` (RFC 9457)."
)
_ID_QUERY = {"image_id": "beach/dog"}
_STANDING = {
    "query_caption": "a dog runs through the water",
    "artifact": "caption-20261123T111500Z",
    "count": 538,
    "applied": 538,
}
ALIKE = [
    {
        "image_id": "beach/spaniel",
        "similarity": 0.912044,
        "percentile": 0.0,
        "caption": "A brown dog runs through the water.",
        "caption_source": "human",
    },
    {
        "image_id": "park/terrier",
        "similarity": 0.640319,
        "percentile": 0.001862,
        "caption": "a dog is running through the grass",
        "caption_source": "generated",
    },
]
UNLIKE = [
    {
        "image_id": "city/bus",
        "similarity": 0.0,
        "percentile": 0.990689,
        "adjusted": 0.93,
        "caption": "Two red buses.",
        "caption_source": "human",
    },
    {
        "image_id": "city/crossing",
        "similarity": 0.004127,
        "percentile": 0.979516,
        "adjusted": 1.12,
        "caption": "a man in a suit crosses a street",
        "caption_source": "generated",
    },
]
EXAMPLES: dict[str, dict[str, Any]] = {
    "caption": {
        "caption": "a dog runs through the water",
        "log_probability": -6.41,
        "artifact": "caption-20261123T111500Z",
    },
    "similar": {"results": ALIKE, **_STANDING},
    "divergent": {"results": UNLIKE, **_STANDING},
    "similarities": {"results": [UNLIKE[0], None], **_STANDING},
    "pairwise": {
        "image_ids": ["beach/dog", "city/bus"],
        "distances": "AABAPw==",
        **{name: _STANDING[name] for name in ("artifact", "count", "applied")},
    },
    "changes": {
        "applied": 540,
        "count": 539,
        "refused": [{"image_id": "scan-7", "detail": "The picture is truncated."}],
    },
    "model": {
        "view": "caption",
        "state": "ready",
        "artifact": "caption-20261123T111500Z",
        "refusal": None,
        "count": 538,
        "applied": 538,
        "catalogue_id": "0b0cf1c2-5f0e-4e3e-9d2a-0f6f0f8a3c11",
        "metrics": {"bleu_4": 0.18},
        "runtime": "openvino",
        "precision": "float32",
        "dimension": 8_963,
        "sentences": 1_204,
        "reference": 2_000,
        "created": "2026-11-23T11:15:00+00:00",
    },
}
BATCH_EXAMPLE = {
    "catalogue_id": "0b0cf1c2-5f0e-4e3e-9d2a-0f6f0f8a3c11",
    "after": 538,
    "upto": 540,
    "changes": [
        {
            "seq": 539,
            "image_id": "beach/dog",
            "content_hash": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
            "captions": ["A dog on a beach."],
        },
        {
            "seq": 540,
            "image_id": "city/bus",
            "content_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "captions": ["Two red buses."],
        },
    ],
}

CAPTION = replies(EXAMPLES["caption"], "The sentence.", *QUERY_PROBLEMS)
SIMILAR = replies(EXAMPLES["similar"], "The most similar first.", *QUERY_PROBLEMS)
DIVERGENT = replies(EXAMPLES["divergent"], "The least similar first.", *QUERY_PROBLEMS)
SIMILARITIES = replies(EXAMPLES["similarities"], "One entry per id asked for.", *QUERY_PROBLEMS)
PAIRWISE = replies(EXAMPLES["pairwise"], "Those that are indexed, with their distances.", *JSON_PROBLEMS)
PAIRWISE_BODY = json_body(PairsQuery, {"image_ids": ["beach/dog", "city/bus", "not-there"]})
QUERY_BODY = query_body(wire.ViewQuery, _ID_QUERY)
SIMILARITIES_BODY = query_body(
    wire.SimilaritiesQuery, {**_ID_QUERY, "image_ids": ["city/bus", "not-there"]}, image_ids=IDS_PART
)
