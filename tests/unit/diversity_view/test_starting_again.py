"""A view whose first load fails for a reason that passes tries again; it knows of an index elsewhere."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from diversity_contracts.problems import NotReady
from diversity_view.generation import Generation
from diversity_view.serving import Serving
from diversity_view.state_folder import StateFolder
from tests.unit.diversity_view.test_serving import Still


def loads(*outcomes: Exception | None) -> Iterator[Generation[Still]]:
    """What each attempt comes to, None: it works."""
    for outcome in outcomes:
        if outcome is not None:
            raise outcome
        yield Generation(Still("a", 1))


async def test_what_passes_is_tried_again() -> None:
    left: list[Exception | None] = [
        NotReady("away", retry_after_s=0),
        NotReady("away", retry_after_s=0),
        None,
    ]
    serving = Serving("drml", lambda: next(loads(left.pop(0))))
    await serving.start()
    assert not left
    assert (serving.model().state, serving.model().artifact) == ("ready", "a")


@pytest.mark.parametrize("reason", [NotReady("held by another"), ValueError("bad")])
async def test_what_does_not_pass_is_kept(reason: Exception) -> None:
    left: list[Exception | None] = [reason, None]
    serving = Serving("drml", lambda: next(loads(left.pop(0))))
    await serving.start()
    assert (serving.model().state, serving.model().refusal) == ("failed", str(reason))
    assert len(left) == 1


async def test_a_process_on_its_way_out_does_not_try_again() -> None:
    left: list[Exception | None] = [NotReady("away", retry_after_s=0), None]
    serving = Serving("drml", lambda: next(loads(left.pop(0))))
    serving.draining = True
    await serving.start()
    assert len(left) == 1


def test_an_index_elsewhere_goes_with_its_note(tmp_path: Path) -> None:
    kept = list[Collection[str]]()
    state = StateFolder.hold(tmp_path)
    for artifact in ("old", "new"):
        state.index_elsewhere(artifact, kept.append)
    assert state.has_index("old")
    state.keep(["new"])
    assert (state.has_index("old"), state.has_index("new"), kept) == (False, True, [["new"]])
    state.close()
