"""The ingest: what the gateway lacks is sent, several pictures at once, few in memory."""

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial

from diversity_client.client import Client
from diversity_client.errors import ClientError, Misused, NotAGateway, Problem, Unreachable
from diversity_client.ingesting.journal import Journal
from diversity_client.ingesting.known import Known
from diversity_client.ingesting.report import Refusal, Report
from diversity_client.sources.entry import Entry, Source, Unusable

AT_ONCE = 4  # uploads in flight: enough for a gateway with two cores
# What is wrong with one picture, not with the gateway, the key or the disk.
_OF_THE_PICTURE = frozenset({400, 404, 408, 409, 413, 415, 422, 500})
Watch = Callable[[Report], None]


class IngestStopped(ClientError):
    """The ingest ended early, for the reason in `__cause__`. `report` tells how far it came."""

    def __init__(self, report: Report, cause: ClientError) -> None:
        super().__init__(str(cause))
        self.report = report


class IngestInterrupted(KeyboardInterrupt):
    """Ctrl-C ended the ingest, once what was in flight had arrived. `report` tells how far it came."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


def ingest(
    client: Client,
    source: Source,
    *,
    at_once: int = AT_ONCE,
    journal: Journal | None = None,
    watch: Watch = lambda report: None,
    now: Callable[[], float] = time.monotonic,
) -> Report:
    """Send what the gateway does not have, or has with other bytes, captions or metadata.

    Writes are durable when the gateway replies, and the same picture again changes nothing: so an ingest
    that was killed at any moment is gone on with by starting it again.

    Args:
        at_once: uploads in flight; twice as many pictures are in memory at most.
        watch: called after each picture, in the calling thread.

    Raises IngestStopped, or IngestInterrupted.
    """
    run = _Run(client, Report(total=len(source)), journal or Journal(None, client.url), watch)
    began = now()
    try:
        run.known = Known(client.all_images())
        with ThreadPoolExecutor(at_once) as threads:
            try:
                for found in source:
                    run.take(found, threads)
                    run.settle(2 * at_once - 1)
                run.settle(0)
            except BaseException:
                threads.shutdown(wait=True, cancel_futures=True)
                run.count_finished()
                raise
    except ClientError as error:
        raise IngestStopped(run.report, error) from error
    except KeyboardInterrupt as error:
        raise IngestInterrupted(run.report) from error
    finally:
        run.report.took_s = now() - began
    return run.report


class _Run:
    """One ingest under way."""

    def __init__(self, client: Client, report: Report, journal: Journal, watch: Watch) -> None:
        self.report, self.known = report, Known(())
        self._client, self._journal, self._watch = client, journal, watch
        self._sending = dict[Future[Refusal | None], tuple[bool, int]]()  # is it new; its bytes

    def take(self, found: Entry | Unusable, threads: ThreadPoolExecutor) -> None:
        """Begin to send what was found, unless that is needless."""
        if isinstance(found, Unusable):
            self._refuse(Refusal(found.place, None, None, "Not usable", found.reason))
            return
        try:
            data = found.read()
        except Misused as error:
            self._refuse(Refusal(found.place, found.image_id, None, "Not readable", str(error)))
            return
        content = hashlib.sha256(data)
        if self.known.holds(found.image_id, content.digest(), found.captions, found.metadata):
            self.report.already_there += 1
            self._watch(self.report)
        elif refusal := self._journal.find(found.image_id, content.hexdigest()):
            self._refuse(refusal)
        else:
            future = threads.submit(partial(_send, self._client, found, data, content.hexdigest()))
            self._sending[future] = found.image_id not in self.known, len(data)

    def settle(self, most: int) -> None:
        """Wait until no more than `most` are being sent; raises what ends the ingest."""
        while len(self._sending) > most:
            done, _ = wait(self._sending, return_when=FIRST_COMPLETED)
            for future in done:
                if (error := future.exception()) is not None:
                    raise error
                self._count(future)

    def count_finished(self) -> None:
        """Count what was still sent when the ingest ended."""
        for future in list(self._sending):
            if future.done() and not future.cancelled() and future.exception() is None:
                self._count(future)

    def _count(self, future: Future[Refusal | None]) -> None:
        is_new, size = self._sending.pop(future)
        refusal = future.result()
        if refusal is not None:
            self._journal.add(refusal)
            self._refuse(refusal)
            return
        self.report.added += is_new
        self.report.replaced += not is_new
        self.report.sent_bytes += size
        self._watch(self.report)

    def _refuse(self, refusal: Refusal) -> None:
        self.report.refused.append(refusal)
        self._watch(self.report)


def _send(client: Client, entry: Entry, data: bytes, content_hash: str) -> Refusal | None:
    """Send one picture; the reason if it was refused. Raises what concerns them all."""
    try:
        client.put_image(entry.image_id, data, captions=entry.captions, metadata=entry.metadata, wait=False)
    except Problem as error:
        if error.status not in _OF_THE_PICTURE:
            raise
        return Refusal(entry.place, entry.image_id, error.status, error.title, error.detail, content_hash)
    except Misused as error:
        return Refusal(entry.place, entry.image_id, None, "Not sendable", str(error), content_hash)
    except (Unreachable, NotAGateway) as error:
        # A body far over the limit is cut off while it is sent, which looks like a gateway that is gone.
        client.health()
        title = "The connection broke each time"
        return Refusal(entry.place, entry.image_id, None, title, str(error), content_hash)
    return None
