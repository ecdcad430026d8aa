"""A stack with a large catalogue, written into its files: encoding so many pictures would take an hour.

The services make their files in a first start; rows are then put into them as the services themselves would.
Vectors are clustered and drawn, sentences are put together of words; no picture has its bytes.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from tests.bench.search_vectors import clustered
from tests.e2e.stack import Stack

# What stands in a sentence: of each place the k-th, from 0, is drawn in proportion to 1 ÷ (k + 2).
_WORDS = {
    "who": (
        "a dog|a man|two dogs|a woman|a boy|a girl|two men|children|a group of people|a young child|"
        "a toddler|a skier|a cyclist|a climber|a surfer|a horse|a baby|football players|an old woman|"
        "a skateboarder|a greyhound|a couple|a crowd|a bride"
    ),
    "looks": (
        "|in a red shirt|in black|in a blue jacket|wearing a hat|with white fur|in green shorts|"
        "with long hair|in a yellow coat|wearing sunglasses|with spots|in an orange vest|"
        "wearing a helmet|in a striped sweater|in uniform|with a collar|in purple|with a beard|"
        "in a wetsuit|wearing gloves|in pajamas|with painted faces|in costumes|wearing a scarf"
    ),
    "does": (
        "runs|stands|is jumping|plays|is sitting|walks|is swimming|looks|is riding|climbs|smiles|"
        "is holding on|catches a ball|is splashing|talks|is fetching a stick|digs|is sliding down|"
        "dances|eats|is sleeping|performs a trick|barks|kneels"
    ),
    "where": (
        "through the grass|in the snow|on the beach|in the water|on a street|in a field|at the park|"
        "on a rock|in a pool|on a bench|over a hurdle|on a mountain|by the ocean|in the woods|"
        "on a dirt road|on a ramp|inside a house|near a river|on a trampoline|at a playground|"
        "in the desert|on a boat|beside a train|under a bridge"
    ),
    "beside": (
        "|with a ball|near a tree|by a fence|with a friend|with a toy|beside a car|with a bicycle|"
        "near a building|with a camera|holding a flag|with a bucket|near a fountain|with a guitar|"
        "holding an umbrella|with a kite|beside a tent|with balloons|near a bus|with a rope|"
        "holding a sign|with a surfboard|near sheep|with a leash"
    ),
    "when": (
        "|in the sun|while people watch|at night|in the rain|at sunset|in winter|during a race|"
        "in autumn leaves|on a cloudy day|during a game|at a festival|in the morning|at a wedding|"
        "with mountains behind|under a blue sky|in the fog|during a parade|at low tide|in a storm|"
        "on a holiday|after a match|in spring|before a concert"
    ),
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
    return (json.dumps([said, -5.0], ensure_ascii=False).encode() for said in sentences(pictures))


def sentences(pictures: int) -> list[str]:
    """A sentence a picture, the same for the same number of them; nearly all differ, as nearly all of
    Flickr8k's do (40,206 of 40,460). Of few sentences whole runs of pictures would tie, and how deep a list
    must be read for a proof would be how long its ties are."""
    random = np.random.default_rng(2)
    places = [text.split("|") for text in _WORDS.values()]
    drawn = [random.choice(words, pictures, p=_rarity(len(words))) for words in places]
    return [" ".join(filter(None, said)) for said in zip(*(words.tolist() for words in drawn), strict=True)]


def _rarity(count: int) -> NDArray[np.float64]:
    shares = 1 / (np.arange(count) + 2)
    return np.asarray(shares / shares.sum())
