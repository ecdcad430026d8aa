"""CSV and Parquet files of paths, ids, captions, metadata."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from diversity_client.errors import Misused
from diversity_client.sources.entry import Entry, Unusable
from diversity_client.sources.opening import open_source
from diversity_client.sources.table import choose_columns


def told(path: Path, **options: Any) -> list[Any]:
    """Entries as (id, captions, metadata), others as their reason."""
    source = open_source(path, **options)
    found = [
        one.reason if isinstance(one, Unusable) else (one.image_id, one.captions, one.metadata)
        for one in source
    ]
    assert len(source) == len(found)
    return found


def csv(folder: Path, text: str, name: str = "t.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_captions_in_rows_of_their_own_are_one_picture(tmp_path: Path) -> None:
    """As Flickr8k is often given."""
    text = 'image,caption\na/1.jpg,"A dog, running ."\na/1.jpg,A  dog\tplays .\na/1.jpg,\nb.jpg,A bus .\n'
    assert told(csv(tmp_path, text)) == [
        ("a/1", ("A dog, running .", "A dog plays ."), None),
        ("b", ("A bus .",), None),
    ]


def test_every_other_column_is_metadata(tmp_path: Path) -> None:
    text = "\ufeffid;path;caption;class;year\nx;a.jpg;;fish;1984\ny;b.jpg;B;;\n"
    assert told(csv(tmp_path, text)) == [
        ("x", (), {"class": "fish", "year": "1984"}),
        ("y", ("B",), {}),
    ]


def test_without_such_columns_nothing_is_said(tmp_path: Path) -> None:
    assert told(csv(tmp_path, "path\na.jpg\na.png\nc.png\n")) == [
        ("a.jpg", None, None),
        ("a.png", None, None),
        ("c", None, None),
    ]


def test_the_bytes_are_those_at_the_path(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures/a.jpg").write_bytes(b"a")
    (tmp_path / "a.jpg").write_bytes(b"beside")
    path = csv(tmp_path, f"path\na.jpg\n{tmp_path}/pictures/a.jpg\nnowhere.jpg\n")
    for root, first in ((None, b"beside"), (tmp_path / "pictures", b"a")):
        one, two, three = open_source(path, root=root)
        assert isinstance(one, Entry)
        assert isinstance(two, Entry)
        assert isinstance(three, Entry)
        assert (one.read(), two.read()) == (first, b"a")
        with pytest.raises(Misused, match="cannot be read"):
            three.read()


def test_rows_that_name_nothing_or_come_too_late_are_told(tmp_path: Path) -> None:
    text = "path,caption\na.jpg,x\n,y\n,z\nb.jpg,x\na.jpg,again\n"
    found = told(csv(tmp_path, text))
    assert [one[0] if isinstance(one, tuple) else one for one in found] == [
        "a",
        "The row names no picture.",
        "The row names no picture.",
        "b",
        "An earlier row is about 'a.jpg' already; bring its rows together.",
    ]


def test_columns_can_be_named(tmp_path: Path) -> None:
    path = csv(tmp_path, "where\tkey\ten\tde\tpath\nx.jpg\tk\tOne\tEins\tmeta\n", "t.tsv")
    options = {"path_column": "where", "id_column": "key", "caption_columns": ("en", "de")}
    assert told(path, **options) == [("k", ("One", "Eins"), {"path": "meta"})]
    for wrong in ({"path_column": "nope"}, {"id_column": "nope"}, {"caption_columns": ("nope",)}):
        with pytest.raises(Misused, match="no column 'nope'"):
            open_source(path, **wrong)


def test_a_table_without_paths_says_what_it_has() -> None:
    with pytest.raises(Misused, match="there are a, b"):
        choose_columns(["a", "b"])


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    rows = [
        {
            "path": "a.jpg",
            "captions": ["one", " two "],
            "n": 3,
            "share": 0.5,
            "day": date(2026, 1, 2),
            "ok": True,
        },
        {"path": "b.jpg", "captions": None, "n": None, "share": float("nan"), "day": None, "ok": False},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "t.parquet")
    assert told(tmp_path / "t.parquet") == [
        ("a", ("one", "two"), {"n": 3, "share": 0.5, "day": "2026-01-02", "ok": True}),
        ("b", (), {"ok": False}),
    ]


def test_a_column_that_no_metadata_can_hold_costs_its_rows(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([{"path": "a.jpg", "vector": [1.0]}]), tmp_path / "t.parquet")
    assert told(tmp_path / "t.parquet") == ["The column 'vector' holds list, which metadata cannot."]


@pytest.mark.parametrize(("name", "data"), [("t.parquet", b"PAR1 no"), ("t.csv", b""), ("t.csv", b"path\n")])
def test_a_broken_or_empty_table_says_so(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Misused):
        open_source(tmp_path / name)


def test_ten_thousand_rows_are_gone_through_one_by_one(tmp_path: Path) -> None:
    text = "path,caption\n" + "".join(f"{n // 2}.jpg,caption {n}\n" for n in range(10_000))
    source = open_source(csv(tmp_path, text))
    assert len(source) == 5_000
    first = next(iter(source))
    assert isinstance(first, Entry)
    assert first.captions == ("caption 0", "caption 1")
