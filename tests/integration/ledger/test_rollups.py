"""The sums are what the rows add up to, whatever ended, was retried, cancelled or removed."""

import asyncio
import random
from collections import Counter, defaultdict
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from phantom.agents.port import Finished, Usage
from phantom.clock import utc_now
from phantom.db import models
from phantom.db.database import Database
from phantom.events.store import EventStore
from phantom.hrm.builtin import BUILTIN
from phantom.ledger import recount, rollups
from phantom.orchestration import journal
from phantom.orchestration.finish import Ending
from phantom.orchestration.stops import Reason
from phantom.projects.service import ProjectService
from phantom.vocabulary import TaskStatus
from tests.support import rows

AGENTS = ("claude", "gemini", "local")
PRESETS = (BUILTIN["speed"].id, BUILTIN["balanced"].id, None)


class Life:
    """Random lives of tasks, written as the loop and the services write them."""

    def __init__(self, store: EventStore, project_ids: list[str], seed: int) -> None:
        self._store = store
        self._projects = project_ids
        self._random = random.Random(seed)

    async def one(self) -> None:
        """A task with calls and an iteration, ended in one of the ways."""
        made = self._random
        task = rows.task(made.choice(self._projects), status=TaskStatus.IN_PROGRESS)
        task.assigned_agent = made.choice(AGENTS)
        task.hrm_preset_id = made.choice(PRESETS)
        task.started_at = utc_now() - timedelta(seconds=made.random() * 100)
        task.current_iteration = 1
        async with self._store.transaction() as transaction:
            transaction.session.add(task)
        await self._call(task)
        await self._iteration(task)
        await self._end(task)
        if task.status == TaskStatus.FAILED and made.random() < 0.5:
            await self._retry(task.id)

    async def _call(self, task: models.Task) -> None:
        usage = Usage(input=self._random.randrange(1000), output=self._random.randrange(100))
        cost = self._random.choice([None, 0, 12_345])
        async with self._store.transaction() as transaction:
            call = models.AgentCall(
                call_id=f"{task.id}/1/1-1",
                task_id=task.id,
                attempt=1,
                iteration=1,
                agent=f"{task.assigned_agent}_main",
                agent_type=task.assigned_agent,
                state="finished",
                terminal=Finished(content="", usage=usage).model_dump(mode="json"),
                tokens=usage.total,
                cost_micros=cost,
                context_tokens=30,
                original_context_tokens=100,
                completed_at=utc_now(),
            )
            transaction.session.add(call)
            await rollups.add(transaction.session, rollups.of_call(call, task.project_id))

    async def _iteration(self, task: models.Task) -> None:
        async with self._store.transaction() as transaction:
            row = models.Iteration(
                task_id=task.id,
                attempt=1,
                number=1,
                agent=f"{task.assigned_agent}_main",
                components={"coverage": self._random.random(), "security": 1.0},
                started_at=utc_now() - timedelta(seconds=3),
                completed_at=utc_now(),
                evaluation_seconds=1.0,
                evaluators_seconds=1.0 + self._random.random(),
            )
            transaction.session.add(row)
            addition = rollups.of_iteration(row, task.project_id, task.assigned_agent)
            await rollups.add(transaction.session, addition)

    async def _end(self, task: models.Task) -> None:
        failed = {"failure_reason": self._random.choice([Reason.CANCELLED, Reason.AGENT_FAILED])}
        done = {"best_iteration": 1, "final_quality": self._random.random()}
        completed = self._random.random() < 0.6
        status = TaskStatus.COMPLETED if completed else TaskStatus.FAILED
        async with self._store.transaction() as transaction:
            ending = Ending(status=status, changes=done if completed else failed)
            await journal.ended(transaction, task.id, ending)
        task.status = status

    async def _retry(self, task_id: str) -> None:
        async with self._store.transaction() as transaction:
            task = await transaction.session.get_one(models.Task, task_id, with_for_update=True)
            counted = await rollups.task_addition(transaction.session, task)
            task.status, task.attempt, task.completed_at = TaskStatus.PENDING, 2, None
            await rollups.add(transaction.session, -counted)


async def sums(database: Database) -> dict[rollups.Key, dict[str, int]]:
    """The sums as they are kept, without those that came back to zero."""
    async with database.read() as session:
        kept = {
            (row.day, row.project_id, row.agent): {
                name: getattr(row, name) for name in rollups.FIGURES if getattr(row, name)
            }
            for row in await session.scalars(select(models.Rollup))
        }
    return {key: figures for key, figures in kept.items() if figures}


async def from_rows(database: Database) -> dict[rollups.Key, dict[str, int]]:
    """The same from the rows."""
    async with database.read() as session:
        found = await recount.recomputed(session)
    return {key: {n: f for n, f in figures.items() if f} for key, figures in found.days.items()}


