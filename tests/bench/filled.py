"""A stack with a large catalogue, written into its files: encoding so many pictures would take an hour.

The services make their files in a first start; rows are then put into them as the services themselves would.
Vectors are clustered and drawn, sentences are put together of few words; no picture has its bytes.
"""

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from tests.bench.search_vectors import clustered
from tests.e2e.stack import Stack

WORDS = {
    "who": ["a dog", "two dogs", "a man", "a woman", "children", "a boy in a red shirt", "people", "a horse"],
    "does": ["runs", "is running", "stands", "is jumping", "plays", "is sitting", "walks", "is swimming"],
    "where": ["through the grass", "in the snow", "on the beach", "in the water", "on a street"],
    "how": ["", " with a ball", " beside a tree", " in the sun", " near a fence", " with a friend"],
}
_STAMP = "2026-01-01T00:00:00.000+00:00"


def fill(stack: Stack, folder: Path, pictures: int) -> None:
    """Put `pictures` entries, `p0`, `p1`, ..., into the files of `stack`, which runs before and after."""
    fill_and_stop(stack, folder, pictures)
    stack.start()


def fill_and_stop(stack: Stack, folder: Path, pictures: int) -> None:
    """The same, with a `stack` that runs before and not after: nothing is worked out of the entries yet."""
    with httpx.Client(timeout=30) as client:
        models = {view.url: client.get(f"{view.url}/model").json() for view in stack.views}
    stack.stop()
    contents = [f"{number:064x}" for number in range(pictures)]
    catalogue_id = _fill_catalogue(folder / "gateway" / "catalogue.sqlite", contents)
    for view in stack.views:
        name = models[view.url]["view"]
        payloads = {"drml": _vectors, "caption": _sentences}[name]
        (index,) = (folder / name).glob("index-*.sqlite")
        _fill_index(index, contents, payloads(models[view.url], pictures), catalogue_id)


def _fill_catalogue(path: Path, contents: list[str]) -> str:
    with sqlite3.connect(path) as database:
        database.executemany(
            "INSERT INTO images (image_id, content_hash, media_type, width, height, bytes, captions, "
            "metadata, created, updated, seq, deleted) VALUES (?,?,'image/jpeg',320,240,20000,'[]',"
            "?,?,?,?,0)",
            (
                (f"p{number}", content, json.dumps({"class": f"c{number % 100}"}), _STAMP, _STAMP, number + 1)
                for number, content in enumerate(contents)
            ),
        )
        shapes = np.random.default_rng(5).integers(-(2**62), 2**62, len(contents)).tolist()
        database.executemany(
            "INSERT INTO appearances VALUES (?,?,?,0)",
            ((content, shape, bytes(48)) for content, shape in zip(contents, shapes, strict=True)),
        )
        for key in ("version", "size"):
            database.execute("UPDATE meta SET value=? WHERE key=?", (str(len(contents)), key))
        found: str = database.execute("SELECT value FROM meta WHERE key='catalogue_id'").fetchone()[0]
    database.close()
    return found


def _fill_index(path: Path, contents: list[str], payloads: Iterator[bytes], catalogue_id: str) -> None:
    with sqlite3.connect(path) as database:
        database.executemany(
            "INSERT INTO contents VALUES (?,?,?)",
            (
                (content, payload, zlib.crc32(payload))
                for content, payload in zip(contents, payloads, strict=True)
            ),
        )
        database.executemany(
            "INSERT INTO entries VALUES (?,?,?,'[]')",
            ((f"p{number}", content, number + 1) for number, content in enumerate(contents)),
        )
        for name, value in (("applied", str(len(contents))), ("catalogue_id", catalogue_id)):
            database.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (name, value))
    database.close()


def _vectors(model: dict[str, Any], pictures: int) -> Iterator[bytes]:
    vectors = clustered(pictures, 1).x
    # The starter's have one direction more, that of the bias.
    vectors = np.pad(vectors, ((0, 0), (0, model["dimension"] - vectors.shape[1])))
    return (np.ascontiguousarray(vector, dtype="<f4").tobytes() for vector in vectors)


def _sentences(_: dict[str, Any], pictures: int) -> Iterator[bytes]:
    random = np.random.default_rng(2)
    places = {name: random.integers(0, len(words), pictures) for name, words in WORDS.items()}
    said: Callable[[int], str] = lambda number: "{} {} {}{}".format(  # noqa: E731 - short, and used once
        *(WORDS[name][places[name][number]] for name in WORDS)
    )
    return (json.dumps([said(number), -5.0], ensure_ascii=False).encode() for number in range(pictures))
