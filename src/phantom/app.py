"""The composition root: the only place where everything meets."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import structlog

from phantom.agents import embedded
from phantom.agents.api import Surroundings
from phantom.agents.breaker import BreakerRules
from phantom.agents.breakers import Breakers
from phantom.agents.caging import cage_of
from phantom.agents.choice import FirstAble
from phantom.agents.cli.discovery import Discovery
from phantom.agents.connect import Connector
from phantom.agents.connections import ConnectionService, Discovered, nothing_discovered
from phantom.agents.detached import DetachedAgent
from phantom.agents.fleet import Fleet
from phantom.agents.port import Agent, AgentRequest, Clocks
from phantom.agents.pricing import Prices
from phantom.agents.windows import Windows
from phantom.api.application import Application, create_api, demands_token
from phantom.api.services import Services
from phantom.cache import AnswerCache
from phantom.cache.disk import DiskLayer
from phantom.cache.remote import RemoteLayer
from phantom.credentials.keys import KeyStore
from phantom.credentials.tokens import TokenService
from phantom.db import migrate
from phantom.db.database import Database
from phantom.engine.durable import Engine
from phantom.engine.workers import Roster
from phantom.errors import StartupError
from phantom.evaluation import BaseCache, EvaluationPool, default_evaluators
from phantom.evaluation.port import Evaluator
from phantom.events.bus import LocalBus
from phantom.events.hub import EventHub
from phantom.events.postgres_channel import postgres_channel
from phantom.events.redis_channel import check_redis_installed, redis_channel
from phantom.events.remote_bus import RemoteBus
from phantom.events.store import EventStore
from phantom.files.service import ConfigFiles
from phantom.hrm.presets import PresetService
from phantom.hrm.resolve import Configurations
from phantom.hrm.service import HrmService
from phantom.hrm.tuning import Tuning
from phantom.ledger import recount
from phantom.ledger.caps import ServerCaps
from phantom.metrics.series.running import Machinery
from phantom.metrics.service import MetricsService
from phantom.orchestration.assess import Assessor
from phantom.orchestration.cancellation import Cancellations
from phantom.orchestration.janitor import Janitor
from phantom.orchestration.loop import TaskLoop
from phantom.orchestration.purse import Purse
from phantom.orchestration.reuse import Reuse
from phantom.orchestration.room import Floors, Room
from phantom.projects.service import ProjectService
from phantom.security.hosts import is_loopback
from phantom.security.master_key import load_or_create
from phantom.security.outbound import Outbound
from phantom.security.sandbox import Sandbox, ServerSandbox
from phantom.settings import Settings
from phantom.tasks.feedback import FeedbackBook
from phantom.tasks.lost import LostTasks
from phantom.tasks.results import Results
from phantom.tasks.selection import Selection
from phantom.tasks.service import TaskService
from phantom.tasks.transcript import Transcripts
from phantom.traces.destination import destination
from phantom.traces.export import TraceExport
from phantom.vocabulary import AgentType

_log = structlog.get_logger(__name__)


def _standing(home: Path, sandbox: Sandbox) -> tuple[Agent, ...]:
    """The agents that need no connection: the embedded one, which is always there."""
    return (
        DetachedAgent(
            embedded.EMBEDDED_AGENT_ID,
            AgentType.LOCAL,
            command=embedded.command,
            can=embedded.can,
            journals=home / "calls",
            sandbox=sandbox,
        ),
    )


class Runtime:
    """Everything that one server process runs.

    `agents` and `evaluators` replace the machine's own, for tests and benchmarks.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        agents: Sequence[Agent] | None = None,
        evaluators: Sequence[Evaluator] | None = None,
    ) -> None:
        self.settings = settings
        self.database = Database(settings.effective_database_url)
        self._bus = _bus(settings, self.database)
        self.store = EventStore(self.database, self._bus)
        self.engine = _engine(settings, self.database)
        self._sandbox = ServerSandbox(settings.sandbox, (settings.home, Path.home()))
        keys = KeyStore(self.database, settings.home)
        prices = Prices.read(settings.prices)
        self._outbound = Outbound(settings.allowed_endpoints)
        self._discovery = Discovery(settings.acp_commands)
        discovered: Discovered = nothing_discovered
        if agents is not None:
            fleet = Fleet(agents)
        else:
            if settings.discover_agents:
                discovered = self._discovery.connections
            connector = self._connector(keys, prices)
            standing, look = _standing(settings.home, self._sandbox), self._discovery.look_again
            fleet = Fleet(standing, connector, discovered, look)
        self._fleet = fleet
        self._cancellations = Cancellations(self.database)
        self._roster = Roster(self.database, self.engine, on_evicted=self._evicted)
        configurations = Configurations()
        windows = Windows(self.store)
        self._breakers = Breakers(self.store, _breaker_rules(settings))
        machinery = Machinery(
            engine=self.engine,
            roster=self._roster,
            room=_room(settings, self.store),
            janitor=Janitor.of(settings, self.database),
            pool=EvaluationPool(settings.evaluation_workers),
            base_cache=BaseCache(None),
            answers=_answers(settings),
            traces=TraceExport(self.store, destination(settings)),
        )
        if evaluators is None:
            evaluators = default_evaluators(machinery.base_cache)
        self._loop = TaskLoop(
            store=self.store,
            fleet=fleet,
            chooser=FirstAble(),
            breakers=self._breakers,
            assessor=Assessor(machinery.pool, evaluators, self._sandbox),
            windows=windows,
            reuse=Reuse(machinery.answers, settings.home / "calls"),
            purse=Purse(prices, ServerCaps(settings.daily_cap, settings.monthly_cap)),
            cancellations=self._cancellations,
            leaving=self.engine.leaving,
            room=machinery.room,
            configurations=configurations,
            workspaces=settings.home / "workspaces",
            clocks=_clocks(settings),
        )
        self._lost = LostTasks(self.store, self.engine)
        projects = ProjectService(self.database)
        tokens = TokenService(self.database)
        results = Results(self.database, settings.home / "workspaces")
        self.services = Services(
            settings=settings,
            database=self.database,
            store=self.store,
            hub=EventHub(self.store),
            hrm=HrmService(self.store, configurations),
            presets=PresetService(self.database),
            tuning=Tuning(self.store, configurations),
            projects=projects,
            metrics=MetricsService(self.database, prices),
            tokens=tokens,
            keys=keys,
            connections=ConnectionService(self.database, settings.allowed_endpoints, discovered),
            breakers=self._breakers,
            windows=windows,
            files=ConfigFiles(settings.roots, settings.home),
            machinery=machinery,
            agents=fleet.standing,
            results=results,
            selection=Selection(self.store, results),
            feedback=FeedbackBook(self.database),
            transcripts=Transcripts(self.database, settings.home / "calls"),
            sandbox=self._sandbox,
            tasks=TaskService(
                store=self.store,
                engine=self.engine,
                cancellations=self._cancellations,
                projects=projects,
                configurations=configurations,
                roots=settings.roots,
                home=settings.home,
            ),
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Services]:
        """The runtime at work: migrated, registered, taking tasks, until the block ends."""
        await asyncio.to_thread(self.settings.home.mkdir, 0o700, parents=True, exist_ok=True)
        async with contextlib.AsyncExitStack() as stack:
            self.engine.lock()
            stack.push_async_callback(self.database.close)
            stack.push_async_callback(self.services.machinery.answers.close)
            await migrate.upgrade(self.database)
            await _demand_a_token(self.services)
            stack.push_async_callback(self._outbound.aclose)
            await asyncio.gather(self._sandbox.choose(), self._fleet.look_again())
            await self.services.keys.learn()
            await self.services.projects.ensure_ad_hoc()
            await recount.ensure_built(self.database)
            await self.services.machinery.traces.begin()
            await self._roster.join()
            stack.push_async_callback(self._roster.leave)
            stack.push_async_callback(self.engine.stop)
            await self.engine.start(self._loop.run)
            await self._roster.reap()
            await self._lost.mend()
            await stack.enter_async_context(_beside(*self._background()))
            yield self.services

    def _connector(self, keys: KeyStore, prices: Prices) -> Connector:
        journals = self.settings.home / "calls"

        def confine(argv: Sequence[str], request: AgentRequest) -> list[str]:
            return self._sandbox.wrap(argv, cage_of(request, network=False))

        return Connector(
            discovery=self._discovery,
            keys=keys,
            sandbox=self._sandbox,
            prices=prices,
            around=Surroundings(
                keys=keys,
                journals=journals,
                prices=prices,
                outbound=self._outbound,
                confine=confine,
            ),
            journals=journals,
            homes=self.settings.home / "agents",
        )

    def _evicted(self) -> None:
        # Declared dead by others, who now run its tasks: going on would run them twice.
        _log.error("this worker was declared dead by another; it ends")
        self.engine.grace_seconds = 0.0
        os.kill(os.getpid(), signal.SIGTERM)

    def _background(self) -> Iterator[Coroutine[None, None, None]]:
        yield self._roster.keep()
        yield self._cancellations.poll()
        yield self._lost.keep_mending()
        yield self.services.machinery.janitor.keep_clean()
        yield self._breakers.keep()
        yield self._fleet.keep_looking()
        yield self.services.tuning.keep_tuning()
        yield self.services.hub.run()
        yield self.services.machinery.traces.keep()
        if isinstance(self._bus, RemoteBus):
            yield self._bus.keep()