async def by_preset(database: Database) -> dict[rollups.PresetKey, dict[str, int]]:
    """The sums by preset as they are kept."""
    async with database.read() as session:
        return {
            (row.preset_id, row.project_id): {n: getattr(row, n) for n in rollups.OF_PRESET}
            for row in await session.scalars(select(models.PresetSum))
        }


async def by_preset_from_rows(database: Database) -> dict[rollups.PresetKey, dict[str, int]]:
    """The same from the rows."""
    async with database.read() as session:
        found = await recount.recomputed(session)
    return {key: dict(figures) for key, figures in found.presets.items()}


async def projects(database: Database, number: int) -> list[str]:
    """Ids of new projects in slots."""
    made = [rows.project(slot=f"Projekt-{'ABC'[n]}") for n in range(number)]
    async with database.write() as session:
        session.add_all(made)
    return [each.id for each in made]


@pytest.mark.parametrize("seed", [1, 2])
async def test_sums_are_what_the_rows_add_up_to(
    database: Database, store: EventStore, seed: int
) -> None:
    """After many lives that end at once, and after a rebuild, which changes nothing."""
    project_ids = await projects(database, 2)
    lives = [Life(store, project_ids, seed * 100 + n) for n in range(12)]

    await asyncio.gather(*(life.one() for life in lives))
    kept, presets = await sums(database), await by_preset(database)

    assert await from_rows(database) == kept
    # A sum of a preset that came back to zero has a row and no task.
    nothing = dict.fromkeys(rollups.OF_PRESET, 0)
    presets = {key: figures for key, figures in presets.items() if figures != nothing}
    assert presets
    assert await by_preset_from_rows(database) == presets
    await recount.rebuild(database)
    assert (kept, presets) == (await sums(database), await by_preset(database))


async def test_what_has_been_since_the_beginning_is_the_sum_of_its_days(
    database: Database, store: EventStore
) -> None:
    """For each project and agent; nothing reads both kinds at once."""
    life = Life(store, await projects(database, 2), 11)
    for _ in range(8):
        await life.one()
    kept = await sums(database)
    by_days: defaultdict[rollups.Key, Counter[str]] = defaultdict(Counter)
    for (day, *whose), figures in kept.items():
        if day != rollups.EVER:
            by_days[rollups.EVER, *whose].update(figures)

    assert by_days
    assert by_days == {key: figures for key, figures in kept.items() if key[0] == rollups.EVER}


async def test_money_in_the_sums_is_that_of_the_ledger_rows(
    database: Database, store: EventStore
) -> None:
    """The settled calls, none twice and none left out; unknown ones are counted."""
    life = Life(store, await projects(database, 1), 7)
    for _ in range(8):
        await life.one()
    async with database.read() as session:
        costs = list(await session.scalars(select(models.AgentCall.cost_micros)))
        total = await rollups.totals(session)

    assert sum(cost or 0 for cost in costs) == total["cost_micros"]
    assert costs.count(None) == total["calls_of_unknown_cost"]


async def test_a_change_that_is_rolled_back_adds_nothing(
    database: Database, store: EventStore
) -> None:
    """The sums are part of the transaction that ends the task."""
    task = await rows.stored_task(database, status=TaskStatus.IN_PROGRESS)

    async def interrupted() -> None:
        async with store.transaction() as transaction:
            await journal.ended(transaction, task.id, Ending(TaskStatus.FAILED, {}))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await interrupted()

    assert {} == await sums(database)


async def test_a_deleted_project_takes_its_sums_along(
    database: Database, store: EventStore
) -> None:
    """What is left is what the other project's rows add up to."""
    gone, kept = await projects(database, 2)
    for project_id in (gone, kept):
        life = Life(store, [project_id], 3)
        await life.one()
    async with database.write() as session:
        ended = update(models.Task).values(status=TaskStatus.FAILED, completed_at=utc_now())
        await session.execute(ended.where(models.Task.project_id == gone))

    await ProjectService(database).delete(gone)

    assert {kept} == {project_id for _, project_id, _ in await sums(database)}
    assert gone not in {project_id for _, project_id in await by_preset(database)}
    assert await from_rows(database) == await sums(database)


async def test_a_database_of_before_gets_its_sums(database: Database) -> None:
    """They are built once, from what is there."""
    await rows.stored_task(
        database, status=TaskStatus.COMPLETED, completed_at=utc_now(), final_quality=0.5
    )

    await recount.ensure_built(database)

    assert await from_rows(database) == await sums(database)
    async with database.read() as session:
        assert 0.5 == rollups.mean(await rollups.totals(session), "quality")
