"""The served OpenAPI document is the committed one, and its examples are true.

Refresh the copy: `python -m caption_service.describe > tests/contract/caption_service/openapi.json`
"""

import json
from pathlib import Path

import pytest

from caption_service import documentation
from caption_service.describe import openapi
from diversity_contracts import wire
from diversity_contracts.pairs import Pairs
from tests.contract.caption_service.conftest import View

COPY = Path(__file__).with_name("openapi.json")
MODELS: dict[str, type[wire.Wire]] = {
    "caption": wire.Caption,
    "similar": wire.TextRanking,
    "divergent": wire.TextRanking,
    "similarities": wire.Similarities,
    "pairwise": Pairs,
    "changes": wire.ChangesApplied,
    "model": wire.ViewModel,
}


async def test_the_committed_copy_is_what_is_served(view: View) -> None:
    served = (await view.client.get("/openapi.json")).json()
    assert served == json.loads(COPY.read_text())
    assert json.loads(openapi()) == served


def test_the_calls_of_the_contract() -> None:
    own = {"/pairwise", "/caption", "/similar", "/divergent", "/similarities"}
    assert set(json.loads(COPY.read_text())["paths"]) == own | {
        "/changes", "/model", "/healthz", "/readyz", "/metrics"
    }  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_reply_examples_are_valid(name: str) -> None:
    MODELS[name].model_validate(documentation.EXAMPLES[name])


def test_request_examples_are_valid() -> None:
    wire.ChangeBatch.model_validate(documentation.BATCH_EXAMPLE)
    for body, model in (
        (documentation.QUERY_BODY, wire.ViewQuery),
        (documentation.SIMILARITIES_BODY, wire.SimilaritiesQuery),
    ):
        model.model_validate(body["requestBody"]["content"]["application/json"]["example"])
