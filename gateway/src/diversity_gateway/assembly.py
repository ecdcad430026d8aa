"""Builds the parts from the settings, starts the indexers, takes everything down again."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from anyio import to_thread

from diversity_contracts.decoders import decoding
from diversity_contracts.pictures import Decode
from diversity_contracts.problems import UnknownId
from diversity_gateway.admission import Lane
from diversity_gateway.atlas import Atlas
from diversity_gateway.byte_store import ByteStore, InProcess
from diversity_gateway.calls import Kind
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.catalogue_rows import Sought
from diversity_gateway.clients import ViewClient
from diversity_gateway.content_files import ContentFiles
from diversity_gateway.dialects import CAPTION, DRML
from diversity_gateway.exchange import Exchange
from diversity_gateway.history_file import HistoryFile
from diversity_gateway.indexer import Indexer
from diversity_gateway.ingest import Ingest
from diversity_gateway.kept_answers import KeptAnswers
from diversity_gateway.last_words import LastWords
from diversity_gateway.metrics import Metrics
from diversity_gateway.parts import BodyLimits, Parts
from diversity_gateway.retrieve import Retrieval
from diversity_gateway.settings import Settings

_log = logging.getLogger(__name__)
ASKING_SHARE = 20  # this part of a view's deadline goes into asking what it serves
DECODING_THREADS = 2  # where no processes decode
WRITE_PATIENCE_S = 5.0  # a write is repeated at a cost: it may wait longer than a query


@asynccontextmanager
async def assemble(
    settings: Settings,
    metrics: Metrics,
    *,
    exchanges: Mapping[str, Exchange] | None = None,
    decode: Decode | None = None,
) -> AsyncIterator[Parts]:
    """The parts, for as long as the block lasts.

    `exchanges` stand in for the network, by a view's name; `decode` for the processes that decode.
    """
    async with AsyncExitStack() as stack:
        catalogue = await to_thread.run_sync(Catalogue, settings.state / "catalogue.sqlite")
        stack.callback(catalogue.close)
        histories = await to_thread.run_sync(HistoryFile, settings.state / "histories.sqlite")
        stack.callback(histories.close)
        files = await to_thread.run_sync(ContentFiles, settings.state)
        swept = await to_thread.run_sync(lambda: files.sweep(catalogue.contents()))
        # Every id is read now, not by the first query.
        await to_thread.run_sync(catalogue.presence, Sought(()))
        _log.info("catalogue open", extra={"catalogue_id": catalogue.catalogue_id, "swept_files": swept})
        views = dict[str, ViewClient]()
        for url, dialect in ((settings.drml_url, DRML), (settings.caption_url, CAPTION)):
            if url:
                exchange = (exchanges or {}).get(dialect.name)
                view = ViewClient(url, dialect, deadline_s=settings.view_deadline_s, exchange=exchange)
                stack.push_async_callback(view.aclose)
                views[dialect.name] = view
        indexers = {
            name: Indexer(name, view, catalogue, files, poll_s=settings.poll_s)
            for name, view in views.items()
        }
        for indexer in indexers.values():
            stack.push_async_callback(
                _stop, asyncio.create_task(indexer.run(), name=f"indexer {indexer.name}")
            )
        store = _store(settings)
        if store is not None:
            stack.push_async_callback(store.aclose)
        if decode is None:
            decode = stack.enter_context(decoding(settings.decoders, seconds=settings.decode_seconds))
        kept = None
        if store is not None:
            words = LastWords(views, settings.view_deadline_s / ASKING_SHARE)
            stack.push_async_callback(_stop, asyncio.create_task(words.watch(), name="last words"))
            kept = KeptAnswers(store, catalogue, words)
        yield Parts(
            catalogue=catalogue,
            ingest=Ingest(
                catalogue,
                files,
                indexers.values(),
                decode=decode,
                decoders=settings.decoders or DECODING_THREADS,
                max_pixels=settings.max_pixels,
                wait_s=settings.wait_s,
            ),
            retrieval=Retrieval(
                views, catalogue, _reader(catalogue, files), lambda name: indexers[name].refusals.known
            ),
            histories=histories,
            half_life_days=settings.history_half_life_days,
            views=views,
            indexers=indexers,
            lanes=_lanes(settings, metrics),
            keys=settings.key_ring(),
            kept=kept,
            limits=BodyLimits(settings.max_body_bytes, settings.max_batch_bytes, settings.body_grace_s),
            metrics=metrics,
            atlas=Atlas(views.get(DRML.name)),
        )


def _reader(catalogue: Catalogue, files: ContentFiles) -> Callable[[str], bytes]:
    def read(image_id: str) -> bytes:
        entry = catalogue.get(image_id)
        if entry is None:
            raise UnknownId(f"There is no picture {image_id!r}.")
        return files.read(entry.present.content_hash)

    return read


def _store(settings: Settings) -> ByteStore | None:
    """Where answers are kept; None: they are not."""
    if settings.cache_bytes == 0:
        return None
    near = InProcess(settings.cache_bytes)
    url = settings.redis_url.get_secret_value()
    if not url:
        return near
    from diversity_gateway.redis_store import RedisStore  # noqa: PLC0415  a tenth of a second that few need

    redis = RedisStore(url, near, lifetime_s=settings.cache_lifetime_s)
    redis.connect()
    return redis


def _lanes(settings: Settings, metrics: Metrics) -> dict[Kind, Lane]:
    """Queries and writes apart, so that neither takes the other's turns or memory."""
    half = settings.max_buffered_bytes // 2
    queries = Lane(
        "queries",
        most=settings.max_in_flight,
        waiting=settings.max_waiting,
        patience_s=settings.max_wait_s,
        target_s=settings.view_deadline_s / 2,
        buffered_bytes=half,
        observe=metrics.lane_seconds,
        count_refused=metrics.lane_refused,
    )
    writes = Lane(
        "writes",
        most=settings.max_writes,
        waiting=settings.max_writes_waiting,
        patience_s=WRITE_PATIENCE_S,
        buffered_bytes=half,
        observe=metrics.lane_seconds,
        count_refused=metrics.lane_refused,
    )
    return {"query": queries, "write": writes}


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
