"""What Prometheus reads: requests, waiting and work apart, the index, the artifact, refusals."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from diversity_contracts.wire import ViewName
from diversity_view.timing import Stage

# A search takes 5-20 ms and an encoding 5-50 ms on a small CPU machine; overload is seen above a second.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)


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

    def request(self, route: str, status: int, seconds: float) -> None:
        self._requests.labels(route, str(status)).observe(seconds)

    def waited(self, lane: str, seconds: float) -> None:
        self._queue.labels(lane).observe(seconds)

    def stage(self, stage: Stage, seconds: float) -> None:
        self._stage.labels(stage).observe(seconds)

    def problem(self, slug: str) -> None:
        self._problems.labels(slug).inc()

    def refused(self, pictures: int) -> None:
        self._refused.inc(pictures)

    def index(self, pictures: int, applied: int) -> None:
        self._pictures.set(pictures)
        self._applied.set(applied)

    def artifact(self, version: str, *, refused: bool) -> None:
        self._artifact.info({"version": version})
        self._artifact_refused.set(refused)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self._registry)