@contextlib.asynccontextmanager
async def _beside(*works: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Each of `works` under way while the block runs; one that fails is logged, not forgotten."""

    def report(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("work in the background ended by a bug", exc_info=error)

    tasks = [asyncio.create_task(work) for work in works]
    for task in tasks:
        task.add_done_callback(report)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _demand_a_token(services: Services) -> None:
    """Raise StartupError where tokens are demanded and there is none: nobody could come in."""
    if not demands_token(services.settings) or await services.tokens.any_valid():
        return
    host = services.settings.host
    why = "" if is_loopback(host) else f"{host} is not a loopback address; "
    raise StartupError(
        f"{why}tokens are demanded and there is none: whoever reaches this port may run code on "
        "this machine. Make one with `phantom token create --role admin --name NAME`, or listen "
        "on 127.0.0.1 and come from elsewhere by a tunnel (ssh -L)."
    )


def _engine(settings: Settings, database: Database) -> Engine:
    return Engine(
        database.url,
        concurrency=settings.concurrency,
        grace_seconds=settings.shutdown_seconds,
    )


def _breaker_rules(settings: Settings) -> BreakerRules:
    return BreakerRules(
        failures=settings.breaker_failures, cooldown=timedelta(seconds=settings.breaker_seconds)
    )


def _room(settings: Settings, store: EventStore) -> Room:
    floors = Floors(disk=settings.min_free_disk_mb, memory=settings.min_free_memory_mb)
    return Room(store, settings.home, floors)


def _clocks(settings: Settings) -> Clocks:
    return Clocks(
        idle=settings.agent_idle_seconds,
        turn=settings.agent_turn_seconds,
        wall=settings.agent_wall_seconds,
    )


def _answers(settings: Settings) -> AnswerCache:
    remote = None
    if settings.redis_url is not None:
        check_redis_installed()
        remote = RemoteLayer(
            settings.redis_url, lambda: load_or_create(settings.home, os.environ)[0]
        )
    return AnswerCache(DiskLayer(settings.home / "answers.db"), remote)


def _bus(settings: Settings, database: Database) -> LocalBus:
    """Redis where it is configured, else PostgreSQL where that is the database, else in-process."""
    if (redis_url := settings.redis_url) is not None:
        check_redis_installed()
        return RemoteBus(lambda: redis_channel(redis_url))
    if not database.is_sqlite:
        return RemoteBus(lambda: postgres_channel(database.url))
    return LocalBus()


def create_app(
    settings: Settings,
    *,
    agents: Sequence[Agent] | None = None,
    evaluators: Sequence[Evaluator] | None = None,
) -> Application:
    """The ASGI application of one server: its lifespan starts and stops everything.

    `agents` and `evaluators` replace the machine's own. Raises StartupError for bad settings.
    """
    runtime = Runtime(settings, agents=agents, evaluators=evaluators)
    return create_api(runtime.services, runtime.running)
