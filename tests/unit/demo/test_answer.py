"""One answer as a table."""

from typing import Any

from demo.answer import render


def _result(rank: int, image_id: str, divergence: float, **more: Any) -> dict[str, Any]:
    entry = {
        "rank": rank,
        "image_id": image_id,
        "divergence": divergence,
        "similarity": 1 - divergence,
        "caption": None,
        "views": {
            "drml": {"distance": 10 * divergence, "percentile": divergence},
            "caption": {"similarity": 1 - divergence, "percentile": divergence},
        },
    }
    return entry | more


def _answer(*results: dict[str, Any], degraded: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "query": {"caption": "a cat on a mat"},
        "results": list(results),
        "catalogue_size": 518,
        "took_ms": 44.2,
        "views": {
            name: {"artifact": None if name in degraded else f"{name}-1"} for name in ("drml", "caption")
        },
        "degraded": list(degraded),
    }


def test_a_whole_answer() -> None:
    divergent = _answer(_result(1, "fish/trout", 0.993, caption="A trout."), _result(2, "bus", 0.98))
    similar = _answer(_result(1, "dog", 0.001))
    assert render(divergent, similar, "cat", "A cat.").splitlines() == [
        "query  cat                                   A cat.",
        "seen   a cat on a mat",
        "",
        "most divergent                             divergence   distance   wording  caption",
        "  1  fish/trout                                 0.993      9.930     0.007  A trout.",
        "  2  bus                                        0.980      9.800     0.020",
        "",
        "most similar                               similarity   distance   wording  caption",
        "  1  dog                                        0.999      0.010     0.999",
        "",
        "out of 518 pictures, by drml-1, caption-1, in 44 ms",
    ]


def test_a_view_that_lacks_the_picture_or_did_not_answer_is_shown_as_such() -> None:
    views = {"drml": None, "caption": {"similarity": 0.25, "percentile": 0.9}}
    divergent = _answer(_result(1, "bus", 0.9, views=views), degraded=("drml",))
    lines = render(divergent, _answer(), "cat", None).splitlines()
    assert lines[4].split() == ["1", "bus", "0.900", "-", "0.250"]
    assert lines[-1] == "without drml, which did not answer"
    divergent["query"]["caption"] = None
    assert render(divergent, _answer(), "cat", None).splitlines()[1] == ""


def test_long_and_hostile_texts_keep_the_table_whole() -> None:
    hostile = _result(1, "a/" * 30 + "owl", 0.5, caption="\x1b[2Jx" * 20)
    line = render(_answer(hostile), _answer(), "cat", None).splitlines()[4]
    assert "\x1b" not in line
    assert line.startswith("  1  …a/a")
    assert "a/owl  " in line
    assert line.endswith("…")
    assert len(line) == 110
