"""The merge on columns against the merge picture by picture, over random replies."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from diversity_gateway.entries import Presence, Snapshot
from diversity_gateway.evidence import Evidence
from diversity_gateway.measured import ByDistance, BySentence, Measured, Numbers
from diversity_gateway.ranking import Band, Mode
from diversity_gateway.views import Asked, Listing, Measures, Stand, ViewQuery
from diversity_gateway.wishes import Refused, Retrieved, Wish
from tests.unit.gateway.plain_evidence import PlainEvidence

VERSION = 7
QUERY = ViewQuery(b"picture")
BANDS = [None, None, None, Band(0.2, 0.7), Band(0.5, 0.5), Band(0.9, 1.0), Band(0.0, 1.0)]
WEIGHTS = [
    {"drml": 1.0},
    {"caption": 2.5},
    {"drml": 1.0, "caption": 1.0},
    {"drml": 0.7, "caption": 0.3},
    {"drml": 0.0, "caption": 1.0},
    {"drml": 1 / 3, "caption": 0.0},
]


@dataclass
class Case:
    """One query, told to both merges."""

    draw: random.Random
    wish: Wish
    names: list[str]
    by_view: dict[str, dict[str, Measured]]
    stands: dict[str, Stand]
    seen: Evidence
    plain: PlainEvidence

    def lists(self, depths: dict[str, int]) -> None:
        """The views' lists, best first, ties by image_id."""
        sign = -1 if self.wish.mode == "divergent" else 1
        for name, depth in depths.items():
            held = sorted(self.by_view[name].values(), key=lambda one: (sign * one.percentile, one.image_id))
            reply = Listing(Numbers.of(held[:depth]), self.stands[name], Asked(None, "q"), "a dog")
            self.seen.note(name, reply)
            self.seen.note_list(name, reply, depth)
            self.plain.note_list(name, held[:depth], depth)

    def measure(self, names: Sequence[str], image_ids: Sequence[str]) -> None:
        """The numbers of those that a view has not told yet."""
        for name in names:
            missing = self.seen.missing(name, image_ids)
            known = self.plain.measured.get(name, {})
            assert list(missing) == [key for key in image_ids if key not in known]
            told = [self.by_view[name][key] for key in missing if key in self.by_view[name]]
            reply = Measures(Numbers.of(told), self.stands[name], Asked(None, "q"), "a dog")
            self.seen.note(name, reply)
            self.seen.note_measures(name, reply)
            self.plain.note(name, told)

    def read(self, there: frozenset[str], state: Snapshot, most: int | None) -> Retrieved | None:
        """The ranking on columns, of its first pictures alone where these tell."""
        ordered = self.seen.ordered(most)
        asked = ordered.order.image_ids()
        presence = Presence(state, asked, np.array([key in there for key in asked], dtype=bool))
        return self.seen.read(ordered, presence)

    def compare(self, there: frozenset[str]) -> bool:
        """Both read alike; whether that is proven."""
        size = len(self.names)
        state = Snapshot(VERSION, size)
        plenty = 2 * (self.seen.enough(size) or 1)
        most = self.draw.choice([None, 1, self.draw.randrange(1, 60), plenty, plenty])
        found = self.read(there, state, most)
        if found is None:
            assert most is not None
            found = self.read(there, state, None)
            assert found is not None
        in_step = self.seen.in_step(state)
        ranked, proven = self.plain.read(there, size, in_step)
        assert found.ranked == ranked
        assert all(
            type(value) is float
            for entry in found.ranked
            for value in (entry.divergence, *entry.percentiles.values())
        )
        assert found.proven is proven
        assert found.exact is (proven and in_step and len(self.plain.measured) == len(self.wish.weights))
        for entry in found.ranked:
            for name, known in self.plain.measured.items():
                assert found.measured[name].get(entry.image_id) == known.get(entry.image_id)
        return proven


def _share(draw: random.Random, coarse: bool) -> float:
    return draw.randrange(9) / 8 if coarse else draw.random()


def _entry(draw: random.Random, name: str, key: str, coarse: bool, told: float) -> Measured:
    share = _share(draw, coarse)
    value = draw.choice([-1.0, 0.0, 0.5, draw.gauss(0, 1)]) if draw.random() < told else None
    if name == "drml":
        return ByDistance(key, share, 3 * share, adjusted=value)
    source = draw.choice(["human", "generated"])
    return BySentence(key, share, 1 - share, f"a {key}", source, adjusted=value)  # type: ignore[arg-type]  # one of the two


