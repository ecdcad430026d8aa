"""A gateway before two views that weigh next to nothing and do as they are told, all real processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.e2e.stack import Service
from tests.fakes.drawn import drawn

ROOT = Path(__file__).parents[3]
PNG = {"Content-Type": "image/png"}


@dataclass
class PoliteStack:
    """The processes; `behave` says how a view answers from now on."""

    gateway: Service
    views: dict[str, Service]
    folder: Path

    def behave(self, name: str, word: str = "") -> None:
        """One of rude_view's behaviours; the empty word: as it should."""
        said = self.folder / f"{name}.behaviour"
        new = said.with_suffix(".new")
        new.write_text(word)
        new.replace(said)

    def add(self, image_id: str, number: int, size: tuple[int, int] = (64, 48)) -> httpx.Response:
        """One drawn picture, not waited for."""
        path = f"{self.gateway.url}/images/{image_id}?wait=false"
        return httpx.put(path, content=drawn(number, size=size), headers=PNG, timeout=60)


@contextmanager
def polite_stack(
    folder: Path, *, state: Path | None = None, module: str = "diversity_gateway", **settings: str
) -> Iterator[PoliteStack]:
    """All started and ready; stopped with the block.

    Args:
        state: the gateway's folder, `folder`/state by default.
        module: what runs as the gateway.
        settings: further environment of the gateway.
    """
    views = {
        name: Service(
            "tests.e2e.faults.rude_view",
            {"PYTHONPATH": str(ROOT), "NAME": name, "BEHAVIOUR": str(folder / f"{name}.behaviour")},
            folder / f"{name}.log",
        )
        for name in ("drml", "caption")
    }
    urls = {f"{name.upper()}_URL": view.url for name, view in views.items()}
    own = {**urls, "STATE": str(state or folder / "state"), "PYTHONPATH": str(ROOT), "POLL_S": "0.2"}
    gateway = Service(module, {**own, **settings}, folder / "gateway.log")
    stack = PoliteStack(gateway, views, folder)
    try:
        for name, view in views.items():
            stack.behave(name)
            view.start()
        gateway.start()
        for view in views.values():
            view.wait_ready("/model")
        gateway.wait_ready()
        yield stack
    finally:
        for service in (gateway, *views.values()):
            service.kill()
