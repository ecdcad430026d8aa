"""The correction of similarities against its definition; the reference sentences as a file."""

from pathlib import Path

import numpy as np
import pytest

from caption_service import reference
from caption_service.correction import correct, followed
from caption_service.sentences import Sentences
from caption_service.table import Table
from caption_service.written import Written
from diversity_contracts.manifest import BadArtifact, Manifest
from diversity_contracts.wire import TextNeighbor
from diversity_view.records import Indexed
from diversity_view.usual import Usual
from tests.fakes.captioner import WordSpace

SPACE = WordSpace()
SAMPLE = ["red bus", "a dog", "red dog", "bus", "dog runs"]
COLUMNS = np.ascontiguousarray(SPACE.vectors(SAMPLE).T)


def said(*captions: str) -> Indexed[Written]:
    return Indexed(Written("bus", -1.0), captions)


def neighbor(image_id: str, similarity: float) -> TextNeighbor:
    return TextNeighbor(
        image_id=image_id, similarity=similarity, percentile=0.5, caption="", caption_source="human"
    )


def naive(similarity: float, captions: list[str]) -> float:
    """By the equations, one sentence at a time; the largest over the picture's captions."""
    usual = []
    for sentence in SAMPLE:
        (asked,) = SPACE.vectors([sentence])
        usual.append(max(round(float(asked @ vector), 6) for vector in SPACE.vectors(captions)))
    mean = sum(usual) / len(usual)
    return (mean - similarity) / float(np.sqrt(sum((value - mean) ** 2 for value in usual) / len(usual)))


def test_neighbors_tell_how_unusual_their_similarity_is() -> None:
    pictures = {"a": ["red bus", "a dog"], "b": ["dog runs"], "c": ["red"], "d": ["bus"]}
    table, usual = Table(Sentences(SPACE.dimension)), Usual()
    for batch in (["a", "b"], ["c", "d"]):
        upserts = {name: said(*pictures[name]) for name in batch}
        table = table.changed(upserts, (), SPACE.vectors)
        usual = followed(table, usual, upserts, (), COLUMNS)
    pictures["b"] = ["red dog", "bus"]
    table = table.changed({"b": said(*pictures["b"])}, ["d"], SPACE.vectors)
    usual = followed(table, usual, {"b": None}, ["d"], COLUMNS)
    listed = [neighbor("a", 0.25), None, neighbor("b", 0.5), neighbor("c", 0.0)]
    correct(Table(table.sentences, usual=usual), listed)
    for entry in listed:
        if entry is not None:
            assert entry.adjusted == pytest.approx(
                naive(entry.similarity, pictures[entry.image_id]), abs=1e-5
            )
    with pytest.raises(KeyError):
        correct(Table(table.sentences, usual=usual), [neighbor("d", 0.1)])


def test_a_caption_unlike_every_reference_says_nothing() -> None:
    table = Table(Sentences(SPACE.dimension)).changed({"x": said("runs")}, (), SPACE.vectors)
    columns = np.ascontiguousarray(SPACE.vectors(["bus", "red"]).T)
    usual = followed(table, Usual(), {"x": None}, (), columns)
    listed = [neighbor("x", 0.0)]
    correct(Table(table.sentences, usual=usual), listed)
    assert listed[0].adjusted == 0.0


def test_without_a_sample_nothing_is_said() -> None:
    listed = [neighbor("x", 0.5)]
    correct(Table(Sentences(SPACE.dimension)), listed)
    assert listed[0].adjusted is None


def test_the_sentences_survive_their_file(tmp_path: Path) -> None:
    reference.save(["a dog runs", "ein Zug fährt"], tmp_path)
    listed = Manifest.model_construct(files={"reference.json": ""})
    assert reference.load(tmp_path, listed) == ("a dog runs", "ein Zug fährt")
    assert reference.load(tmp_path, Manifest.model_construct(files={})) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"sentences": []}', '{"sentences": [1]}', '{"sentences": "a"}', '{"sentences"']
)
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "reference.json").write_text(text)
    with pytest.raises(BadArtifact):
        reference.load(tmp_path, Manifest.model_construct(files={"reference.json": ""}))
