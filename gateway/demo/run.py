"""The demo from start to end: pictures, processes, catalogue, one answer, until it is told to stop."""

import fcntl
import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from demo import apt
from demo.answer import render
from demo.catalogue import Catalogue
from demo.failures import DemoFailed
from demo.folder import FolderPicture, list_pictures
from demo.ingest import ingest, wait_indexed
from demo.processes import Service, check_port
from demo.sample_catalogue import LICENCE, PACKAGE, sample_pictures

READY_S = 300.0  # a cold disk and busy cores make a minute of the usual seconds
WATCH_S = 0.5
REFUSALS_SHOWN = 5
ELSEWHERE = "Use your own pictures instead: make demo IMAGES=dir"


@dataclass(frozen=True, slots=True)
class Options:
    """What `make demo` was asked for. The views take the two ports after the gateway's."""

    images: Path | None
    port: int
    state: Path
    artifacts: Path


def run(options: Options) -> None:
    """Run the demo until KeyboardInterrupt; no child is left afterwards.

    Raises DemoFailed with a word for the person at the terminal.
    """
    for port in range(options.port, options.port + 3):
        check_port(port)
    folder = options.images or _sample(options.state)
    pictures = list_pictures(folder)
    captioned = sum(bool(picture.captions) for picture in pictures)
    _say(f"{len(pictures)} pictures in {folder}, {captioned} with captions")
    home = options.state / _catalogue_name(options.images)
    drml = _view("drml", options.port + 1, options, home)
    caption = _view("caption", options.port + 2, options, home)
    # All at once: the views spend most of their start on importing their frameworks.
    with _only_one(home), drml, caption, _gateway(options, home, drml, caption) as gateway:
        _say("starting drml-service, caption-service and the gateway")
        services = (drml, caption, gateway)
        for service in services:
            service.wait_ready(READY_S)
        try:
            with Catalogue(gateway.url) as catalogue:
                print(_first_answer(catalogue, pictures, services), flush=True)
        except httpx.TransportError as error:
            _check(services)
            raise DemoFailed(f"The gateway stopped answering: {error}.") from error
        _say(f"the page: {gateway.url}/   the API: {gateway.url}/openapi.json   stop with Ctrl-C")
        while True:
            time.sleep(WATCH_S)
            _check(services)


def _view(name: str, port: int, options: Options, home: Path) -> Service:
    settings = {"ARTIFACTS": str(options.artifacts.absolute()), "STATE": str((home / name).absolute())}
    log = home / f"logs/{name}-service.log"
    return Service(f"{name}_service", port=port, settings=settings, log=log)


def _gateway(options: Options, home: Path, drml: Service, caption: Service) -> Service:
    settings = {
        "DRML_URL": drml.url,
        "CAPTION_URL": caption.url,
        "STATE": str((home / "gateway").absolute()),
    }
    log = home / "logs/gateway.log"
    return Service("diversity_gateway", port=options.port, settings=settings, log=log)


def _first_answer(
    catalogue: Catalogue, pictures: Sequence[FolderPicture], services: Sequence[Service]
) -> str:
    """Bring the pictures in, and ask for what diverges from one of them."""
    result = ingest(catalogue, pictures)
    wait_indexed(catalogue, lambda: _check(services))
    _say(f"{result.added} pictures added, {result.already_there} already there")
    for image_id, reason in list(result.refused.items())[:REFUSALS_SHOWN]:
        _say(f"refused: {image_id}: {reason}")
    if len(result.refused) > REFUSALS_SHOWN:
        _say(f"refused: {len(result.refused)} in all")
    accepted = [picture for picture in pictures if picture.image_id not in result.refused]
    if not accepted:
        raise DemoFailed("The gateway took none of the pictures.")
    query = _query(accepted)
    divergent = catalogue.ask("divergent", query.image_id)
    similar = catalogue.ask("similar", query.image_id)
    return f"\n{render(divergent, similar, query.image_id, next(iter(query.captions), None))}\n"


def _query(pictures: Sequence[FolderPicture]) -> FolderPicture:
    """The picture in the middle, of those with a caption if there are any: the same one each time."""
    candidates = [picture for picture in pictures if picture.captions] or list(pictures)
    return candidates[len(candidates) // 2]


def _sample(state: Path) -> Path:
    _say(f"the sample catalogue: Debian's package {PACKAGE} ({LICENCE})")
    if not apt.has_apt():
        raise DemoFailed(f"This machine has no apt-get to fetch it with. {ELSEWHERE}")
    try:
        return sample_pictures(state, apt.download)
    except DemoFailed as error:
        raise DemoFailed(f"{error} {ELSEWHERE}") from error


def _catalogue_name(images: Path | None) -> str:
    """A folder name per picture folder, so that two demos do not mix their pictures."""
    if images is None:
        return "sample"
    place = images.resolve()
    return f"{place.name}-{hashlib.sha256(bytes(place)).hexdigest()[:8]}"


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Hold `home` for this process; two gateways over one catalogue would fight."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoFailed("Another demo runs on this catalogue; stop it first.") from error
        yield


def _check(services: Sequence[Service]) -> None:
    for service in services:
        service.check_alive()


def _say(text: str) -> None:
    print(f"demo · {text}", flush=True)
