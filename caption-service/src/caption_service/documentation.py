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
_ID_QUERY = {"image_id": "animals/mammals/bears/european-bear"}
_STANDING = {
    "query_caption": "a dog is standing in the snow",
    "artifact": "caption-20261124T015533Z",
    "count": 518,
    "applied": 520,
}
# Given by the starter over the sample catalogue.
ALIKE = [
    {
        "image_id": "animals/mammals/dogs/dog",
        "similarity": 0.500563,
        "percentile": 0.0,
        "caption": "A dog.",
        "caption_source": "human",
    },
    {
        "image_id": "town/monuments/cartoon/sword_in_the_stone",
        "similarity": 0.294313,
        "percentile": 0.001937984496124031,
        "caption": "A sword in the stone.",
        "caption_source": "human",
    },
]
UNLIKE = [
    {
        "image_id": "animals/birds/cartoon/penguin_with_spider",
        "similarity": 0.0,
        "percentile": 0.9835271317829457,
        "adjusted": 0.686475322148241,
        "caption": "Tux and spider - two friends.",
        "caption_source": "human",
    },
    {
        "image_id": "animals/birds/cartoon/pengwin",
        "similarity": 0.0,
        "percentile": 0.9835271317829457,
        "adjusted": 0.7345109285583901,
        "caption": "Penguins are wining!",
        "caption_source": "human",
    },
]
EXAMPLES: dict[str, dict[str, Any]] = {
    "caption": {
        "caption": "a dog is standing in the snow",
        "log_probability": -9.677354127168655,
        "artifact": "caption-20261124T015533Z",
    },
    "similar": {"results": ALIKE, **_STANDING},
    "divergent": {"results": UNLIKE, **_STANDING},
    "similarities": {"results": [UNLIKE[0], None], **_STANDING},
    "pairwise": {
        "image_ids": ["animals/mammals/bears/european-bear", "food/vegetables/corn"],
        "distances": "dotoPw==",
        **{name: _STANDING[name] for name in ("artifact", "count", "applied")},
    },
    "changes": {
        "applied": 522,
        "count": 519,
        "refused": [{"image_id": "scan-7", "detail": "The picture is truncated."}],
    },
    "model": {
        "view": "caption",
        "state": "ready",
        "artifact": "caption-20261124T015533Z",
        "refusal": None,
        "count": 518,
        "applied": 520,
        "catalogue_id": "1e0cb45a88c34ce2a6a7b09f24a1facd",
        "metrics": {"beam3_bleu_4": 0.20188530935149057, "beam3_cider_d": 0.5108926517302064},
        "runtime": "openvino",
        "precision": "float32",
        "dimension": 8_131,
        "sentences": 478,
        "reference": 2_000,
        "created": "2026-11-24T01:55:33.022525+00:00",
    },
}
BATCH_EXAMPLE = {
    "catalogue_id": "1e0cb45a88c34ce2a6a7b09f24a1facd",
    "after": 520,
    "upto": 522,
    "changes": [
        {
            "seq": 521,
            "image_id": "animals/mammals/bears/european-bear",
            "content_hash": "bab9ff97e54a0a1961c7411f701f8f156b1d353a5e86cf85c6bc675aea8a32ff",
            "captions": ["A european bear."],
        },
        {
            "seq": 522,
            "image_id": "scan-7",
            "content_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "captions": ["A page."],
        },
    ],
}

CAPTION = replies(EXAMPLES["caption"], "The sentence.", *QUERY_PROBLEMS)
SIMILAR = replies(EXAMPLES["similar"], "The most similar first.", *QUERY_PROBLEMS)
DIVERGENT = replies(EXAMPLES["divergent"], "The least similar first.", *QUERY_PROBLEMS)
SIMILARITIES = replies(EXAMPLES["similarities"], "One entry per id asked for.", *QUERY_PROBLEMS)
PAIRWISE = replies(EXAMPLES["pairwise"], "Those that are indexed, with their distances.", *JSON_PROBLEMS)
PAIRWISE_BODY = json_body(
    PairsQuery, {"image_ids": ["animals/mammals/bears/european-bear", "food/vegetables/corn", "not-there"]}
)
QUERY_BODY = query_body(wire.ViewQuery, _ID_QUERY)
SIMILARITIES_BODY = query_body(
    wire.SimilaritiesQuery,
    {**_ID_QUERY, "image_ids": ["animals/birds/cartoon/pengwin", "not-there"]},
    image_ids=IDS_PART,
)
