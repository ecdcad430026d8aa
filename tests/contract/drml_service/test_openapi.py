"""The served OpenAPI document is the committed one, and its examples are true.

Refresh the copy: `python -m drml_service.describe > tests/contract/drml_service/openapi.json`
"""

import json
from pathlib import Path

import pytest

from diversity_contracts import wire
from diversity_contracts.pairs import Pairs
from diversity_contracts.places import Place, Places
from drml_service import documentation
from drml_service.describe import openapi
from tests.contract.drml_service.conftest import View

COPY = Path(__file__).with_name("openapi.json")
MODELS: dict[str, type[wire.Wire]] = {
    "embed": wire.Embedding,
    "nearest": wire.Ranking,
    "farthest": wire.Ranking,
    "distances": wire.Distances,
    "pairwise": Pairs,
    "projection": Places,
    "place": Place,
    "changes": wire.ChangesApplied,
    "model": wire.ViewModel,
}


async def test_the_committed_copy_is_what_is_served(view: View) -> None:
    served = (await view.client.get("/openapi.json")).json()
    assert served == json.loads(COPY.read_text())
    assert json.loads(openapi()) == served


@pytest.mark.parametrize("name", MODELS)
def test_reply_examples_are_valid(name: str) -> None:
    MODELS[name].model_validate(documentation.EXAMPLES[name])


def test_request_examples_are_valid() -> None:
    wire.ChangeBatch.model_validate(documentation.BATCH_EXAMPLE)
    for body, model in (
        (documentation.QUERY_BODY, wire.ViewQuery),
        (documentation.DISTANCES_BODY, wire.DistancesQuery),
    ):
        model.model_validate(body["requestBody"]["content"]["application/json"]["example"])


def test_every_reference_leads_somewhere_and_every_call_says_what_it_does() -> None:
    document = json.loads(COPY.read_text())
    schemas = document["components"]["schemas"]
    for piece in COPY.read_text().split('"$ref": "')[1:]:
        reference = piece.partition('"')[0]
        assert reference.removeprefix("#/components/schemas/") in schemas
    for path, methods in document["paths"].items():
        for call in methods.values():
            assert call["summary"], path
            assert call["description"], path
            for status, reply in call["responses"].items():
                if int(status) >= 400:
                    assert list(reply["content"]) == ["application/problem+json"], (path, status)
