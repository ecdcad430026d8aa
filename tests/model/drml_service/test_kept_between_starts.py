"""An engine over its store and the table that it keeps: started again, emptied, killed between the two."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from diversity_view.queries import ById
from diversity_view.store import Store
from drml_service.encoding import PictureEncoding
from drml_service.engine import Engine
from drml_service.holding import in_process
from drml_service.index import FaissSearcher
from drml_service.kept_table import KeptTable
from drml_service.vector_codec import VectorCodec
from tests.fakes.drawn import encoded, plain
from tests.fakes.encoder import MeanColour
from tests.model.drml_service.test_engine import apply

COLOURS = {f"p{number}": encoded(plain((number * 5, 255 - number * 3, number))) for number in range(40)}
Begin = Callable[[], Engine]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Starts the view again; the one before is left as a kill leaves it."""
    started: list[Engine] = []

    def engine() -> Engine:
        holding = in_process(3, None)
        kept = KeptTable(table_of(tmp_path), holding.empty, "a key", worth=4)
        store = Store.open(
            tmp_path, artifact="drml-test", digest="d", codec=VectorCodec(3), elsewhere=kept.spare
        )
        kept.hashes = store.hashes
        started.append(
            Engine(
                artifact="drml-test",
                encoding=PictureEncoding(MeanColour(), observe=lambda *_: None),
                store=store,
                searcher=FaissSearcher(),
                observe=lambda *_: None,
                holding=holding,
                kept=kept,
            )
        )
        return started[-1]

    yield engine
    for one in started:
        one.close()


def table_of(folder: Path) -> Path:
    return folder / "table.mapped"


def ranked(engine: Engine) -> list[tuple[str, float]]:
    found = engine.rank(ById("p20"), 50, "nearest", representation=False)
    return [(hit.image_id, hit.distance) for hit in found.results]


def fed(engine: Engine, after: int, puts: dict[str, bytes], deletes: tuple[str, ...] = ()) -> None:
    apply(engine, after, puts, deletes)


def test_a_restart_says_what_the_store_says(begin: Begin, tmp_path: Path) -> None:
    engine = begin()
    fed(engine, 0, COLOURS)
    expected = ranked(engine)
    engine.close()
    again = begin()
    assert ranked(again) == expected
    fed(again, 40, {"p3": COLOURS["p4"], "new": COLOURS["p5"]}, ("p6",))
    changed = ranked(again)
    table_of(tmp_path).unlink(missing_ok=True)
    from_the_store = begin()
    assert ranked(from_the_store) == changed != expected


def test_changes_after_the_last_writing_are_not_lost(begin: Begin, tmp_path: Path) -> None:
    """Killed: what was acknowledged is in the store alone."""
    engine = begin()
    fed(engine, 0, COLOURS)
    engine.close()
    before = table_of(tmp_path).read_bytes()
    killed = begin()
    fed(killed, 40, {"late": COLOURS["p9"]}, ("p8",))
    assert table_of(tmp_path).read_bytes() == before
    again = begin()
    assert ranked(again) == ranked(killed)
    assert "late" in dict(ranked(again))
    assert "p8" not in dict(ranked(again))


def test_an_emptied_index_takes_nothing_from_before(begin: Begin, tmp_path: Path) -> None:
    """The same ids and change numbers, other pictures: a catalogue that was put back to an earlier state."""
    engine = begin()
    fed(engine, 0, COLOURS)
    engine.close()
    again = begin()
    turned = dict(zip(COLOURS, reversed(COLOURS.values()), strict=True))
    apply(again, 0, turned, reset=True)
    expected = ranked(again)
    assert ranked(begin()) == expected


@pytest.mark.parametrize("damage", [lambda sound: sound[:900], lambda _: b""])
def test_a_damaged_table_is_made_again(
    begin: Begin, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    engine = begin()
    fed(engine, 0, COLOURS)
    expected = ranked(engine)
    engine.close()
    sound = table_of(tmp_path).read_bytes()
    table_of(tmp_path).write_bytes(damage(sound))
    again = begin()
    assert ranked(again) == expected
    again.close()
    assert ranked(begin()) == expected