def case(draw: random.Random) -> Case:
    """With ties, few or no adjusted values, pictures that views lack or refuse, views that do not answer."""
    names = [f"p{number}" for number in draw.sample(range(1_000), draw.choice([0, 1, 7, 40, 160]))]
    weights, mode = draw.choice(WEIGHTS), draw.choice(["divergent", "similar"])
    coarse, told = draw.random() < 0.4, draw.choice([0.0, 0.02, 0.5, 1.0])
    whole = draw.random() < 0.6
    refused = {
        name: frozenset(draw.sample(names, draw.randrange(3) if len(names) > 2 else 0)) for name in weights
    }
    by_view = {
        name: {
            key: _entry(draw, name, key, coarse, told)
            for key in names
            if key not in refused[name] and (whole or draw.random() < 0.9)
        }
        for name in weights
    }
    stands = {
        name: Stand(f"{name}-1", VERSION - (draw.random() < 0.2), len(held)) for name, held in by_view.items()
    }
    typed: Mode = "divergent" if mode == "divergent" else "similar"
    wish = Wish(
        typed,
        draw.choice([1, 5, 20, 300]),
        weights,
        band=draw.choice(BANDS),
        exclude=frozenset(draw.sample(names, draw.randrange(4) if len(names) > 3 else 0)),
        listed=draw.choice([1, 3, None]) if typed == "divergent" else None,
    )
    known = {name: Refused(VERSION, ids) for name, ids in refused.items()}
    return Case(
        draw,
        wish,
        names,
        by_view,
        stands,
        Evidence(QUERY, wish, pinned=True, refused=known),
        PlainEvidence(wish, refused),
    )


@pytest.mark.parametrize("seed", range(40))
def test_equals_the_merge_picture_by_picture(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(25):
        one = case(draw)
        missing = [name for name in one.wish.weights if draw.random() < 0.15]
        for name in missing[: len(one.wish.weights) - 1]:
            one.seen.accounts[name].status = "late"
        if not one.seen.ranking:
            continue
        there = frozenset(key for key in one.names if draw.random() < draw.choice([1.0, 0.7]))
        if draw.random() < 0.2:  # what passes a filter is measured, and no list is read
            passing = draw.sample(one.names, len(one.names) // 2)
            one.seen.passing = one.plain.passing = len(passing)
            one.measure(one.seen.answering, passing)
            one.compare(there & frozenset(passing))
            continue
        due = {
            name: draw.choice([1, 4, 30]) if one.wish.weights[name] > 0 else 1 for name in one.seen.answering
        }
        proven = False
        while due and not proven:
            one.lists(due)
            assert set(one.seen.candidates()) == one.plain.candidates()
            assert len(one.seen.candidates()) == len(one.plain.candidates())
            one.measure(one.seen.ranking, one.seen.candidates())
            proven = one.compare(there)
            due = one.seen.deeper(100)
            assert due == one.plain.deeper(100)
        idle = [name for name in one.seen.answering if name not in one.seen.ranking]
        one.measure(idle, draw.sample(one.names, min(3, len(one.names))))
        one.compare(there)


def test_a_part_of_the_ranking_does_not_hide_that_a_view_corrects_it() -> None:
    """Only the last of all pictures has an adjusted value: the far band counts, and is not proven."""
    names = [f"p{number:02}" for number in range(20)]
    looks = [0.9] * 5 + [0.65] * 14 + [0.61]
    says = [0.9] * 5 + [0.1] * 14 + [0.0]
    weights = {"drml": 1.0, "caption": 1.0}
    wish = Wish("divergent", 5, weights, listed=1)
    seen = Evidence(QUERY, wish, pinned=True, refused=dict.fromkeys(weights, Refused(VERSION)))
    drml = [
        ByDistance(key, share, share, adjusted=1.0 if key == "p19" else None)
        for key, share in zip(names, looks, strict=True)
    ]
    caption = [BySentence(key, share, 0.0, "", "human") for key, share in zip(names, says, strict=True)]
    for name, told, depth in (("drml", drml, 20), ("caption", caption, 5)):
        reply = Listing(Numbers.of(told[:depth]), Stand(name, VERSION, 50), QUERY)
        seen.note(name, reply)
        seen.note_list(name, reply, depth)
    seen.note_measures("caption", Measures(Numbers.of(caption[5:]), Stand("caption", VERSION, 50), QUERY))

    def read(most: int | None) -> Retrieved | None:
        ordered = seen.ordered(most)
        asked = ordered.order.image_ids()
        return seen.read(ordered, Presence(Snapshot(VERSION, 50), asked, np.ones(len(asked), dtype=bool)))

    whole = read(None)
    assert whole is not None
    assert not whole.proven
    assert len(seen.ordered(15).order) == 19, "those that tie with the last"
    assert read(15) is None


def test_random_cases_reach_every_branch() -> None:
    """The cases above are worth something: both orders, proofs and ties occur among them."""
    seen = set[str]()
    draw = random.Random(1)
    for _ in range(300):
        one = case(draw)
        seen |= {one.wish.mode, f"weights {len(one.wish.weights)}", f"band {one.wish.band is not None}"}
        seen.add(f"listed {one.wish.listed is not None}")
        shares = [entry.percentile for held in one.by_view.values() for entry in held.values()]
        seen.add(f"ties {len(set(shares)) < len(shares)}")
        values = [entry.adjusted for held in one.by_view.values() for entry in held.values()]
        seen |= {f"adjusted {value is not None}" for value in values}
    kinds = ("band", "listed", "ties", "adjusted")
    assert seen == {"divergent", "similar", "weights 1", "weights 2"} | {
        f"{kind} {value}" for kind in kinds for value in (True, False)
    }
