"""The catalogue on a real SQLite file."""

import random
import sqlite3
import threading
from datetime import UTC, datetime
from itertools import compress
from pathlib import Path

import pytest

from diversity_gateway.catalogue import Catalogue
from diversity_gateway.catalogue_rows import Sought
from diversity_gateway.entries import Filter, MetadataValue, Picture


def picture(number: int) -> Picture:
    return Picture(f"{number:064x}", "image/png", 8, 6, 100 + number)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "c.sqlite", clock=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


def test_put_get_delete(catalogue: Catalogue) -> None:
    stored = catalogue.put("fish/trout", picture(1), ["a trout"], {"class": "fish"})
    assert (stored.seq, stored.created, stored.changed) == (1, True, True)
    entry = catalogue.get("fish/trout")
    assert entry is not None
    assert (entry.present, entry.captions, entry.metadata) == (picture(1), ("a trout",), {"class": "fish"})
    assert entry.created == "2026-01-02T03:04:05.000+00:00"
    assert catalogue.delete("fish/trout") == 2
    assert catalogue.get("fish/trout") is None
    assert catalogue.delete("fish/trout") is None
    state = catalogue.state()
    assert (state.version, state.size) == (2, 0)


def test_the_same_again_changes_nothing(catalogue: Catalogue) -> None:
    first = catalogue.put("a", picture(1), ["x"], {"k": 1, "j": 2})
    again = catalogue.put("a", picture(1), ["x"], {"j": 2, "k": 1})
    unsaid = catalogue.put("a", picture(1))
    assert (again.seq, again.created, again.changed) == (first.seq, False, False)
    assert (unsaid.seq, unsaid.changed) == (first.seq, False)
    assert catalogue.state().version == 1
    entry = catalogue.get("a")
    assert entry is not None
    assert entry.captions == ("x",)


def test_another_picture_clears_what_is_not_said(catalogue: Catalogue) -> None:
    catalogue.put("a", picture(1), ["x"], {"k": 1})
    stored = catalogue.put("a", picture(2))
    entry = catalogue.get("a")
    assert entry is not None
    assert (stored.seq, stored.created, entry.captions, entry.metadata) == (2, False, (), {})


def test_a_new_caption_alone_is_a_change(catalogue: Catalogue) -> None:
    catalogue.put("a", picture(1), ["x"], {"k": 1})
    assert catalogue.put("a", picture(1), ["y"]).seq == 2
    entry = catalogue.get("a")
    assert entry is not None
    assert (entry.captions, entry.metadata) == (("y",), {"k": 1})


def test_it_survives_being_opened_again(tmp_path: Path) -> None:
    first = Catalogue(tmp_path / "c.sqlite")
    first.put("a", picture(1))
    first.close()
    second = Catalogue(tmp_path / "c.sqlite")
    assert second.catalogue_id == first.catalogue_id
    assert second.put("b", picture(2)).seq == 2
    assert second.state().size == 2


def test_another_schema_is_refused(tmp_path: Path) -> None:
    Catalogue(tmp_path / "c.sqlite").close()
    with sqlite3.connect(tmp_path / "c.sqlite") as connection:
        connection.execute("UPDATE meta SET value='99' WHERE key='schema'")
    connection.close()
    with pytest.raises(RuntimeError, match="schema 99"):
        Catalogue(tmp_path / "c.sqlite")


