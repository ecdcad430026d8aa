"""Rows held in memory say what the file says, whoever changed it; filters over them equal those in SQL."""

import random
from itertools import compress
from pathlib import Path

import pytest

from diversity_gateway import lookups
from diversity_gateway.appearance import Appearance
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.catalogue_rows import Blanks, Sought
from diversity_gateway.entries import Filter, MetadataValue, Picture, Presence

LOOKS = Appearance(1, b"c" * 48, blank=False)
NO_LOOKS = Appearance(None, b"d" * 48, blank=True)
BLANKS: list[Blanks] = ["in", "out", "only"]


def present(presence: Presence) -> set[str]:
    return set(compress(presence.image_ids, presence.there))


def recalled(catalogue: Catalogue, sought: Sought) -> Presence | None:
    """Which of those `sought` are there, without a wait."""
    found = catalogue.recall_joined(sought, lambda presence: presence, lambda _: ())
    return None if found is None else found[0]


def picture(content: str) -> Picture:
    return Picture(content * 64, "image/png", 1, 1, 10)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "c.sqlite")


def test_what_was_read_is_recalled_and_what_was_not_is_not(catalogue: Catalogue) -> None:
    catalogue.put("a", picture("a"), looks=LOOKS)
    catalogue.put("b", picture("b"), looks=LOOKS)
    assert catalogue.recall(["a"]) is None
    read = catalogue.lookup(["a", "b", "nobody"])
    assert set(read.entries) == {"a", "b"}
    assert catalogue.recall(["b", "a"]) == read
    assert catalogue.recall(["a", "nobody"]) is None
    assert catalogue.recall([]) == catalogue.state()


def test_another_process_changes_the_file(catalogue: Catalogue, tmp_path: Path) -> None:
    other = Catalogue(tmp_path / "c.sqlite")
    for name in "abc":
        catalogue.put(name, picture(name), ["before"], looks=LOOKS)
    before = catalogue.lookup(["a", "b", "c"])
    other.put("a", picture("a"), ["after"])
    other.delete("b")
    assert catalogue.recall(["a"]) is None, "the changed row is forgotten"
    kept = catalogue.recall(["c"])
    assert kept is not None, "the others are not"
    assert (kept.version, kept.size, kept.entries["c"]) == (5, 2, before.entries["c"])
    after = catalogue.lookup(["a", "b", "c"])
    assert {key: entry.captions for key, entry in after.entries.items()} == {
        "a": ("after",),
        "c": ("before",),
    }
    assert (after.version, after.size) == (5, 2)
    assert catalogue.state().version == 5


def test_looks_told_later_show(catalogue: Catalogue) -> None:
    catalogue.put("a", picture("a"))
    assert catalogue.lookup(["a"]).entries["a"].appearance is None
    catalogue.put("a", picture("a"), looks=LOOKS)
    assert catalogue.lookup(["a"]).entries["a"].appearance == LOOKS


def test_random_changes_against_reading_anew(tmp_path: Path) -> None:
    """Three catalogues over one file: one that remembers, one that writes, one opened for each question."""
    draw = random.Random(3)
    remembering, writing = Catalogue(tmp_path / "c.sqlite"), Catalogue(tmp_path / "c.sqlite")
    names = [f"p{number}" for number in range(12)]
    for _ in range(300):
        name = draw.choice(names)
        if draw.random() < 0.3:
            writing.delete(name)
        elif draw.random() < 0.5:
            looks = draw.choice([LOOKS, LOOKS, NO_LOOKS, None])
            writer = draw.choice([writing, remembering])
            writer.put(name, picture(draw.choice("abc")), [str(draw.random())], looks=looks)
        asked = draw.sample(names, draw.randint(0, 6))
        fresh = Catalogue(tmp_path / "c.sqlite")
        expected = fresh.lookup(asked)
        fresh.close()
        entries = remembering.recall(asked)
        assert entries in (None, expected)
        assert remembering.lookup(asked) == expected
        for blanks in BLANKS:
            question = Sought(asked, None, blanks)
            there = set(writing.matching({}, 100, blanks)) & set(asked)
            at_once, read = recalled(remembering, question), remembering.presence(question)
            assert at_once is None or present(at_once) == there
            assert present(read) == there
            state = (read.state.version, read.state.size)
            assert state == (expected.version, expected.size)
            # Of pictures that are known to be there in this state, only what does not show is looked at.
            held = Sought([name for name in asked if name in expected.entries], None, blanks, state)
            at_once = recalled(remembering, held)
            assert at_once is None or present(at_once) == there


VALUES: list[MetadataValue] = [1, 0, 1.0, 0.5, True, False, "1", "a", ""]


