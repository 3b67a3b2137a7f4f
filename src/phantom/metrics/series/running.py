"""Figures of what runs in this process, read from it when they are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.pool import QueuePool

from phantom import __version__
from phantom.cache import AnswerCache
from phantom.engine.durable import Engine
from phantom.engine.workers import Roster
from phantom.evaluation.base_cache import BaseCache
from phantom.evaluation.pool import EvaluationPool
from phantom.events.hub import EventHub
from phantom.events.store import EventStore
from phantom.events.types import TYPES
from phantom.orchestration.janitor import WHAT, Janitor
from phantom.orchestration.room import Room
from phantom.traces.export import TraceExport


@dataclass(frozen=True, slots=True)
class Machinery:
    """What runs behind the routes and is looked at only for its figures."""

    engine: Engine
    roster: Roster
    room: Room
    janitor: Janitor
    pool: EvaluationPool
    base_cache: BaseCache
    answers: AnswerCache
    traces: TraceExport


class Running(Collector):
    """The figures of the engine, the evaluators, the events and the sockets of this process."""

    def __init__(self, machinery: Machinery, store: EventStore, hub: EventHub) -> None:
        self._machinery = machinery
        self._store = store
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        """See `Collector`."""
        info = GaugeMetricFamily("phantom_info", "Which version this is", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        yield from self._engine()
        yield from self._evaluators()
        yield from self._janitor()
        yield from self._answers()
        yield from self._events()
        yield from self._sockets()
        yield from self._connections()
        yield from self._traces()

    def _engine(self) -> Iterator[Metric]:
        engine = self._machinery.engine
        yield _gauge("runs_active", "Runs under way in this process", engine.running)
        yield _gauge("run_slots", "Runs that this process takes at a time", engine.concurrency)
        yield _counter(
            "workers_taken_over",
            "Dead workers whose runs this process queued again",
            self._machinery.roster.taken_over,
        )

    def _evaluators(self) -> Iterator[Metric]:
        pool, cache = self._machinery.pool, self._machinery.base_cache
        yield _gauge("evaluators_running", "Evaluators at work", pool.running)
        yield _gauge("evaluators_waiting", "Evaluators that wait for a slot", pool.waiting)
        looked_up = CounterMetricFamily(
            "phantom_base_cache_files",
            "Files of base commits asked of the cache of findings",
            labels=["result"],
        )
        looked_up.add_metric(["hit"], cache.hits)
        looked_up.add_metric(["miss"], cache.misses)
        yield looked_up

    def _janitor(self) -> Iterator[Metric]:
        janitor = self._machinery.janitor
        removed = CounterMetricFamily(
            "phantom_janitor_removed", "What had been kept long enough", labels=["what"]
        )
        freed = CounterMetricFamily(
            "phantom_janitor_freed_bytes", "What that gave back to the disk", labels=["what"]
        )
        for what in WHAT:
            removed.add_metric([what], janitor.removed[what])
            freed.add_metric([what], janitor.freed[what])
        yield from (removed, freed)

    def _answers(self) -> Iterator[Metric]:
        answers = self._machinery.answers
        looked_up = CounterMetricFamily(
            "phantom_answer_cache_lookups",
            "Runs that asked whether the same was accepted before",
            labels=["result"],
        )
        for result in ("hit", "near_hit", "miss"):
            looked_up.add_metric([result], answers.looked_up[result])
        yield looked_up
        yield _gauge("answer_cache_memory_bytes", "Kept in memory", answers.memory_bytes)

    def _events(self) -> Iterator[Metric]:
        stored = CounterMetricFamily(
            "phantom_events", "Events stored by this process", labels=["type"]
        )
        for kind in TYPES:
            stored.add_metric([kind], self._store.stored[kind])
        yield stored
        bus = self._store.bus
        yield _gauge("bus_connected", "1 where events reach the other processes", bus.connected)
        yield _gauge("bus_listeners", "Parts of this process that wait for events", bus.listeners)
        yield _counter("bus_wakes", "Times that listeners were told to look", bus.wakes)
        yield _counter("bus_losses", "Times that the channel between processes broke", bus.losses)

    def _sockets(self) -> Iterator[Metric]:
        hub = self._hub
        yield _gauge("ws_connections", "Open WebSocket connections", hub.connections)
        yield _gauge("ws_channels", "Channels that somebody listens on", len(hub.channel_counts()))
        yield _gauge("ws_events_waiting", "Events that wait for slow clients", hub.waiting)
        yield _counter("ws_opened", "WebSocket connections opened", hub.opened)
        yield _counter(
            "ws_events_delivered",
            "Events given to WebSocket clients, counted for each client",
            hub.delivered,
        )
        yield _counter(
            "ws_clients_cut_off",
            "WebSocket clients dropped because they did not keep up",
            hub.cut_off,
        )

    def _connections(self) -> Iterator[Metric]:
        pool = cast("QueuePool", self._store.database.engine.pool)
        family = GaugeMetricFamily(
            "phantom_db_connections", "Connections to the database", labels=["state"]
        )
        family.add_metric(["used"], pool.checkedout())
        family.add_metric(["idle"], pool.checkedin())
        yield family

    def _traces(self) -> Iterator[Metric]:
        traces = self._machinery.traces
        yield _gauge("langfuse_up", "1 where Langfuse answered well last", bool(traces.connected))
        yield _counter("traces_sent", "Traces that Langfuse took", traces.sent)
        yield _counter("traces_rejected", "Traces that Langfuse will never take", traces.rejected)
        yield _counter(
            "trace_failures",
            "Times that Langfuse did not answer, or not as it should",
            traces.failures,
        )


def _gauge(name: str, described: str, value: float) -> Metric:
    return GaugeMetricFamily(f"phantom_{name}", described, value)


def _counter(name: str, described: str, value: float) -> Metric:
    return CounterMetricFamily(f"phantom_{name}", described, value)
