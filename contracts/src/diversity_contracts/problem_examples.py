"""Failures as an API document shows them."""

from typing import Any

from diversity_contracts.problems import MEDIA_TYPE, Problem, ProblemError

SHOWN_ID = "7b1f0c2e9a4d4c1fb2d6e8a1"
_RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait before trying again.",
        "schema": {"type": "integer", "minimum": 0},
    }
}


def problem_reply(description: str, *errors: ProblemError) -> dict[str, Any]:
    """The documented reply with one status: what it means, an example of each of `errors`.

    The examples are made as the replies are, so that they say what is really said.
    """
    examples: dict[str, Any] = {}
    for error in errors:
        number = sum(name.partition(" ")[0] == error.slug for name in examples) + 1
        name = error.slug if number == 1 else f"{error.slug} {number}"
        examples[name] = {"value": error.document(SHOWN_ID).model_dump(mode="json", exclude_none=True)}
    reply: dict[str, Any] = {
        "description": description,
        "content": {
            MEDIA_TYPE: {
                # The document names the model's schema, which its own models may not mention.
                "schema": {"$ref": f"#/components/schemas/{Problem.__name__}"},
                "examples": examples,
            }
        },
    }
    if {error.status for error in errors} & {429, 503}:
        reply["headers"] = _RETRY_AFTER
    return reply
