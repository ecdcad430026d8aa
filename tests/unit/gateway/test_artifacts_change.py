"""Artifacts that are taken up in the middle of a query."""

import random
from pathlib import Path

import pytest

from diversity_contracts.problems import NotReady
from diversity_gateway.retrieve import Retrieval
from diversity_gateway.wishes import Wish
from tests.fakes.numbers import NumbersView
from tests.unit.gateway.test_retrieve import BOTH, QUERY, filled, got, naive, no_picture


async def test_two_artifacts_are_never_in_one_answer(tmp_path: Path) -> None:
    """Taken up in the middle of a query, four times: begun anew each time. On and on: no answer."""
    names = [f"p{number}" for number in range(50)]
    source = random.Random(5)
    views = {name: NumbersView({key: source.random() for key in names}, 50) for name in "ab"}
    views["a"].swaps = 4
    retrieval = Retrieval(views, filled(tmp_path, names), no_picture)
    found = await retrieval.find(QUERY, Wish("divergent", 5, BOTH))
    assert got(found) == naive(views, Wish("divergent", 5, BOTH))
    assert found.exact
    assert [account.stand and account.stand.artifact for account in found.accounts.values()] == [
        "numbers-1++++", "numbers-1",
    ]  # fmt: skip
    views["a"].swaps = 1_000
    with pytest.raises(NotReady, match="other artifacts"):
        await retrieval.find(QUERY, Wish("divergent", 5, BOTH))
