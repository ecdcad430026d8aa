"""A gateway with two views, played on the network of a tab: every number of an answer is known beforehand.

Among the other pictures, in the catalogue's order, the i-th is at looks rank i and at words rank 7·i modulo
their number. Pictures at even places have a caption by a person, the others a generated one. Everything but
searches and the state of the views comes from the real gateway.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, quote, urlsplit

from playwright.sync_api import Page, Request, Route

from diversity_gateway.parameters import parse_views, parse_weights

VIEWS = ["drml", "caption"]
ARTIFACTS = {"drml": "drml-20260101T000000Z", "caption": "caption-20260102T000000Z"}
STRIDE = 7  # has no divisor in common with 29 or 30, the numbers of other pictures
SENTENCE = "a dog runs through the <b>grass</b>"
CAPTIONS = ["a red bus on a street", "a dog sleeps in the grass", "two <i>boats</i> on a lake"]
LITTLE_WORDS = {"a", "the", "in", "on", "through", "two"}

Mode = Literal["divergent", "similar"]
MODES: list[Mode] = ["divergent", "similar"]


@dataclass
class TwoViews:
    """The gateway's answers, and what the page asked for.

    Attributes:
        absent: views that do not answer, each with its status.
        unknown: pictures that the caption view does not have yet.
        asked: path and query of every search, in order.
    """

    ids: list[str]
    absent: dict[str, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def play(self, page: Page) -> None:
        """Answer in the gateway's place from now on."""
        page.route("**/stats", self._stats)
        for mode in ("divergent", "similar"):
            page.route(f"**/{mode}?*", self._search)

    def answer(self, mode: Mode, fields: Mapping[str, str], image_id: str | None) -> dict[str, Any]:
        """The reply to a search with these parameters about a picture of the catalogue, or a sent one."""
        n = int(fields["n"])
        asked = parse_views(fields.get("views"), VIEWS)
        weights = parse_weights(fields.get("weights"), asked)
        answering = [view for view in asked if view not in self.absent]
        others = [each for each in self.ids if each != image_id]
        results = [
            self._result(place, others, answering, weights)
            for place, each in enumerate(others)
            if not all(self._lacks(view, each) for view in answering)
        ]
        sign = -1 if mode == "divergent" else 1
        results.sort(key=lambda result: (sign * result["divergence"], result["image_id"]))
        return {
            "mode": mode,
            "n": n,
            "query": {
                "caption": SENTENCE if "caption" in answering else None,
                "image_ids": [] if image_id is None else [image_id],
            },
            "results": [{**result, "rank": rank} for rank, result in enumerate(results[:n], start=1)],
            "views": {view: self._account(view) for view in asked},
            "degraded": [view for view in asked if view in self.absent],
            "exact": not self.absent,
            "catalogue_size": len(self.ids),
            "next_cursor": None,
            "took_ms": 44.2,
        }

    def expected_ids(self, image_id: str, mode: Mode, /, **fields: str) -> list[str]:
        """The ranking of five that is played."""
        answer = self.answer(mode, {"n": "5", **fields}, image_id)
        return [result["image_id"] for result in answer["results"]]

    def _result(
        self, place: int, others: list[str], answering: list[str], weights: Mapping[str, float]
    ) -> dict[str, Any]:
        image_id, last = others[place], len(others) - 1
        rank = STRIDE * place % len(others)
        measured = {
            "drml": {"distance": 1.0 + place, "percentile": place / last},
            "caption": {"similarity": 1 - rank / last, "percentile": rank / last},
        }
        views = {
            view: measured[view] if view in answering and not self._lacks(view, image_id) else None
            for view in VIEWS
        }
        present = {view: numbers["percentile"] for view, numbers in views.items() if numbers}
        total = sum(weights[view] for view in present)
        divergence = sum(weights[view] * share for view, share in present.items()) / total
        caption = CAPTIONS[place % len(CAPTIONS)]
        agree = max(present.values()) <= 0.5 or min(present.values()) >= 0.5
        return {
            "rank": 0,
            "image_id": image_id,
            "divergence": divergence,
            "similarity": 1 - divergence,
            "caption": caption,
            "caption_source": "human" if place % 2 == 0 else "generated",
            "metadata": {},
            "image_url": f"/images/{quote(image_id, safe='')}/content",
            "views": views,
            "agreement": agree if len(present) == len(VIEWS) else None,
            "duplicates": [],
            "explanation": explanation(caption) if views["caption"] else None,
        }

    def _lacks(self, view: str, image_id: str) -> bool:
        return view == "caption" and image_id in self.unknown

    def _account(self, view: str) -> dict[str, Any]:
        status = self.absent.get(view, "ok")
        return {"status": status, "artifact": ARTIFACTS[view] if status == "ok" else None, "took_ms": 9.1}

    def _search(self, route: Route, request: Request) -> None:
        address = urlsplit(request.url)
        self.asked.append(f"{address.path.lstrip('/')}?{address.query}")
        fields = {name: values[0] for name, values in parse_qs(address.query).items()}
        by_id = request.headers["content-type"] == "application/json"
        image_id = json.loads(request.post_data or "")["image_id"] if by_id else None
        mode: Mode = "divergent" if address.path == "/divergent" else "similar"
        route.fulfill(json=self.answer(mode, fields, image_id))

    def _stats(self, route: Route) -> None:
        account = {"indexed": len(self.ids), "pending": 0, "reachable": True}
        views = {view: {**account, "artifact": artifact} for view, artifact in ARTIFACTS.items()}
        route.fulfill(json={"catalogue_size": len(self.ids), "version": 1, "views": views})


def explanation(caption: str) -> dict[str, list[str]]:
    """The words that set a caption apart from the query's sentence."""
    query, result = content_words(SENTENCE), content_words(caption)
    return {
        "only_in_query": [word for word in query if word not in result],
        "only_in_result": [word for word in result if word not in query],
        "shared": [word for word in query if word in result],
    }


def content_words(text: str) -> list[str]:
    """The words of a sentence that say what is in the picture; markup is kept, to be seen as text."""
    return [word for word in text.split() if word not in LITTLE_WORDS]
