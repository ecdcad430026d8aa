"""What Prometheus reads of the gateway."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """One registry of its own, so that two gateways in one process do not mix."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self.requests = Histogram(
            "gateway_request_seconds",
            "Time from a request's head to the end of its reply.",
            ("route", "method", "status"),
            buckets=_SECONDS,
            registry=registry,
        )
        self.in_flight = Gauge("gateway_requests_in_flight", "Requests in work.", registry=registry)
        self.view_seconds = Histogram(
            "gateway_view_seconds",
            "Time a query spent waiting for a view.",
            ("view", "status"),
            buckets=_SECONDS,
            registry=registry,
        )
        self._queue_seconds = Histogram(
            "gateway_queue_seconds", "Waiting for a turn.", ("lane",), buckets=_SECONDS, registry=registry
        )
        self._work_seconds = Histogram(
            "gateway_work_seconds",
            "From the turn to the reply, the views' work included.",
            ("lane",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._refused = Counter(
            "gateway_refused_total", "Requests refused with 429, by lane.", ("lane",), registry=registry
        )
        self.lane_running = Gauge(
            "gateway_lane_running", "Requests that have a turn.", ("lane",), registry=registry
        )
        self.lane_waiting = Gauge(
            "gateway_lane_waiting", "Requests that wait for a turn.", ("lane",), registry=registry
        )
        self.lane_limit = Gauge("gateway_lane_limit", "Turns at once.", ("lane",), registry=registry)
        self.kept = Counter(
            "gateway_kept_answers_total",
            "Looks for a kept answer: hit, miss, or unsure because a view did not say what it serves.",
            ("outcome",),
            registry=registry,
        )
        self.inexact = Counter(
            "gateway_inexact_answers_total",
            "Answers that were not proven exact.",
            ("mode",),
            registry=registry,
        )
        self.images = Gauge("gateway_catalogue_images", "Pictures in the catalogue.", registry=registry)
        self.version = Gauge("gateway_catalogue_version", "The catalogue's latest change.", registry=registry)
        self.applied = Gauge(
            "gateway_view_applied", "The change up to which a view stands.", ("view",), registry=registry
        )
        self.view_pending = Gauge(
            "gateway_view_pending", "Pictures whose latest change a view lacks.", ("view",), registry=registry
        )
        self.view_state = Gauge(
            "gateway_view_state",
            "1 for the state and the artifact that a view last told of; `preparing` may be empty.",
            ("view", "state", "artifact", "preparing"),
            registry=registry,
        )
        self.view_up = Gauge(
            "gateway_view_up",
            "1 where the last exchange with the view succeeded.",
            ("view",),
            registry=registry,
        )

    def lane_seconds(self, lane: str, waited: float, worked: float) -> None:
        """Note one request of a lane."""
        self._queue_seconds.labels(lane).observe(waited)
        self._work_seconds.labels(lane).observe(worked)

    def lane_refused(self, lane: str) -> None:
        """Note one refusal."""
        self._refused.labels(lane).inc()

    def render(self) -> bytes:
        """The text exposition."""
        return generate_latest(self._registry)
