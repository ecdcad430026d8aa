"""What each view's replies say in neutral words."""

import pytest
from pydantic import ValidationError

from diversity_contracts.columns import pack_columns
from diversity_contracts.pairs import Pairs
from diversity_contracts.wire import Distances, Neighbor, Ranking, Similarities, TextNeighbor, TextRanking
from diversity_gateway.dialects import CAPTION, DRML, Said, read_pairs
from diversity_gateway.measured import ByDistance, BySentence, Measured
from diversity_gateway.views import Stand, ViewQuery
from diversity_gateway.wording import known, next_form


def entries(said: Said) -> list[Measured | None]:
    return [said.numbers.get(image_id) for image_id in said.numbers.image_ids]


def test_drml() -> None:
    near = Neighbor(image_id="a", distance=1.5, percentile=0.25)
    ranking = Ranking(results=[near], artifact="drml-1", count=5, applied=7, representation="AAAA")
    said = DRML.read_ends(ranking.model_dump_json().encode())
    assert entries(said) == [ByDistance("a", 0.25, 1.5)]
    assert (said.stand, said.representation, said.sentence) == (Stand("drml-1", 7, 5), "AAAA", None)
    distances = Distances(results=[None, near], artifact="drml-1", count=5, applied=7)
    said = DRML.read_measures(distances.model_dump_json().encode())
    assert entries(said) == [ByDistance("a", 0.25, 1.5)]
    assert said.representation is None


def test_caption() -> None:
    near = TextNeighbor(
        image_id="a", similarity=0.5, percentile=0.25, caption="a dog", caption_source="generated"
    )
    ranking = TextRanking(results=[near], query_caption="a cat", artifact="c-1", count=5, applied=7)
    said = CAPTION.read_ends(ranking.model_dump_json().encode())
    assert entries(said) == [BySentence("a", 0.25, 0.5, "a dog", "generated")]
    assert (said.stand, said.representation, said.sentence) == (Stand("c-1", 7, 5), None, "a cat")
    similarities = Similarities(
        results=[None, near],
        query_caption="a cat",
        artifact="c-1",
        count=5,
        applied=7,
        representation='"a cat"',
    )
    said = CAPTION.read_measures(similarities.model_dump_json().encode())
    assert entries(said) == [BySentence("a", 0.25, 0.5, "a dog", "generated")]
    assert (said.representation, said.sentence) == ('"a cat"', "a cat")


def test_columns_say_what_objects_say() -> None:
    """And a picture that is listed twice, which no view should, counts as it was told last."""
    near = [
        TextNeighbor(
            image_id=name, similarity=value, percentile=0.25, caption=f"a {name}", caption_source="human",
            adjusted=adjusted,
        )
        for name, value, adjusted in (("a", 0.5, None), ("b", 0.25, -1.5), ("a", 0.125, 2.0))
    ]  # fmt: skip
    lists: list[list[TextNeighbor | None]] = [[], [None], [near[0], None, near[1]], [*near]]
    for results in lists:
        told = Similarities(
            results=results, query_caption="a cat", artifact="c-1", count=5, applied=7, representation="q"
        )
        objects = CAPTION.read_measures(told.model_dump_json().encode())
        columns = CAPTION.read_measures(pack_columns(told))
        assert entries(objects) == entries(columns)
        assert (objects.stand, objects.sentence) == (columns.stand, columns.sentence)
    assert entries(columns) == [
        BySentence("a", 0.25, 0.125, "a a", "human", adjusted=2.0),
        BySentence("b", 0.25, 0.25, "a b", "human", adjusted=-1.5),
    ]


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"results": "?"}', b"\xff"])
def test_nonsense_is_not_taken_for_an_answer(raw: bytes) -> None:
    for read in (DRML.read_ends, DRML.read_measures, CAPTION.read_ends, CAPTION.read_measures):
        with pytest.raises(ValidationError):
            read(raw)


def test_no_dialect_takes_the_other_s_reply() -> None:
    ranking = Ranking(results=[], artifact="drml-1", count=0, applied=0).model_dump_json().encode()
    with pytest.raises(ValidationError):
        CAPTION.read_ends(ranking)


def test_a_form_of_an_artifact_is_another_generation() -> None:
    """Its representations go back to it alone; where a reply tells none, it is the artifact's."""
    pairs = Pairs(image_ids=[], distances="", artifact="c-1", generation="c-1+int8", count=5, applied=7)
    assert read_pairs(pairs.model_dump_json().encode()).stand.generation == "c-1+int8"
    for told, name in ((None, "c-1"), ("c-1+int8", "c-1+int8")):
        ranking = Ranking(
            results=[], artifact="c-1", generation=told, count=5, applied=7, representation="AAAA"
        )
        for raw in (ranking.model_dump_json().encode(), pack_columns(ranking)):
            said = DRML.read_ends(raw)
            assert said.stand == Stand("c-1", 7, 5, told)
            assert said.stand.generation == name
            assert known(next_form(ViewQuery(b"picture"), said)) == {
                "representation": "AAAA",
                "artifact": name,
            }
