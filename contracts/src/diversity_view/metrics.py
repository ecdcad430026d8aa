"""What Prometheus reads: requests, waiting and work apart, the index, the artifact, refusals."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from diversity_contracts.wire import ViewModel, ViewName
from diversity_view.timing import Stage

# A search takes 5-20 ms and an encoding 5-50 ms on a small CPU machine; overload is seen above a second.
_REASON_CHARACTERS = 300  # of a label
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)
_GROUPS = (1, 2, 4, 8, 16, 32)


class Metrics:
    """One registry of its own, so that two applications in one process never share a counter."""

    def __init__(self, view: ViewName) -> None:
        registry = self._registry = CollectorRegistry()
        self._requests = Histogram(
            f"{view}_request_seconds",
            "Whole requests, by route and status.",
            ["route", "status"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._queue = Histogram(
            f"{view}_queue_seconds", "Waiting for a turn.", ["lane"], buckets=_SECONDS, registry=registry
        )
        self._together = Histogram(
            f"{view}_together", "Queries worked on in one go.", buckets=_GROUPS, registry=registry
        )
        self._stage = Histogram(
            f"{view}_stage_seconds", "Working, by stage.", ["stage"], buckets=_SECONDS, registry=registry
        )
        self._pictures = Gauge(f"{view}_index_pictures", "Pictures in the index.", registry=registry)
        self._applied = Gauge(
            f"{view}_applied_change", "The catalogue change the index stands at.", registry=registry
        )
        self._refused = Counter(
            f"{view}_refused_pictures",
            "Pictures of the catalogue that the view cannot represent.",
            registry=registry,
        )
        self._problems = Counter(
            f"{view}_problems", "Requests refused or failed, by problem.", ["problem"], registry=registry
        )
        self._artifact_refused = Gauge(
            f"{view}_artifact_refused",
            "1 while a newer artifact is refused; /model says why.",
            registry=registry,
        )
        self._artifact = Info(f"{view}_artifact", "The artifact that serves.", registry=registry)
        self._refusal = Info(
            f"{view}_artifact_refusal", "Why the artifact that should serve does not.", registry=registry
        )
        self._preparing = Info(f"{view}_preparing", "The artifact to serve next.", registry=registry)
        self._prepared = Gauge(
            f"{view}_preparing_pictures", "Pictures in the index of the artifact to serve next.",
            registry=registry,
        )  # fmt: skip
        self._swaps = Counter(
            f"{view}_generations_replaced", "Times that another generation took over.", registry=registry
        )
        self._glances = Counter(
            f"{view}_artifact_glances", "Looks at the volume for another artifact.", registry=registry
        )
        self._served: str | None = None

    def request(self, route: str, status: int, seconds: float) -> None:
        self._requests.labels(route, str(status)).observe(seconds)

    def waited(self, lane: str, seconds: float) -> None:
        self._queue.labels(lane).observe(seconds)

    def grouped(self, queries: int) -> None:
        self._together.observe(queries)

    def stage(self, stage: Stage, seconds: float) -> None:
        self._stage.labels(stage).observe(seconds)

    def problem(self, slug: str) -> None:
        self._problems.labels(slug).inc()

    def refused(self, pictures: int) -> None:
        self._refused.inc(pictures)

    def glanced(self) -> None:
        self._glances.inc()

    def standing(self, model: ViewModel) -> None:
        """How the view stands: what `/model` says of it."""
        self._pictures.set(model.count)
        self._applied.set(model.applied)
        if model.artifact is not None:
            self._artifact.info({"version": model.artifact})
        self._artifact_refused.set(model.refusal is not None)
        self._refusal.info({"reason": (model.refusal or "")[:_REASON_CHARACTERS]})
        coming = model.preparing
        self._preparing.info(
            {
                "version": coming.artifact if coming else "",
                "stage": coming.stage if coming else "",
            }
        )
        self._prepared.set(coming.indexed if coming else 0)
        if model.name is not None and model.name != self._served:
            if self._served is not None:
                self._swaps.inc()
            self._served = model.name

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self._registry)
