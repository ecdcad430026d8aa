"""What the OpenAPI document says of searches beyond types: their bodies, an answer."""

from typing import Any

from pydantic import BaseModel

from diversity_gateway.questions import HistoryList, JsonQuestion
from diversity_gateway.routes.documentation import BINARY, IMAGE_PART, PICTURE_TYPES, form

# A whole PNG of one pixel, so that the example can be sent as it stands.
ONE_PIXEL_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mM4EaABAAMkAUEj5ExoAAAAAElFTkSuQmCC"


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a body that a route reads itself, with what it refers to in place."""
    made = model.model_json_schema()
    parts = made.pop("$defs", {})

    def inlined(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return inlined(parts[value["$ref"].rpartition("/")[2]])
            return {key: inlined(inner) for key, inner in value.items()}
        return [inlined(inner) for inner in value] if isinstance(value, list) else value

    schema: dict[str, Any] = inlined(made)
    return schema


SEARCH_BODY: dict[str, Any] = {
    "required": True,
    "description": "The picture; a form with parts `image`, several being a history of equal weights; "
    "or JSON with one of `image_id`, `image_base64`, `history` and `user_id`. A history asks for what is far "
    "from (near to) the whole of it: a picture's distance from it is the least of D(h, x) ÷ weight over the "
    "pictures h that were seen; they are never returned themselves.",
    "content": {
        **dict.fromkeys(PICTURE_TYPES, BINARY),
        "multipart/form-data": form({"image": IMAGE_PART}, ["image"]),
        "application/json": {
            "schema": _schema(JsonQuestion),
            "examples": {
                "by id": {"value": {"image_id": "fish/trout"}},
                "by id, filtered": {
                    "value": {
                        "image_id": "fish/trout",
                        "exclude": ["fish/salmon"],
                        "filter": {"class": ["birds", "fish"]},
                    }
                },
                "a history": {
                    "value": {
                        "history": [
                            {"image_id": "fish/trout", "weight": 0.5},
                            {"image_id": "animals/dog"},
                        ]
                    }
                },
                "a user's kept history": {"value": {"user_id": "user-17"}},
                "a picture in base64": {"value": {"image_base64": ONE_PIXEL_PNG}},
            },
        },
    },
}

HISTORY_BODY: dict[str, Any] = {
    "required": True,
    "description": 'What was seen, the newest last; or one picture, `{"image_id": ...}`.',
    "content": {
        "application/json": {
            "schema": _schema(HistoryList),
            "example": {"history": [{"image_id": "fish/trout"}, {"image_id": "animals/dog", "weight": 0.5}]},
        }
    },
}

BATCH_QUERIES: dict[str, Any] = {
    "required": True,
    "description": "Up to 100 queries, each a JSON body of the single call with its parameters beside.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["queries"],
                "additionalProperties": False,
                "properties": {
                    "queries": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 100,
                        "items": {"type": "object"},
                    }
                },
            },
            "example": {
                "queries": [
                    {"image_id": "fish/trout", "n": 3},
                    {"history": [{"image_id": "fish/trout"}, {"image_id": "animals/dog"}], "diversity": 0.5},
                ]
            },
        }
    },
}

ANSWER: dict[str, Any] = {
    "description": "The ranking's first pictures, judged by both views.",
    "content": {
        "application/json": {
            "example": {
                "mode": "divergent",
                "n": 1,
                "query": {"caption": "a dog runs through the grass", "image_ids": ["animals/dog"]},
                "results": [
                    {
                        "rank": 1,
                        "image_id": "fish/trout",
                        "divergence": 0.993,
                        "similarity": 0.007,
                        "adjusted": 2.41,
                        "caption": "a red bus on a street",
                        "caption_source": "human",
                        "metadata": {"class": "fish"},
                        "image_url": "/images/fish%2Ftrout/content",
                        "views": {
                            "drml": {"distance": 31.2, "percentile": 0.998},
                            "caption": {"similarity": 0.02, "percentile": 0.988},
                        },
                        "agreement": True,
                        "explanation": {
                            "only_in_query": ["dog", "runs", "grass"],
                            "only_in_result": ["red", "bus", "street"],
                            "shared": [],
                        },
                    }
                ],
                "views": {
                    "drml": {"status": "ok", "artifact": "drml-20261123T101500Z", "took_ms": 9.1},
                    "caption": {"status": "ok", "artifact": "caption-20261123T111500Z", "took_ms": 31.0},
                },
                "degraded": [],
                "exact": True,
                "catalogue_size": 538,
                "next_cursor": None,
                "took_ms": 44.2,
            }
        }
    },
}
