"""Replies that the API document shows, as they came over the sample catalogue."""

from typing import Any

from diversity_contracts.problem_examples import SHOWN_ID
from diversity_contracts.problems import Conflict, NotAPicture, UnknownId

# Given by both starters over the sample catalogue; the README shows the same.
REAL_ANSWER: dict[str, Any] = {
    "mode": "divergent",
    "n": 1,
    "query": {
        "caption": "a dog is standing in the snow",
        "image_ids": ["animals/mammals/bears/european-bear"],
    },
    "results": [
        {
            "rank": 1,
            "image_id": "food/vegetables/corn",
            "divergence": 0.9171511627906976,
            "similarity": 0.08284883720930236,
            "adjusted": 1.2086666101845038,
            "caption": "Sweet yellow corn.",
            "caption_source": "human",
            "metadata": {"class": "food/vegetables"},
            "image_url": "/images/food%2Fvegetables%2Fcorn/content",
            "views": {
                "drml": {"distance": 1.4403758984024857, "percentile": 0.8507751937984496},
                "caption": {"similarity": 0.0, "percentile": 0.9835271317829457},
            },
            "agreement": True,
            "explanation": {
                "only_in_query": ["dog", "standing", "snow"],
                "only_in_result": ["sweet", "yellow", "corn"],
                "shared": [],
            },
        }
    ],
    "views": {
        "drml": {"status": "ok", "artifact": "drml-20261123T194816Z", "took_ms": 19.823},
        "caption": {"status": "ok", "artifact": "caption-20261124T015533Z", "took_ms": 18.25},
    },
    "degraded": [],
    "exact": True,
    "catalogue_size": 518,
    "next_cursor": "WyJ0b0do...",
    "took_ms": 38.264,
}

IMAGE: dict[str, Any] = {
    "image_id": "animals/fish/coraltrout",
    "content_hash": "2e61e728ecb7ccc3937f162bb0c4879286ff2204b345c44a5e9cc0ea84960107",
    "media_type": "image/png",
    "width": 222,
    "height": 93,
    "bytes": 34223,
    "captions": ["A coral trout."],
    "metadata": {"class": "animals/fish"},
    "created": "2026-11-23T23:43:03.633+00:00",
    "updated": "2026-11-23T23:43:03.633+00:00",
    "image_url": "/images/animals%2Ffish%2Fcoraltrout/content",
    "blank": False,
}
STORED = {**IMAGE, "searchable": True, "refused": {}}
ACCEPTED = {**IMAGE, "searchable": False, "refused": {}}
PAGE = {
    "images": [IMAGE],
    "next_cursor": "WyJhbmltYWxzL2Zpc2gvY29yYWx0cm91dCJd",
    "catalogue_size": 518,
    "version": 519,
}
PARTS = {
    "results": [
        {"image_id": "animals/fish/coraltrout", "status": 201, "problem": None},
        {
            "image_id": "animals/fish/broken",
            "status": 400,
            "problem": NotAPicture("The picture is truncated or broken and cannot be decoded.")
            .document(SHOWN_ID)
            .model_dump(mode="json"),
        },
        {
            "image_id": "animals/fish/coraltrout",
            "status": 409,
            "problem": Conflict("An earlier part of this request has the id 'animals/fish/coraltrout' too.")
            .document(SHOWN_ID)
            .model_dump(mode="json"),
        },
    ]
}
OUTCOMES = {
    "results": [
        {"status": 200, "answer": REAL_ANSWER},
        {
            "status": 404,
            "problem": UnknownId("There is no picture 'not-there'.")
            .document(SHOWN_ID)
            .model_dump(mode="json", exclude_unset=True),
        },
    ],
    "took_ms": 41.07,
}
STATS = {
    "catalogue_size": 518,
    "version": 519,
    "views": {
        "drml": {
            "artifact": REAL_ANSWER["views"]["drml"]["artifact"],
            "indexed": 518,
            "pending": 0,
            "refused": 0,
            "reachable": True,
        },
        "caption": {
            "artifact": REAL_ANSWER["views"]["caption"]["artifact"],
            "indexed": 517,
            "pending": 1,
            "refused": 0,
            "reachable": True,
        },
    },
}
HEALTH = {"status": "ok"}
KEPT_HISTORY = {
    "user_id": "user-17",
    "count": 2,
    "history": [
        {"image_id": "animals/fish/coraltrout", "weight": 1.0, "seen": "2026-11-24T01:52:12.678+00:00"},
        {
            "image_id": "animals/mammals/bears/european-bear",
            "weight": 0.5,
            "seen": "2026-11-24T01:52:12.678+00:00",
        },
    ],
}
STORED_HISTORY = {"user_id": "user-17", "added": 2, "count": 2, "missing": ["not-there"]}
METRICS = """\
# HELP gateway_catalogue_images Pictures in the catalogue.
# TYPE gateway_catalogue_images gauge
gateway_catalogue_images 518.0
"""
