"""The sentences of a large catalogue that is written into the files."""

from tests.bench.filled import sentences


def test_sentences_are_as_diverse_as_flickr8k_s_and_always_the_same() -> None:
    found = sentences(40_460)
    assert found == sentences(40_460)
    assert 0.99 < len(set(found)) / len(found) < 1
    assert len({frozenset(said.split()) for said in found}) / len(found) > 0.99  # by their words, too