def test_filters_over_entries_equal_those_in_sql(catalogue: Catalogue) -> None:
    draw = random.Random(5)
    names = [f"p{number}" for number in range(60)]
    for number, name in enumerate(names):
        metadata = {key: draw.choice(VALUES) for key in draw.sample("xyz", draw.randint(0, 3))}
        looks = draw.choice([None, LOOKS, NO_LOOKS])
        content = Picture(f"{number:064x}", "image/png", 1, 1, 10)
        catalogue.put(name, content, metadata=metadata, looks=looks)
    for _ in range(200):
        wanted: Filter = {
            key: tuple(draw.sample(VALUES, draw.randint(0, 3)))
            for key in draw.sample("xyz", draw.randint(0, 2))
        }
        for blanks in BLANKS:
            by_sql = catalogue.matching(wanted, 1_000, blanks)
            asked = Sought([*names, "nobody"], wanted, blanks)
            assert sorted(present(catalogue.presence(asked))) == sorted(by_sql), (wanted, blanks)


async def test_lookups_fall_back_to_a_thread(catalogue: Catalogue) -> None:
    catalogue.put("a", picture("a"), looks=LOOKS)
    assert set((await lookups.lookup(catalogue, ["a", "b"])).entries) == {"a"}
    assert (await lookups.state(catalogue)).size == 1
    assert (await lookups.find(catalogue, "a")).image_id == "a"


def test_a_presence_is_at_once_where_every_looks_are_known(catalogue: Catalogue) -> None:
    catalogue.put("a", picture("a"), looks=LOOKS)
    catalogue.put("b", picture("b"), looks=NO_LOOKS)
    for blanks, there in zip(BLANKS, ({"a", "b"}, {"a"}, {"b"}), strict=True):
        assert present(catalogue.presence(Sought(["a", "b", "c"], None, blanks))) == there
        at_once = recalled(catalogue, Sought(["a", "b", "c"], None, blanks))
        assert at_once is not None
        assert present(at_once) == there
    assert recalled(catalogue, Sought(["a"], {"class": ("fish",)})) is None
    catalogue.put("c", picture("c"))
    assert recalled(catalogue, Sought(["c"], None, "out")) is None
    catalogue.put("d", picture("c"), looks=NO_LOOKS)  # tells of the content that `c` has too
    assert present(catalogue.presence(Sought(["c", "d"], None, "only"))) == {"c", "d"}


@pytest.mark.parametrize("in_memory", [True, False])
async def test_what_is_joined_is_of_one_state(catalogue: Catalogue, in_memory: bool) -> None:
    """A picture is deleted between the ranking and the look at its entry."""
    for name in "ab":
        catalogue.put(name, picture(name), looks=LOOKS)
    catalogue.presence(Sought(()))
    if in_memory:
        catalogue.lookup(["a", "b"])
    seen = list[set[str]]()

    def read(presence: Presence) -> list[str]:
        seen.append(present(presence))
        if len(seen) == 1:
            catalogue.delete("b")
        return sorted(seen[-1])

    ranked, snapshot = await lookups.joined(catalogue, Sought(["a", "b"], None, "out"), read, lambda ids: ids)
    if in_memory:  # the state in which it was asked for
        assert seen == [{"a", "b"}]
        assert (ranked, set(snapshot.entries), snapshot.version) == (["a", "b"], {"a", "b"}, 2)
    else:
        assert seen == [{"a", "b"}, {"a"}]
        assert (ranked, set(snapshot.entries), snapshot.version) == (["a"], {"a"}, 3)


async def test_a_picture_that_is_not_there_as_somebody_said_is_left_out(catalogue: Catalogue) -> None:
    """As of a view whose list names what nobody put in, over an index that is said to be the catalogue."""
    catalogue.put("a", picture("a"), looks=LOOKS)
    state = catalogue.presence(Sought(())).state
    sought = Sought(["a", "nobody"], None, "out", (state.version, state.size))
    found, snapshot = await lookups.joined(catalogue, sought, present, lambda names: names)
    assert (found, set(snapshot.entries)) == ({"a"}, {"a"})


async def test_what_no_memory_tells_is_joined_in_a_thread(catalogue: Catalogue) -> None:
    catalogue.put("a", picture("a"), looks=LOOKS)
    catalogue.put("b", picture("b"), metadata={"class": "fish"}, looks=LOOKS)
    sought = Sought(["a", "b"], {"class": ("fish",)})
    assert recalled(catalogue, sought) is None
    found, snapshot = await lookups.joined(catalogue, sought, present, lambda names: names)
    assert (found, set(snapshot.entries), snapshot.version) == ({"b"}, {"b"}, 2)
