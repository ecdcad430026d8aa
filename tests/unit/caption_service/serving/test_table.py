"""Snapshots of the catalogue's sentences: each shows one moment, whatever is written after it."""

import math
from collections.abc import Sequence

import numpy as np

from caption_service import table as tables
from caption_service.sentences import Sentences
from caption_service.table import Said, Table
from caption_service.written import Written
from diversity_view.records import Indexed
from tests.fakes.captioner import WordSpace

SPACE = WordSpace()


def said(generated: str, *captions: str) -> Indexed[Written]:
    return Indexed(Written(generated, -1.0), captions)


def empty() -> Table:
    return Table(Sentences(SPACE.dimension))


def changed(
    table: Table, upserts: dict[str, Indexed[Written]] | None = None, deletes: Sequence[str] = ()
) -> Table:
    return table.changed(upserts or {}, deletes, SPACE.vectors)


def seen(table: Table, sentence: str) -> dict[str, tuple[float, str]]:
    """Similarity and the caption that gave it, by image_id, of the living rows."""
    by_sentence, by_row = table.similarities(SPACE.vectors([sentence])[0])
    return {
        str(table.ids[row]): (float(by_row[row]), table.best_caption(int(row), by_sentence)[0])
        for row in np.flatnonzero(table.alive)
    }


def test_human_captions_count_where_given_else_the_generated_one() -> None:
    table = changed(
        empty(), {"a": said("red", "The BUS!", "a dog"), "b": said("red bus"), "c": said("dog", "1999", "?!")}
    )
    assert seen(table, "bus") == {"a": (0.707107, "The BUS!"), "b": (0.707107, "red bus"), "c": (0.0, "dog")}
    assert seen(table, "dog")["a"] == (1.0, "a dog")
    sources = [table.entry(row).source for row in range(3)]
    assert sources == ["human", "generated", "generated"]


def test_a_query_by_id_stands_for_the_generated_sentence() -> None:
    row = changed(empty(), {"a": said("red", "a dog")}).entry(0)
    assert (row.written.sentence, row.captions) == ("red", ("a dog",))


def test_one_sentence_is_kept_once_however_often_it_is_said() -> None:
    table = changed(empty(), {"a": said("red bus"), "b": said("dog", "Red bus."), "c": said("bus red")})
    table = changed(table, {"d": said("red  bus")})
    assert len(table.sentences) == 2  # the other order of words is another sentence
    assert {value for value, _ in seen(table, "red").values()} == {0.707107}


def test_what_was_replaced_or_deleted_is_dead_and_the_old_table_stands() -> None:
    before = changed(empty(), {"a": said("red"), "b": said("bus")})
    after = changed(before, {"a": said("dog"), "c": said("green")}, ["b", "never there"])
    assert {key: caption for key, (_, caption) in seen(after, "dog").items()} == {"a": "dog", "c": "green"}
    assert (len(before), len(after)) == (2, 2)
    assert seen(before, "red") == {"a": (1.0, "red"), "b": (0.0, "bus")}
    assert after.row("b") is None
    again = changed(after, {"b": said("blue")}, ["b"])
    assert seen(again, "blue")["b"] == (1.0, "blue")


def test_a_deleted_id_in_the_same_batch_as_its_new_state_lives() -> None:
    table = changed(changed(empty(), {"a": said("red")}), {"a": said("dog")}, ["a"])
    assert seen(table, "dog") == {"a": (1.0, "dog")}


def test_a_random_history_equals_a_dictionary() -> None:
    random = np.random.default_rng(5)
    names, words = [f"p{number}" for number in range(30)], list(SPACE.WORDS)
    table, twin = empty(), dict[str, Indexed[Written]]()
    tables_seen = []
    for _ in range(300):
        deletes = random.choice(names, 2).tolist()
        upserts = {
            str(name): said(
                " ".join(random.choice(words, 2)), *random.choice(words, int(random.integers(0, 3)))
            )
            for name in random.choice(names, 3)
        }
        table = changed(table, upserts, deletes)
        twin = {key: value for key, value in twin.items() if key not in deletes} | upserts
        tables_seen.append(len(table.alive))
        query = " ".join(random.choice(words, 2))
        assert {key: value for key, (value, _) in seen(table, query).items()} == {
            key: similarity(query, Said.of(value).cleaned) for key, value in twin.items()
        }
    assert max(tables_seen) <= 30 + tables.DEAD_ROWS + 3


def similarity(query: str, sentences: tuple[str, ...]) -> float:
    asked = set(query.split())
    found: list[float] = []
    for sentence in sentences:
        words = set(sentence.split())
        found.append(round(len(asked & words) / math.sqrt(len(asked) * len(words)), 6))
    return max(found)


def test_dead_rows_go_once_they_are_many() -> None:
    table = changed(empty(), {f"p{number}": said("red", f"dog {'x' * number}") for number in range(3)})
    for _ in range(tables.DEAD_ROWS + 1):
        table = changed(table, {"p0": said("red", "bus")})
    assert len(table.alive) == len(table) == 3
    assert len(table.sentences) == 3
    assert {key: value for key, (value, _) in seen(table, "dog").items()} == {
        "p0": 0.0,
        "p1": 1.0,
        "p2": 1.0,
    }
