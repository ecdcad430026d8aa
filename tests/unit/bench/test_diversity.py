"""Rows about diversity made apart: put where they belong, and nowhere else."""

import pytest

from tests.bench.diversity import Json, together

OLD, OTHER, NEW = (
    {"view": "drml", "method": method, "figure": "doubled", "value": value}
    for method, value in (("diversity 1", 0.25), ("corrected", 0.5), ("diversity 1", 0.75))
)
RUN: Json = {"gallery": "drawn", "pictures": 9, "queries": 3, "listed": 5, "seed": 1}
DOCUMENT: Json = {**RUN, "artifacts": ["drml-x", "caption-x"], "figures": [OLD, OTHER]}


def test_earlier_rows_about_it_are_replaced_and_all_others_stay() -> None:
    found = together(DOCUMENT, {**RUN, "artifacts": ["drml-x"]}, [NEW])
    assert found == {**DOCUMENT, "figures": [OTHER, NEW]}
    assert DOCUMENT["figures"] == [OLD, OTHER]


@pytest.mark.parametrize(
    "other", [{"queries": 4}, {"seed": 2}, {"gallery": "else"}, {"artifacts": ["drml-y"]}]
)
def test_a_run_of_something_else_is_left_alone(other: Json) -> None:
    with pytest.raises(ValueError, match="the file holds a run of another"):
        together(DOCUMENT, {**RUN, "artifacts": ["drml-x"], **other}, [NEW])
