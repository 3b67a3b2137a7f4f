"""What is measured for Prometheus: one registry for each application, no state of the process.

Every family is described in docs/metrics.md, which a test holds against this module.
"""

import time
from collections.abc import Iterator

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import Metric
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from phantom.api.services import Services
from phantom.ledger.caps import ServerCaps
from phantom.metrics.series.facts import Facts
from phantom.metrics.series.running import Running
from phantom.metrics.series.standing import Standing
from phantom.security.guard import REFUSED

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
UNMATCHED = "unmatched"
"""The endpoint of every path that is no route: what clients invent must not become series."""
_METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)


class Instruments:
    """The registry and its families: those of requests here, those of the work in `series`."""

    def __init__(self, services: Services) -> None:
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
        self.standing = Standing(
            self.registry,
            services.database,
            services.breakers,
            caps=ServerCaps(services.settings.daily_cap, services.settings.monthly_cap),
            home=services.settings.home,
            agents=services.agents,
        )
        services.database.watch(Facts(self.registry))
        self.registry.register(Running(services.machinery, services.store, services.hub))
        ProcessCollector(registry=self.registry)

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
