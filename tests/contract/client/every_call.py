"""Each method of the clients with every argument it has: what the API document is compared with."""

from collections.abc import Callable
from typing import Any

from diversity_client.asking import SearchOptions
from diversity_client.client import Client
from tests.fakes.drawn import drawn

PICTURE = drawn(1)
OPTIONS: SearchOptions = {
    "n": 3,
    "views": ["drml", "caption"],
    "weights": {"drml": 0.7, "caption": 0.3},
    "band": (0.8, 0.95),
    "raw": True,
    "diversity": 0.5,
    "candidates_limit": 100,
    "near_duplicates": "keep",
    "include_blank": True,
    "strict": True,
    "exclude": ["a", "b"],
    "cursor": "c",
}
Made = Callable[[Client], Any]
# Two pictures as the query send every option in the address.
CALLS: dict[str, list[Made]] = {
    "divergent": [
        lambda client: client.divergent(image=PICTURE),
        lambda client: client.divergent(images=[PICTURE, drawn(2)], **OPTIONS),
        lambda client: client.divergent(image_id="a", exclude=["b"], filter={"class": ["fish"]}),
        lambda client: client.divergent(image=PICTURE, exclude=["b"]),
        lambda client: client.divergent(history=["a", ("b", 0.5)]),
        lambda client: client.divergent(user_id="u"),
    ],
    "similar": [
        lambda client: client.similar(image=PICTURE),
        lambda client: client.similar(images=[PICTURE, drawn(2)], **OPTIONS),
        lambda client: client.similar(image_id="a"),
    ],
    "divergent_many": [lambda client: client.divergent_many([{"image_id": "a", "n": 2}], **OPTIONS)],
    "similar_many": [lambda client: client.similar_many([{"user_id": "u", "raw": True}], **OPTIONS)],
    "ranking": [lambda client: list(client.ranking("similar", image_id="a", **OPTIONS))],
    "put_image": [
        lambda client: client.put_image("a/b", PICTURE, wait=False),
        lambda client: client.put_image("a/b", PICTURE, captions=["x"], metadata={"class": "y"}),
    ],
    "post_images": [lambda client: client.post_images({"a": PICTURE}, wait=False)],
    "delete_image": [lambda client: client.delete_image("a/b", wait=False)],
    "image": [lambda client: client.image("a/b")],
    "content": [lambda client: client.content("a/b", size="thumb")],
    "images": [lambda client: client.images(limit=7, cursor="c")],
    "all_images": [lambda client: list(client.all_images())],
    "history": [lambda client: client.history("u")],
    "add_history": [lambda client: client.add_history("u", ["a"])],
    "delete_history": [lambda client: client.delete_history("u")],
    "projection": [lambda client: client.projection()],
    "place": [lambda client: client.place(PICTURE)],
    "stats": [lambda client: client.stats()],
    "health": [lambda client: client.health()],
    "ready": [lambda client: client.ready()],
    "metrics": [lambda client: client.metrics()],
}
