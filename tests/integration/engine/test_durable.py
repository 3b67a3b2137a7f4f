"""The contract of durable runs, which the loop stands on: on SQLite and on PostgreSQL."""

import asyncio
import base64
import contextlib
import os
import pickle
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from phantom.db.database import async_url
from phantom.engine import storage
from phantom.engine.durable import Engine, Fate
from phantom.engine.serialization import JsonSerializer
from phantom.errors import StartupError

TASK = "4f2f6a3e-0000-4000-8000-000000000000"
_PATIENCE_SECONDS = 20

Body = Callable[[str, int], Awaitable[None]]


@contextlib.asynccontextmanager
async def engine(url: str, workflow: Body) -> AsyncIterator[Engine]:
    """An engine at work; DBOS admits one at a time in a process."""
    started = Engine(async_url(url), concurrency=4)

    async def run(task_id: str, attempt: int) -> None:
        await workflow(task_id, attempt)

    try:
        await started.start(run)
        yield started
    finally:
        await started.stop()


async def fate(engine: Engine, attempt: int = 1) -> Fate:
    """How the run ended."""
    run = (TASK, attempt)
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not (found := (await engine.fates([run])).get(run)) or not found.ended:
            await asyncio.sleep(0.02)
    return found


def rows(url: str, query: str, **values: object) -> list[tuple[object, ...]]:
    """What the engine's own tables hold."""
    parsed = async_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    sync_url = (
        f"sqlite:///{storage.sqlite_path(parsed)}" if sqlite else storage.postgres_url(parsed)
    )
    database = sa.create_engine(sync_url)
    with database.begin() as connection:
        schema = "" if sqlite else "dbos."
        done = connection.execute(sa.text(query.replace("dbos.", schema)), values)
        found = [tuple(row) for row in done] if done.returns_rows else []
    database.dispose()
    return found


async def test_a_run_that_is_taken_over_begins_anew(database_url: str) -> None:
    """Another engine runs it from its first line, with what it was queued with, to its end."""
    hanging, begun = asyncio.Event(), []

    async def half(task: str, attempt: int) -> None:
        begun.append(("half", task, attempt))
        hanging.set()
        await asyncio.Event().wait()

    async def whole(task: str, attempt: int) -> None:
        begun.append(("whole", task, attempt))

    async with engine(database_url, half) as first:
        await first.enqueue(TASK, 1)
        await hanging.wait()
    async with engine(database_url, whole) as second:
        assert {first.executor_id} == await second.orphans({second.executor_id})
        await second.take_over({first.executor_id})
        assert Fate(ended=True, error=None) == await fate(second)

    assert first.executor_id != second.executor_id
    assert [("half", TASK, 1), ("whole", TASK, 1)] == begun


async def test_taking_over_twice_at_once_runs_the_work_once(database_url: str) -> None:
    """The private call that the reaper uses is safe from several workers at the same moment."""
    hanging, again = asyncio.Event(), []

    async def first_run(_task: str, _attempt: int) -> None:
        hanging.set()
        await asyncio.Event().wait()

    async def second_run(_task: str, attempt: int) -> None:
        again.append(attempt)
        await asyncio.sleep(0.2)

    async with engine(database_url, first_run) as first:
        await first.enqueue(TASK, 1)
        await hanging.wait()
    async with engine(database_url, second_run) as second:
        await asyncio.gather(*(second.take_over({first.executor_id}) for _ in range(4)))
        await fate(second)
        await second.take_over({first.executor_id})
        assert set() == await second.orphans({second.executor_id})

    assert [1] == again


async def test_what_a_live_executor_runs_is_no_orphan(database_url: str) -> None:
    """Neither our own work nor that of another who beats is taken."""
    hanging = asyncio.Event()

    async def hang(_task: str, _attempt: int) -> None:
        hanging.set()
        await asyncio.Event().wait()

    async with engine(database_url, hang) as only:
        await only.enqueue(TASK, 1)
        await hanging.wait()
        assert set() == await only.orphans(set())
    async with engine(database_url, hang) as other:
        assert set() == await other.orphans({only.executor_id})


async def test_queueing_a_run_again_changes_nothing(database_url: str) -> None:
    """Before, while and after it runs; another attempt is another run."""
    ran = []

    async def note(_task: str, attempt: int) -> None:
        ran.append(attempt)
        await asyncio.sleep(0.1)

    async with engine(database_url, note) as only:
        await asyncio.gather(*(only.enqueue(TASK, 1) for _ in range(3)))
        await fate(only)
        await only.enqueue(TASK, 1)
        await only.enqueue(TASK, 2)
        await fate(only, attempt=2)

    assert [1, 2] == ran


