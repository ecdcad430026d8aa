"""Replies that the API document shows, as they came over the sample catalogue."""

from typing import Any
from urllib.parse import quote

from diversity_contracts.problem_examples import SHOWN_ID
from diversity_contracts.problems import Conflict, NotAPicture, UnknownId


def _result(
    rank: int,
    image_id: str,
    caption: str,
    words: list[str],
    *,
    adjusted: float,
    looks: tuple[float, float],
    said: tuple[float, float],
) -> dict[str, Any]:
    """One of the answer's pictures; `looks`, `said`: what each view measured, and its percentile."""
    divergence = (looks[1] + said[1]) / 2
    return {
        "rank": rank,
        "image_id": image_id,
        "divergence": divergence,
        "similarity": 1 - divergence,
        "adjusted": adjusted,
        "caption": caption,
        "caption_source": "human",
        "metadata": {"class": image_id.rpartition("/")[0]},
        "image_url": f"/images/{quote(image_id, safe='')}/content",
        "views": {
            "drml": {"distance": looks[0], "percentile": looks[1]},
            "caption": {"similarity": said[0], "percentile": said[1]},
        },
        "agreement": True,
        "explanation": {
            "only_in_query": ["dog", "standing", "snow"],
            "only_in_result": words,
            "shared": [],
        },
    }


_RESULTS = [
    _result(
        1, "plants/lettuce_bolted", "A bolted lettuce.", ["bolted", "lettuce"],
        adjusted=1.306856487309784,
        looks=(1.4627286689251633, 0.9011627906976745),
        said=(0.014483, 0.8972868217054264),
    ),
    _result(
        2, "food/fruit/pear", "A yellow pear.", ["yellow", "pear"],
        adjusted=1.2817639553004718,
        looks=(1.5072045768637126, 0.9825581395348837),
        said=(0.031294, 0.6385658914728682),
    ),
    _result(
        3, "plants/flowers/flower7", "Some flowers.", ["flowers"],
        adjusted=1.2744543072511578,
        looks=(1.429129411541217, 0.8042635658914729),
        said=(0.014783, 0.8837209302325582),
    ),
    _result(
        4, "food/vegetables/pepper", "A green pepper.", ["green", "pepper"],
        adjusted=1.2626193546091695,
        looks=(1.4723974898277237, 0.9282945736434108),
        said=(0.030254, 0.6472868217054264),
    ),
    _result(
        5, "plants/trees/holly_leaves", "Holly leaves are shiny and have prickles!",
        ["holly", "leaves", "shiny", "prickles"],
        adjusted=1.253262807653977,
        looks=(1.5057039500232032, 0.9786821705426356),
        said=(0.025355, 0.6666666666666666),
    ),
]  # fmt: skip
# Given by both starters over the sample catalogue; the README shows the same.
REAL_ANSWER: dict[str, Any] = {
    "mode": "divergent",
    "n": 5,
    "query": {
        "caption": "a dog is standing in the snow",
        "image_ids": ["animals/mammals/bears/european-bear"],
    },
    "results": _RESULTS,
    "views": {
        "drml": {"status": "ok", "artifact": "drml-20261123T194816Z", "took_ms": 47.457},
        "caption": {"status": "ok", "artifact": "caption-20261124T015533Z", "took_ms": 46.87},
    },
    "degraded": [],
    "exact": True,
    "catalogue_size": 518,
    "next_cursor": "WyJ0b0do...",
    "took_ms": 73.3,
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
