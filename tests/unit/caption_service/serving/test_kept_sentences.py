"""What was worked out of sentences, over two starts: the same table, and only what is new is worked out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from caption_service.decoder_state import Float32
from caption_service.following import Following
from caption_service.kept_sentences import KeptSentences, keep
from caption_service.sentences import Sentences
from caption_service.table import Table
from caption_service.written import Written
from diversity_view.records import Indexed
from diversity_view.usual import Usual
from tests.fakes.captioner import WordSpace

REFERENCE = ("the red bus", "green dog", "blue street")


class Counting(WordSpace):
    """Counts the sentences that it turns into vectors."""

    def __init__(self) -> None:
        self.count = 0

    def vectors(self, sentences: Sequence[str]) -> Float32:
        self.count += len(sentences)
        return super().vectors(sentences)


def said(number: int) -> Indexed[Written]:
    """One of 27 sentences as the generated one; every third picture has two captions of people."""
    words = [WordSpace.WORDS[number // place % 3 + offset] for place, offset in ((1, 0), (3, 3), (9, 4))]
    captions = (" ".join(words[:2]), " ".join(words[1:])) if number % 3 == 0 else ()
    return Indexed(Written(" ".join(words), -1.0), captions)


ENTRIES = {f"p{number}": said(number) for number in range(27)}


class Start:
    """A process that begins with what the file holds."""

    def __init__(self, path: Path, *, made_of: str = "a", worth: int = 10) -> None:
        self.space = Counting()
        self.kept = KeptSentences(path, self.space, made_of, worth=worth)
        self.follow = Following(self.space.vectors, lambda: WordSpace().vectors(REFERENCE), self.kept)
        self.empty = Table(Sentences(self.space.dimension), usual=Usual())


def plain() -> Table:
    """The table without anything kept."""
    space = WordSpace()
    follow = Following(space.vectors, lambda: space.vectors(REFERENCE), None)
    return follow(Table(Sentences(space.dimension), usual=Usual()), ENTRIES, ())


def same(one: Table, other: Table) -> bool:
    query = WordSpace().vectors(["the green bus"])[0]
    ids = sorted(ENTRIES)
    if one.usual is None or other.usual is None:
        return False
    rows = [[table.row(image_id) or 0 for image_id in ids] for table in (one, other)]
    return np.array_equal(
        one.similarities(query)[1][rows[0]], other.similarities(query)[1][rows[1]]
    ) and np.array_equal(one.usual.of(ids), other.usual.of(ids))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sentences-a.safetensors"


def test_a_second_start_works_nothing_out(path: Path) -> None:
    first, second = Start(path), Start(path)
    assert same(first.follow(first.empty, ENTRIES, ()), plain())
    distinct = first.space.count
    assert distinct > 20
    assert path.exists()
    second = Start(path)
    assert same(second.follow(second.empty, ENTRIES, ()), plain())
    assert second.space.count == 0
    few = {name: ENTRIES[name] for name in ("p3", "p4")}
    again = Start(path)
    assert again.kept.statistics(again.empty.changed(few, (), again.kept.vectors), few).keys() == few.keys()


def test_only_what_is_new_is_worked_out_in_whatever_order_it_comes(path: Path) -> None:
    first = Start(path)
    half = {name: one for place, (name, one) in enumerate(ENTRIES.items()) if place % 2}
    first.follow(first.empty, half, ())
    known = first.space.count
    second = Start(path)
    assert same(second.follow(second.empty, dict(reversed(ENTRIES.items())), ()), plain())
    assert 0 < second.space.count < known + 20
    third = Start(path, worth=1)
    third.follow(third.empty, ENTRIES, ())
    fourth = Start(path)
    fourth.follow(fourth.empty, ENTRIES, ())
    assert fourth.space.count == 0


def test_a_file_of_something_else_or_a_damaged_one_says_nothing(path: Path) -> None:
    first = Start(path)
    first.follow(first.empty, ENTRIES, ())
    sound = path.read_bytes()
    for made_of, content in (("b", sound), ("a", flipped(sound, 40)), ("a", b"")):
        path.write_bytes(content)
        other = Start(path, made_of=made_of)
        assert same(other.follow(other.empty, ENTRIES, ()), plain())
        assert other.space.count > 20


def flipped(sound: bytes, from_end: int) -> bytes:
    return sound[:-from_end] + bytes([sound[-from_end] ^ 1]) + sound[len(sound) - from_end + 1 :]


def test_a_growing_catalogue_is_written_by_quarters_and_at_the_end(path: Path) -> None:
    start = Start(path, worth=4)
    table, written = start.empty, []
    for name, one in ENTRIES.items():
        table = start.follow(table, {name: one}, ())
        written.append(path.stat().st_mtime_ns if path.exists() else 0)
    assert 3 <= len(set(written)) <= 8
    start.kept.write(table)
    last = Start(path)
    last.follow(last.empty, ENTRIES, ())
    assert last.space.count < 4


def test_those_of_other_artifacts_go(tmp_path: Path) -> None:
    for name in ("sentences-a.safetensors", "sentences-b.safetensors", "usual.safetensors"):
        (tmp_path / name).touch()
    keep(tmp_path, ["b"])
    assert {file.name for file in tmp_path.iterdir()} == {"sentences-b.safetensors", "usual.safetensors"}