def test_the_feed_rebuilds_the_catalogue_from_any_point(catalogue: Catalogue) -> None:
    """A follower that reads in small steps while the catalogue changes ends with the same pictures."""
    source, truth = random.Random(1), dict[str, Picture]()
    mirror, applied = dict[str, Picture](), 0
    for step in range(400):
        image_id = f"p{source.randrange(25)}"
        if source.random() < 0.3:
            catalogue.delete(image_id)
            truth.pop(image_id, None)
        else:
            truth[image_id] = picture(source.randrange(5))
            catalogue.put(image_id, truth[image_id])
        if step % 7 == 0:
            for entry in catalogue.changes(applied, 3):
                mirror.pop(entry.image_id, None)
                if entry.picture is not None:
                    mirror[entry.image_id] = entry.picture
                assert entry.seq > applied
                applied = entry.seq
    while changes := catalogue.changes(applied, 3):
        for entry in changes:
            mirror.pop(entry.image_id, None)
            if entry.picture is not None:
                mirror[entry.image_id] = entry.picture
        applied = changes[-1].seq
    assert mirror == truth
    assert applied == catalogue.state().version
    assert catalogue.state().size == len(truth)
    assert catalogue.pending(applied) == 0


def test_pages_by_id(catalogue: Catalogue) -> None:
    for name in ("b", "a", "d", "c", "ä"):
        catalogue.put(name, picture(1))
    catalogue.delete("c")
    first, state = catalogue.page("", 2)
    second, _ = catalogue.page("b", 5)
    assert [entry.image_id for entry in first + second] == ["a", "b", "d", "ä"]
    assert state.size == 4


FILTERS: list[tuple[Filter, set[str]]] = [
    ({"class": ("fish",)}, {"a", "b"}),
    ({"class": ("fish", "bird")}, {"a", "b", "c"}),
    ({"class": ("fish",), "year": (2014,)}, {"a"}),
    ({"year": (2014.0,)}, {"a", "c"}),
    ({"year": ("2014",)}, {"d"}),
    ({"drawn": (True,)}, {"b"}),
    ({"drawn": (1,)}, {"c"}),
    ({"drawn": (False,)}, {"d"}),
    ({'odd "key".$[0]': ("x",)}, {"d"}),
    ({"missing": ("x",)}, set()),
]


@pytest.mark.parametrize(("wanted", "passing"), FILTERS)
def test_filters_compare_as_json_does(catalogue: Catalogue, wanted: Filter, passing: set[str]) -> None:
    rows: dict[str, dict[str, MetadataValue]] = {
        "a": {"class": "fish", "year": 2014},
        "b": {"class": "fish", "year": 2015, "drawn": True},
        "c": {"class": "bird", "year": 2014, "drawn": 1},
        "d": {"year": "2014", "drawn": False, 'odd "key".$[0]': "x"},
    }
    for image_id, metadata in rows.items():
        catalogue.put(image_id, picture(1), None, metadata)
    assert set(catalogue.matching(wanted, 10)) == passing
    asked = Sought(list(rows), wanted)
    assert set(compress(asked.image_ids, catalogue.presence(asked).there)) == passing
    assert len(catalogue.matching(wanted, 1)) == min(1, len(passing))


def test_lookup_of_many_ids(catalogue: Catalogue) -> None:
    for number in range(50):
        catalogue.put(f"p{number}", picture(number))
    asked = [f"p{number}" for number in range(40_000)]
    snapshot = catalogue.lookup(asked)
    assert len(snapshot.entries) == snapshot.size == snapshot.version == 50


def test_contents_are_those_of_living_entries(catalogue: Catalogue) -> None:
    catalogue.put("a", picture(1))
    catalogue.put("b", picture(1))
    catalogue.put("c", picture(2))
    catalogue.delete("c")
    assert catalogue.contents() == {picture(1).content_hash}


def test_many_writers_and_readers(catalogue: Catalogue) -> None:
    """Every change gets its own number; a reader never sees a size that does not fit its entries."""
    faults = list[str]()

    def write(name: str) -> None:
        for number in range(20):
            catalogue.put(f"{name}{number}", picture(number))

    def read() -> None:
        for _ in range(40):
            entries, state = catalogue.page("", 1_000)
            if len(entries) != state.size or state.size != state.version:
                faults.append(f"{len(entries)} {state.size} {state.version}")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    threads += [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert catalogue.state().version == catalogue.state().size == 80
    assert sorted(entry.seq for entry in catalogue.changes(0, 1_000)) == list(range(1, 81))
