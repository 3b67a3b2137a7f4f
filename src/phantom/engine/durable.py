"""Runs that are queued, taken over from the dead, and told of; on SQLite and on PostgreSQL.

A run that is taken over begins anew: what it has done already, it has to know by itself.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

import dbos
from dbos import DBOS, SetWorkflowID
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from phantom.engine import storage
from phantom.engine.leaving import Leaving, Released
from phantom.engine.serialization import JsonSerializer, forbid_pickle, words
from phantom.errors import StartupError

APPLICATION_VERSION = "1"
"""Changed only when the loop becomes incompatible with runs that are under way."""
GRACE_SECONDS = 0.3
"""Enough for a run at its very end to record it."""
_QUEUE = "tasks"
_POLL_SECONDS = 0.1
_OPEN = {"ENQUEUED", "DELAYED", "PENDING"}
_LOOKED_UP_AT_ONCE = 500

_log = logging.getLogger("dbos")
Workflow = Callable[[str, int], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a run that was queued.

    Attributes:
        ended: it will never be run again.
        error: the words of the error that ended it, where one did.
    """

    ended: bool
    error: str | None


class Engine:
    """The durable engine of this process.

    There is at most one in a process, since DBOS is process-wide. `executor_id` is new with each
    start: a restarted server takes its earlier self's work over like anybody else's.

    Attributes:
        leaving: begun when the engine stops.
        grace_seconds: how long a stop waits for steps under way that would have to be done again.
    """

    def __init__(
        self, app_url: URL, *, concurrency: int, grace_seconds: float = GRACE_SECONDS
    ) -> None:
        self.executor_id = str(uuid4())
        self._app_url = app_url
        self.concurrency = concurrency
        self.grace_seconds = grace_seconds
        self.leaving = Leaving()
        self._dbos: DBOS | None = None
        self._lock: storage.SqliteLock | None = None
        self._workflow: Workflow | None = None
        self._runs: set[asyncio.Task[object]] = set()

    @property
    def exclusive(self) -> bool:
        """True where this process is the only one on the database (SQLite)."""
        return self._app_url.get_backend_name() == "sqlite"

    @property
    def running(self) -> int:
        """How many runs are under way in this process."""
        return len(self._runs)

    def lock(self) -> None:
        """Make sure that this process may run tasks at all; raises StartupError where not."""
        if self.exclusive and self._lock is None:
            lock = storage.SqliteLock(storage.sqlite_path(self._app_url))
            lock.acquire()
            self._lock = lock

    async def start(self, workflow: Workflow) -> None:
        """Launch; `workflow(task_id, attempt)` is what `enqueue` runs.

        It is run from its beginning again where its process died.
        """
        self.lock()

        @DBOS.workflow(name="run_task", max_recovery_attempts=None)
        async def run_task(task_id: str, attempt: int) -> None:
            with self._run_of_this_process():
                try:
                    await workflow(task_id, attempt)
                except Released as released:
                    # For DBOS it is neither done nor failed: whoever takes it over goes on.
                    raise asyncio.CancelledError from released

        self._workflow = run_task
        forbid_pickle()
        config: dbos.DBOSConfig = {
            "name": "phantom",
            "executor_id": self.executor_id,
            "application_version": APPLICATION_VERSION,
            "serializer": JsonSerializer(),
            "log_level": "WARNING",
            "enable_otlp": False,
            "notification_listener_polling_interval_sec": 1.0,
        }
        if self.exclusive:
            path = storage.sqlite_path(self._app_url)
            config["system_database_url"] = f"sqlite:///{path}"
            config["system_database_engine"] = storage.sqlite_engine(path)
        else:
            config["system_database_url"] = storage.postgres_url(self._app_url)
        try:
            self._dbos = DBOS(config=config)
            # Launched on the loop's thread, DBOS adopts this loop for its workflows; its own
            # blocking start-up (migrations) happens before the server answers anybody.
            DBOS.launch()
        except (SQLAlchemyError, dbos.error.DBOSInitializationError) as error:
            DBOS.destroy(destroy_registry=True)
            raise StartupError(
                f"The engine cannot keep its state in the database: {words(error)}. "
                "It must be reachable, and on PostgreSQL its user may need the right to create "
                "a schema."
            ) from error
        await DBOS.register_queue_async(
            _QUEUE, worker_concurrency=self.concurrency, polling_interval_sec=_POLL_SECONDS
        )

    async def stop(self) -> None:
        """Stop: take no run any more, and hand over those that are under way.

        Each ends at its next step, or is dropped after the grace as by a power cut; whoever takes
        it over, or the next start, goes on. Runs are cancelled before DBOS goes: they would take
        its absence for a failure.
        """
        self.leaving.begin()
        _log.setLevel(logging.ERROR)  # DBOS warns of each cancelled run, which is what is wanted
        if self._dbos is not None:
            # What waits in the queue is for others from now on, not when the grace is over.
            for event in self._dbos.background_thread_stop_events:
                event.set()
        if self._runs:
            await asyncio.wait(self._runs, timeout=self.grace_seconds)
        while self._runs:
            for run in self._runs:
                run.cancel()
            await asyncio.wait(self._runs)
        # A run that DBOS was just about to begin finds no threads left. That is logged as its
        # failure, but it has not begun, and goes on at the next start like the others.
        _log.setLevel(logging.CRITICAL)
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        # DBOS had made its threads those of the loop; what still has to be done needs others.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @contextlib.contextmanager
    def _run_of_this_process(self) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None
        if self.leaving.begun:
            raise asyncio.CancelledError
        self._runs.add(task)
        # Not when our part ends: the task goes on to record the end.
        task.add_done_callback(self._runs.discard)
        yield

    async def enqueue(self, task_id: str, attempt: int) -> None:
        """Queue one run of a task; queueing the same run again changes nothing."""
        assert self._workflow is not None, "the engine has not been started"
        with SetWorkflowID(workflow_id(task_id, attempt)):
            await DBOS.enqueue_workflow_async(_QUEUE, self._workflow, task_id, attempt)

    async def fates(self, runs: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Fate]:
        """What became of `runs` (task id, attempt); one that was never queued is left out."""
        by_id = {workflow_id(*run): run for run in runs}
        ids = list(by_id)
        found: dict[tuple[str, int], Fate] = {}
        for start in range(0, len(ids), _LOOKED_UP_AT_ONCE):
            for each in await DBOS.list_workflows_async(
                workflow_ids=ids[start : start + _LOOKED_UP_AT_ONCE], load_input=False
            ):
                error = None if each.error is None else str(each.error)
                found[by_id[each.workflow_id]] = Fate(each.status not in _OPEN, error)
        return found

    async def orphans(self, live: set[str]) -> set[str]:
        """Executors that hold running workflows but are not among the `live` ones."""
        running = await DBOS.list_workflows_async(
            status="PENDING", load_input=False, load_output=False
        )
        return {
            status.executor_id
            for status in running
            if status.executor_id is not None
            and status.executor_id not in live
            and status.executor_id != self.executor_id
        }

    async def take_over(self, executors: set[str]) -> None:
        """Queue again what dead `executors` were running. Idempotent, safe from many processes.

        Uses a private call of DBOS, whose contract `tests/integration/engine` checks.
        """
        if executors:
            await asyncio.to_thread(DBOS._recover_pending_workflows, sorted(executors))  # noqa: SLF001 - no public way


def workflow_id(task_id: str, attempt: int) -> str:
    """One workflow for each run of a task."""
    return f"{task_id}.{attempt}"
