"""What is measured for Prometheus: one registry for each application, no state of the process.

Every family is described in docs/metrics.md, which a test holds against this module.
"""

import math
import time
from collections.abc import Iterator, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from phantom.events.hub import EventHub
from phantom.security.guard import REFUSED
from phantom.vocabulary import TaskStatus

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
UNMATCHED = "unmatched"
"""The endpoint of every path that is no route: what clients invent must not become series."""
_METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)


class Instruments:
    """The registry and its families."""

    def __init__(self, hub: EventHub) -> None:
        self.registry = _Registry()
        self.requests = Counter(
            "phantom_api_requests",
            "Total API requests",
            ["method", "endpoint"],
            registry=self.registry,
        )
        self.durations = Histogram(
            "phantom_api_duration_seconds",
            "API response time",
            ["method", "endpoint"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.responses = Counter(
            "phantom_api_responses",
            "Responses by status code",
            ["status"],
            registry=self.registry,
        )
        self.refusals = Counter(
            "phantom_api_refusals",
            "Requests refused by a guard before any route saw them, by status code",
            ["status"],
            registry=self.registry,
        )
        self._tasks = Gauge("phantom_tasks", "Tasks by status", ["status"], registry=self.registry)
        self._queue = Gauge(
            "phantom_queue_depth", "Tasks that wait for a free worker", registry=self.registry
        )
        self._tasks_taken_at = -math.inf
        self.registry.register(_HubFigures(hub))
        ProcessCollector(registry=self.registry)

    def tasks_are_older_than(self, seconds: float) -> bool:
        """True where the figures of the database were taken so long ago, or never."""
        return time.monotonic() - self._tasks_taken_at >= seconds

    def observe_tasks(self, counts: Mapping[TaskStatus, int]) -> None:
        """Take over how many tasks there are in each status."""
        self._tasks_taken_at = time.monotonic()
        for status in TaskStatus:
            self._tasks.labels(status).set(counts.get(status, 0))
        self._queue.set(counts.get(TaskStatus.PENDING, 0))

    def exposition(self) -> bytes:
        """All families in the text format; reads /proc, so it blocks."""
        return generate_latest(self.registry)


class _Registry(CollectorRegistry):
    """Leaves out when each series began, which the library would add to every one."""

    def collect(self) -> Iterator[Metric]:
        """See `CollectorRegistry`."""
        for metric in super().collect():
            metric.samples = [each for each in metric.samples if not each.name.endswith("_created")]
            yield metric


class _HubFigures(Collector):
    """The fan-out's own figures, read when they are asked for."""

    def __init__(self, hub: EventHub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        """See `Collector`."""
        yield GaugeMetricFamily(
            "phantom_ws_connections", "Open WebSocket connections", self._hub.connections
        )
        yield CounterMetricFamily(
            "phantom_ws_events_delivered",
            "Events given to WebSocket clients, counted for each client",
            self._hub.delivered,
        )
        yield CounterMetricFamily(
            "phantom_ws_clients_cut_off",
            "WebSocket clients dropped because they did not keep up",
            self._hub.cut_off,
        )


class RefusalMetrics:
    """Counts what a guard refused; stands outside of them all."""

    def __init__(self, app: ASGIApp, instruments: Instruments) -> None:
        self._app = app
        self._instruments = instruments

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and count what came back refused."""
        await self._app(scope, receive, send)
        if REFUSED in scope:
            self._instruments.refusals.labels(str(scope[REFUSED])).inc()


class RequestMetrics:
    """Counts and times every HTTP request that passed the guards."""

    def __init__(self, app: ASGIApp, instruments: Instruments) -> None:
        self._app = app
        self._instruments = instruments

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, count and time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._instruments.responses.labels(str(message["status"])).inc()
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, counting)
        finally:
            labels = (_method(scope), _endpoint(scope))
            self._instruments.requests.labels(*labels).inc()
            self._instruments.durations.labels(*labels).observe(time.perf_counter() - started)


def _method(scope: Scope) -> str:
    method = scope["method"]
    return method if method in _METHODS else "other"


def _endpoint(scope: Scope) -> str:
    # The router leaves the route it chose in the scope, which it shares with us.
    return getattr(scope.get("route"), "path", UNMATCHED)
