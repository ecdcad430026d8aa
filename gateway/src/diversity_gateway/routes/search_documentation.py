"""What the OpenAPI document says of searches beyond types: their bodies, an answer."""

from typing import Any

from pydantic import BaseModel

from diversity_gateway.questions import HistoryList, JsonQuestion
from diversity_gateway.routes.documentation import BINARY, IMAGE_PART, PICTURE_TYPES, form, shown
from diversity_gateway.routes.examples import OUTCOMES, REAL_ANSWER

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
        "multipart/form-data": form(
            {
                "image": {
                    "type": "array",
                    "items": IMAGE_PART,
                    "minItems": 1,
                    "maxItems": 64,
                    "description": "The picture; several are a history of equal weights.",
                }
            },
            ["image"],
            a_picture={"image": ["dog.jpg"]},
            a_history={"image": ["dog.jpg", "beach.jpg"]},
        ),
        "application/json": {
            "schema": _schema(JsonQuestion),
            "examples": {
                "by id": {"value": {"image_id": "animals/fish/coraltrout"}},
                "by id, filtered": {
                    "value": {
                        "image_id": "animals/fish/coraltrout",
                        "exclude": ["animals/fish/clownfish"],
                        "filter": {"class": ["animals/birds", "animals/fish"]},
                    }
                },
                "a history": {
                    "value": {
                        "history": [
                            {"image_id": "animals/fish/coraltrout", "weight": 0.5},
                            {"image_id": "animals/mammals/bears/european-bear"},
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
            "example": {
                "history": [
                    {"image_id": "animals/fish/coraltrout"},
                    {"image_id": "animals/mammals/bears/european-bear", "weight": 0.5},
                ]
            },
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
                        "description": "What `/divergent` takes as JSON, its parameters as fields beside.",
                    }
                },
            },
            "example": {
                "queries": [
                    {"image_id": "animals/fish/coraltrout", "n": 3},
                    {
                        "history": [
                            {"image_id": "animals/fish/coraltrout"},
                            {"image_id": "animals/mammals/bears/european-bear"},
                        ],
                        "diversity": 0.5,
                    },
                ]
            },
        }
    },
}

ANSWER = shown("The ranking's first pictures, judged by both views.", REAL_ANSWER)
ANSWERS = shown("An outcome for each query, in the order sent.", OUTCOMES)
