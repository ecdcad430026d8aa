"""A view whose network is one word: everything it keeps begins with the word of its artifact.

The whole shell is real: settings, the state folder, stores, the volume, the watch, the application. So a
reply that mixes two generations, or an index that was fed from another one, shows by its words.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from fastapi import APIRouter, FastAPI, Request, Response

from diversity_contracts import wire
from diversity_contracts.bodies import Body, JsonBody
from diversity_contracts.generations import REFERENCE_FORM, name_of
from diversity_contracts.manifest import BadArtifact, Golden, Manifest, Preprocessing
from diversity_contracts.problems import ProblemError
from diversity_contracts.publishing import publish
from diversity_view.answering import answer
from diversity_view.app import create_view_app
from diversity_view.artifact_choice import Artifact
from diversity_view.assembly import assemble
from diversity_view.feed import Feed, View
from diversity_view.metrics import Metrics
from diversity_view.parts import Parts
from diversity_view.records import Indexed
from diversity_view.settings import ViewSettings
from diversity_view.state_folder import StateFolder
from diversity_view.view_routes import view_router
from tests.fakes.running_view import RunningView

WORD = "word.txt"
POLL_S = 0.02


def publish_word(root: Path, word: str, day: int = 1) -> Path:
    """Publish an artifact of one word; a later day sorts behind an earlier one."""
    manifest = Manifest(
        kind="drml",
        version=f"drml-2026{day:04d}T000000Z",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        code_revision="test",
        data_fingerprint="0",
        preprocessing=Preprocessing(size=8, resize="squash", mean=(0, 0, 0), std=(1, 1, 1)),
        model={},
        golden=[Golden(file=WORD, output=[1.0], tolerance=1)],
    )

    def write(folder: Path) -> None:
        (folder / WORD).write_text(word)

    return publish(root, manifest, write)


class Text:
    """Keeps text as UTF-8."""

    def pack(self, content: str) -> bytes:
        return content.encode()

    def unpack(self, payload: bytes) -> str:
        return payload.decode()


@dataclass(frozen=True)
class Words:
    """The table: by image id, what the word's artifact made of the bytes."""

    entries: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.entries)


def followed(table: Words, upserts: Mapping[str, Indexed[str]], deletes: Sequence[str]) -> Words:
    kept = {key: said for key, said in table.entries.items() if key not in deletes}
    return Words(kept | {key: indexed.content for key, indexed in upserts.items()})


class Said(wire.Wire):
    """The reply of `/ask`: the artifact, its word, what it made of every picture."""

    artifact: str
    word: str
    entries: dict[str, str]


class WordEngine:
    """Serves one word."""

    def __init__(self, artifact: Artifact, state: StateFolder, form: str, record: "Record") -> None:
        self.artifact, self._record = artifact.version, record
        form = REFERENCE_FORM if record.falls_back else form
        self.generation = name_of(artifact.version, form)
        word = (artifact.folder / WORD).read_text()
        self.word = word if form == REFERENCE_FORM else f"{word}/{form}"
        record.loads.append(self.generation)
        if record.load_fails is not None:
            raise record.load_fails
        if word == "wrong":
            raise BadArtifact("The answer to the golden input is not what was published.")
        store = state.index(self.generation, f"{artifact.digest} {form}", Text())
        self._feed = Feed(
            store=store, encode=self._encoded, empty=Words(), follow=followed, observe=lambda *_: None
        )
        record.opened[self.generation] += 1

    @property
    def view(self) -> View[Words]:
        return self._feed.view

    @property
    def facts(self) -> Mapping[str, object]:
        return {}

    def apply(self, batch: wire.ChangeBatch, pictures: Mapping[str, bytes]) -> wire.ChangesApplied:
        return self._feed.apply(batch, pictures)

    def close(self) -> None:
        self._feed.close()
        self._record.opened[self.generation] -= 1

    def ask(self, body: Body) -> Said:
        assert isinstance(body, JsonBody)
        self._record.asked()
        assert self.generation in self._record.open, "a query works with a generation that was closed"
        return Said(artifact=self.artifact, word=self.word, entries=dict(self.view.table.entries))

    def _encoded(self, pictures: Sequence[bytes]) -> list[str | ProblemError]:
        self._record.encoded += len(pictures)
        return [f"{self.word} {len(data)}" for data in pictures]


@dataclass
class Record:
    """What happened, and what should."""

    loads: list[str] = field(default_factory=list)
    opened: Counter[str] = field(default_factory=Counter)
    encoded: int = 0
    load_fails: Exception | None = None
    forms: list[str] = field(default_factory=lambda: [REFERENCE_FORM])
    """In which the next start may serve an artifact, the wanted one first."""
    falls_back: bool = False
    """Whether only the reference form can be had, whatever is asked for."""

    @property
    def open(self) -> set[str]:
        """The generations that are not closed."""
        return {name for name, count in self.opened.items() if count}

    def asked(self) -> None:
        """Called inside each query."""


router = APIRouter()


@router.post("/ask")
async def ask(request: Request) -> Response:
    """Everything that is known."""
    parts: Parts[WordEngine] = request.app.state.parts
    return await answer(request, parts, lambda engine, body, _: engine.ask(body))


def settings_in(folder: Path, **over: object) -> ViewSettings:
    """Of a view over `folder`/artifacts."""
    values = {
        "port": 0, "artifacts": folder / "artifacts", "state": folder / "state", "artifact_poll_s": POLL_S,
    }  # fmt: skip
    return ViewSettings.model_validate({**values, **over})


@asynccontextmanager
async def living(folder: Path, record: Record, **settings: object) -> AsyncIterator[RunningView[WordEngine]]:
    """The application from start to end; the starter's word is `starter`, of day 0."""
    starter = folder / "package" / "drml" / "drml-20260000T000000Z"
    if not starter.exists():
        publish_word(folder / "package", "starter", 0)
    metrics = Metrics("drml")
    parts = assemble(
        "drml",
        settings_in(folder, **settings),
        metrics,
        starter,
        lambda artifact, state, form: WordEngine(artifact, state, form, record),
        forms=lambda _: record.forms,
    )
    own = view_router(batch={}, applied={}, served={})
    app: FastAPI = create_view_app(
        parts, title="Words", description="", routers=[router, own], body_models=[]
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://view") as client,
    ):
        yield RunningView(app, parts, client)
