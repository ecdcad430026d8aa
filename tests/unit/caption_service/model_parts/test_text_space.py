"""The text space against scikit-learn and against its equations; words that it has never seen; its files."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from sklearn.feature_extraction.text import TfidfVectorizer

from caption_service import text_space_files
from caption_service.artifact_files import TEXT_SPACE_ARRAYS, TEXT_SPACE_TERMS
from caption_service.cleaning import clean
from caption_service.text_space import KINDS, Kind, TextSpace, fit
from caption_service.text_space_words import hashed_coordinate
from diversity_contracts.manifest import BadArtifact

CAPTIONS = [
    "a dog runs in the snow",
    "a brown dog runs across the grass",
    "two dogs play in the snow",
    "a girl in a red dress smiles",
    "a girl plays with a ball",
    "a boy kicks a red ball on the grass",
    "the boy jumps into the water",
    "a man surfs on the blue water",
]
OTHERS = ["a dog plays on the grass", "the the water", "a man and a woman dance", "unheard words only", ""]


@pytest.fixture(scope="module")
def spaces() -> dict[Kind, TextSpace]:
    return {kind: fit(CAPTIONS, kind, 4) for kind in KINDS}


def test_tfidf_is_scikit_learns(spaces: dict[Kind, TextSpace]) -> None:
    """On words it knows; scikit-learn drops the others, here they count."""
    reference = TfidfVectorizer(token_pattern=r"\S+").fit(CAPTIONS)
    space = spaces["tfidf"]
    assert list(space.terms) == list(reference.get_feature_names_out())
    known = [*CAPTIONS, OTHERS[1]]
    found = space.vectors(known)
    np.testing.assert_allclose(found[:, : len(space.terms)], reference.transform(known).toarray(), atol=1e-6)
    assert not found[:, len(space.terms) :].any()


def test_lsa_is_the_projection_on_the_leading_singular_vectors(spaces: dict[Kind, TextSpace]) -> None:
    weights = TfidfVectorizer(token_pattern=r"\S+").fit_transform(CAPTIONS).toarray()
    leading = np.linalg.svd(weights)[2][:4]
    projected = weights @ leading.T
    projected /= np.linalg.norm(projected, axis=1, keepdims=True)
    found = spaces["lsa"].vectors(CAPTIONS)
    np.testing.assert_allclose(found @ found.T, projected @ projected.T, atol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_blends_similarity_is_the_mean_of_both(spaces: dict[Kind, TextSpace], share: float) -> None:
    blend = fit(CAPTIONS, "blend", 4, term_share=share)
    gram = {
        name: vectors @ vectors.T
        for name, vectors in (
            ("blend", blend.vectors(CAPTIONS + OTHERS)),
            ("tfidf", spaces["tfidf"].vectors(CAPTIONS + OTHERS)),
            ("lsa", spaces["lsa"].vectors(CAPTIONS + OTHERS)),
        )
    }
    np.testing.assert_allclose(gram["blend"], share * gram["tfidf"] + (1 - share) * gram["lsa"], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_have_length_one_or_none(spaces: dict[Kind, TextSpace], kind: Kind) -> None:
    space = spaces[kind]
    found = space.vectors(CAPTIONS + OTHERS)
    assert found.dtype == np.float32
    assert found.shape == (len(CAPTIONS + OTHERS), space.dimension)
    np.testing.assert_allclose(np.linalg.norm(found[:-1], axis=1), 1, atol=1e-6)
    assert not found[-1].any()


@pytest.mark.parametrize("kind", KINDS)
def test_words_it_has_never_seen_count(spaces: dict[Kind, TextSpace], kind: Kind) -> None:
    hund, same, other, half = spaces[kind].vectors(
        ["ein brauner hund", "hund brauner ein", "zwei katzen schlafen", "a dog hund"]
    )
    assert hund @ same == pytest.approx(1, abs=1e-6)
    assert hund @ other == pytest.approx(0, abs=1e-6)
    assert 0 < half @ hund < 1


def test_an_unknown_word_takes_its_share_of_a_sentence(spaces: dict[Kind, TextSpace]) -> None:
    """Worked by hand: dog is in 2 captions of 8, zebra in none; lsa keeps the two words' proportion."""
    dog, zebra = np.log(9 / 3) + 1, np.log(9) + 1
    for kind in KINDS:
        one, both = spaces[kind].vectors(["zebra", "dog zebra"])
        assert one @ both == pytest.approx(zebra / np.hypot(dog, zebra), abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_sentences_have_equal_rows_wherever_they_stand(
    spaces: dict[Kind, TextSpace], kind: Kind
) -> None:
    alone = spaces[kind].vectors([OTHERS[0]])[0]
    among = spaces[kind].vectors([*CAPTIONS, "A dog, plays on the GRASS!", *OTHERS])[len(CAPTIONS)]
    assert np.array_equal(alone, among)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_captions_give_the_same_space(spaces: dict[Kind, TextSpace], kind: Kind) -> None:
    again = fit(iter(CAPTIONS), kind, 4)
    assert np.array_equal(again.vectors(OTHERS), spaces[kind].vectors(OTHERS))


@pytest.mark.parametrize("kind", KINDS)
def test_sentences_are_cleaned_as_those_that_were_fitted(kind: Kind, tmp_path: Path) -> None:
    """The report's cleaning leaves no "a" in what was fitted: it must not be compared as an unheard word."""
    documents = [clean(caption, "report") for caption in CAPTIONS]
    text_space_files.save(fit(documents, kind, 4, cleaning="report"), tmp_path)
    space = text_space_files.load(tmp_path)
    human, generated = space.vectors(["A girl in a red dress .", "girl in red dress"])
    assert human @ generated == pytest.approx(1, abs=1e-6)
    assert not space.vectors(["A"]).any()


def test_a_space_from_before_its_cleaning_was_noted(spaces: dict[Kind, TextSpace], tmp_path: Path) -> None:
    text_space_files.save(spaces["blend"], tmp_path)
    path = tmp_path / TEXT_SPACE_TERMS
    settings = json.loads(path.read_text())
    del settings["cleaning"]
    path.write_text(json.dumps(settings))
    assert text_space_files.load(tmp_path).cleaning == "default"


def test_a_hashed_coordinate_is_fixed_for_ever() -> None:
    """An artifact's catalogue was indexed with it."""
    assert [hashed_coordinate(term, 512) for term in ("hund", "चल", "zebra")] == [409, 58, 272]


@pytest.mark.parametrize("captions", [[], ["", "..."]])
def test_no_words_no_space(captions: list[str]) -> None:
    with pytest.raises(ValueError, match="no document has a word"):
        fit(captions, "tfidf")


@pytest.mark.parametrize("dimension", [0, len(CAPTIONS)])
def test_no_more_directions_than_captions(dimension: int) -> None:
    with pytest.raises(ValueError, match="directions of a matrix"):
        fit(CAPTIONS, "lsa", dimension)


@pytest.mark.parametrize("kind", KINDS)
def test_files_both_ways(spaces: dict[Kind, TextSpace], kind: Kind, tmp_path: Path) -> None:
    text_space_files.save(spaces[kind], tmp_path)
    loaded = text_space_files.load(tmp_path)
    assert (loaded.kind, loaded.terms, loaded.hashed) == (kind, spaces[kind].terms, spaces[kind].hashed)
    assert np.array_equal(loaded.vectors(CAPTIONS + OTHERS), spaces[kind].vectors(CAPTIONS + OTHERS))


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "bm25"},
        {"terms": ["a"]},
        {"terms": 5},
        {"hashed": 0},
        {"hashed": 512.5},
        {"hashed": 10**9},
        {"term_share": 1.5},
        {"unseen_idf": "high"},
        {"foreign": 1},
        {"cleaning": "none"},
        {"kind": "tfidf"},
    ],
)
def test_other_settings_are_refused(
    spaces: dict[Kind, TextSpace], tmp_path: Path, changes: dict[str, object]
) -> None:
    text_space_files.save(spaces["blend"], tmp_path)
    path = tmp_path / TEXT_SPACE_TERMS
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(BadArtifact):
        text_space_files.load(tmp_path)


@pytest.mark.parametrize("damage", ["nan", "float64", "missing", "foreign", "short", "garbage", "absent"])
def test_other_numbers_are_refused(spaces: dict[Kind, TextSpace], tmp_path: Path, damage: str) -> None:
    text_space_files.save(spaces["lsa"], tmp_path)
    path = tmp_path / TEXT_SPACE_ARRAYS
    arrays = load_file(path)
    if damage == "nan":
        arrays["idf"][0] = np.nan
    elif damage == "float64":
        arrays["idf"] = arrays["idf"].astype(np.float64)
    elif damage == "missing":
        del arrays["directions"]
    elif damage == "foreign":
        arrays["other"] = arrays["idf"]
    elif damage == "short":
        arrays["directions"] = arrays["directions"][1:].copy()
    save_file(arrays, path)
    if damage == "garbage":
        path.write_bytes(b"\xff" * 40)
    elif damage == "absent":
        path.unlink()
    with pytest.raises(BadArtifact):
        text_space_files.load(tmp_path)