async def test_the_fate_of_a_run_tells_its_error(database_url: str) -> None:
    """In the words of the error; a run that was never queued has no fate."""

    async def fail(_task: str, _attempt: int) -> None:
        raise LookupError("the moon is missing")

    async with engine(database_url, fail) as only:
        await only.enqueue(TASK, 1)
        found = await fate(only)
        fates = await only.fates([(TASK, 1), (TASK, 2)])

    assert Fate(ended=True, error="the moon is missing") == found
    assert {(TASK, 1): found} == fates


async def test_all_rows_are_json(database_url: str) -> None:
    """Inputs, outputs and errors; each row is marked so."""

    async def run(_task: str, attempt: int) -> None:
        if attempt == 2:
            raise LookupError("no")

    async with engine(database_url, run) as only:
        for attempt in (1, 2):
            await only.enqueue(TASK, attempt)
            await fate(only, attempt)
        tables = {
            "workflow_status": ("serialization",),
            "workflow_input": ("inputs",),
            "workflow_output": ("output", "error"),
        }
        found = {
            f"{table}.{column}": {value for (value,) in values if value is not None}
            for table, columns in tables.items()
            for column in columns
            if (
                values := await asyncio.to_thread(
                    rows, database_url, f"SELECT {column} FROM dbos.{table}"
                )
            )
        }

    assert {"phantom_json"} == found.pop("workflow_status.serialization")
    for texts in found.values():
        assert texts
        for text in texts:
            JsonSerializer().deserialize(str(text))


class _Bomb:
    """Unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self._path,)


@pytest.mark.parametrize("where", ["workflow_input SET inputs", "workflow_output SET output"])
async def test_a_pickle_smuggled_into_the_tables_is_never_loaded(
    database_url: str, tmp_path: Path, where: str
) -> None:
    """Not even where the row says that it is one, and a run is to be resumed from it."""
    proof, control = tmp_path / "unpickled", tmp_path / "control"
    await asyncio.to_thread(pickle.loads, pickle.dumps(_Bomb(control)))
    assert control.exists()
    bomb = base64.b64encode(pickle.dumps(_Bomb(proof))).decode()
    begun, again = asyncio.Event(), []

    async def hang(_task: str, attempt: int) -> None:
        begun.set()
        if attempt == 1:
            await asyncio.Event().wait()

    async def resumed(_task: str, attempt: int) -> None:
        again.append(attempt)

    async with engine(database_url, hang) as first:
        await first.enqueue(TASK, 1)
        await begun.wait()
        await first.enqueue(TASK, 2)
        await fate(first, attempt=2)
    for statement in (f"{where} = :bomb", "workflow_status SET serialization = 'py_pickle'"):
        await asyncio.to_thread(rows, database_url, f"UPDATE dbos.{statement}", bomb=bomb)
    async with engine(database_url, resumed) as second:
        await second.take_over({first.executor_id})
        await second.fates([(TASK, 1), (TASK, 2)])
        await second.enqueue(TASK, 3)
        await fate(second, attempt=3)

    assert [3] == again
    assert not proof.exists()


async def test_a_run_dropped_at_the_stop_has_not_ended(database_url: str) -> None:
    """Stopping is like a power cut: the run is open, and its failure is nobody's."""
    hanging = asyncio.Event()

    async def hang(_task: str, _attempt: int) -> None:
        hanging.set()
        await asyncio.Event().wait()

    async with engine(database_url, hang) as first:
        await first.enqueue(TASK, 1)
        await hanging.wait()
    async with engine(database_url, hang) as second:
        assert Fate(ended=False, error=None) == (await second.fates([(TASK, 1)]))[TASK, 1]


async def test_a_postgresql_that_is_down_is_a_startup_error() -> None:
    """In one sentence, without a password, and the next start is not hindered by it."""
    down = Engine(async_url("postgresql://u:secret-word@127.0.0.1:1/d"), concurrency=1)

    async def never(_task: str, _attempt: int) -> None:
        raise AssertionError

    with pytest.raises(StartupError, match="cannot keep its state") as refused:
        await down.start(never)

    assert "secret-word" not in str(refused.value)
    await down.stop()


async def test_a_second_engine_on_one_sqlite_file_is_refused(tmp_path: Path) -> None:
    """While the first runs; the refusal leaves the first alone."""
    url = f"sqlite:///{tmp_path / 'phantom.db'}"
    done = asyncio.Event()

    async def run(_task: str, _attempt: int) -> None:
        done.set()

    async with engine(url, run) as first:
        with pytest.raises(StartupError, match=f"process {os.getpid()}\\)"):
            await asyncio.to_thread(Engine(async_url(url), concurrency=1).lock)
        await first.enqueue(TASK, 1)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await done.wait()
