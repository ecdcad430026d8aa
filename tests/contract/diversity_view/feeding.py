"""What tests of generations ask of a living view, and how they feed it."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.fakes.live_view import WordEngine
from tests.fakes.running_view import RunningView
from tests.fakes.waiting import eventually

View = RunningView[WordEngine]
PICTURES = {"a": b"1", "b": b"22", "c": b"333"}


async def holds(value: bool) -> bool:
    """What `eventually` asks, of a value that is there at once."""
    return value


async def feed(view: View, after: int, pictures: Mapping[str, bytes], artifact: str | None = None) -> None:
    """Send one batch once the view takes it."""

    async def taken() -> bool:
        return (await view.apply(after, pictures, artifact=artifact)).status_code == 200

    await eventually(taken)


async def model_when(view: View, holds: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The reply of `/model`, once it is as wanted."""
    found: list[dict[str, Any]] = []

    async def seen() -> bool:
        found[:] = [(await view.client.get("/model")).json()]
        return bool(holds(found[0]))

    await eventually(seen)
    return found[0]


async def artifact_of(view: View) -> str:
    """The artifact that serves."""
    artifact: str = (await model_when(view, lambda model: model["state"] == "ready"))["artifact"]
    return artifact


async def said(view: View) -> tuple[str, set[str]]:
    """The word of a reply, and the words of its entries."""
    reply = (await view.client.post("/ask", json={})).json()
    return reply["word"], {entry.split()[0] for entry in reply["entries"].values()}


def prepares(artifact: str) -> Callable[[dict[str, Any]], bool]:
    """Whether `/model` says that the artifact is fed to serve next."""

    def holds(model: dict[str, Any]) -> bool:
        preparing = model["preparing"]
        return preparing is not None and (preparing["artifact"], preparing["stage"]) == (artifact, "indexing")

    return holds


def serves(artifact: str) -> Callable[[dict[str, Any]], bool]:
    """Whether `/model` says that the artifact serves."""
    return lambda model: bool(model["artifact"] == artifact)
