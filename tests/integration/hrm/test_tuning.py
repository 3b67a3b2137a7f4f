"""Tuning on both databases: what is read from the rows, proposed, told, and done by one alone."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from phantom.clock import utc_now
from phantom.db import models
from phantom.db.database import Database
from phantom.errors import Conflict, NotFound
from phantom.events.store import EventStore
from phantom.hrm.changes import Part, differences, merged
from phantom.hrm.config import BALANCED, HrmConfig
from phantom.hrm.logbook import logged
from phantom.hrm.presets import PresetService
from phantom.hrm.resolve import Configurations
from phantom.hrm.search import ENOUGH
from phantom.hrm.tuning import EVERY_TASKS, Tuned, Tuning
from phantom.vocabulary import ProjectStatus
from tests.support.wasteful import STRICT, tuned_project, wasteful_tasks


@pytest.fixture
def tuning(store: EventStore) -> Tuning:
    """The service."""
    return Tuning(store, Configurations())


async def told(database: Database) -> list[models.Event]:
    """The results that were told."""
    kind = models.Event.type == "hrm_optimization_result"
    async with database.read() as session:
        return list(await session.scalars(select(models.Event).where(kind)))


async def test_a_better_configuration_is_proposed_and_told(
    database: Database, tuning: Tuning
) -> None:
    """As a preset that anybody may apply, and by an event of the newest task; none is applied."""
    project_id = await tuned_project(database, 110, STRICT)

    tuned = await tuning.optimize(project_id)

    assert tuned.answer.claimed
    presets = await PresetService(database).list("ann")
    proposal = next(each for each in presets if each.row.id == tuned.preset_id)
    changed = {
        each.field
        for each in differences(
            merged(BALANCED, STRICT),
            HrmConfig.model_validate(proposal.row.config),
        )
    }
    named = {
        f"{section}.{name}" for section, fields in tuned.answer.best.items() for name in fields
    }
    assert changed == named
    (event,) = await told(database)
    async with database.read() as session:
        newest = (await logged(session, project_id))[-1].task_id
        assert 1 == len((await session.scalars(select(models.HrmConfig))).all())
    assert (newest, "bayesian") == (event.body["task_id"], event.body["optimization_type"])
    result = {"best_params": tuned.answer.best, "improvement": tuned.answer.improvement}
    assert result == event.body["result"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_next_proposal_takes_the_place_of_the_last(
    database: Database, tuning: Tuning
) -> None:
    """And whoever may change presets may remove it."""
    project_id = await tuned_project(database, 110, STRICT)
    first = await tuning.optimize(project_id)

    second = await tuning.optimize(project_id)

    presets = PresetService(database)
    ids = {each.row.id for each in await presets.list("ann")}
    assert first.preset_id not in ids
    assert second.preset_id in ids
    await presets.delete(second.preset_id or "", "ann")
    assert (await tuning.optimize(project_id)).preset_id is not None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_too_few_tasks_tell_nothing(database: Database, tuning: Tuning) -> None:
    """No event, no preset and no figure."""
    project_id = await tuned_project(database, ENOUGH - 1, STRICT)

    tuned = await tuning.optimize(project_id)

    assert (ENOUGH - 1, None, None) == (
        tuned.answer.tasks,
        tuned.answer.improvement,
        tuned.preset_id,
    )
    assert [] == await told(database)


async def test_what_cannot_be_compared_is_not_in_the_log(database: Database) -> None:
    """Retried and cancelled tasks, unmeasured rounds, unknown costs."""
    project_id = await tuned_project(database, 6, STRICT)
    async with database.write() as session:
        ids = list(await session.scalars(select(models.Task.id)))
        retried, cancelled, unmeasured, unpriced, *others = ids
        tasks = update(models.Task)
        await session.execute(tasks.where(models.Task.id == retried).values(attempt=2))
        stopped = tasks.where(models.Task.id == cancelled)
        await session.execute(stopped.values(failure_reason="cancelled"))
        for task_id, unknown in ((unmeasured, "quality"), (unpriced, "cost_micros")):
            second = (models.Iteration.task_id == task_id) & (models.Iteration.number == 2)
            await session.execute(update(models.Iteration).where(second).values({unknown: None}))

    async with database.read() as session:
        found = {each.task_id for each in await logged(session, project_id)}

    assert set(others) == found


async def test_one_alone_tunes_a_project(database: Database, tuning: Tuning) -> None:
    """Of several that begin at once the others are refused; one that died is done again."""
    project_id = await tuned_project(database, 2, STRICT)

    at_once = await asyncio.gather(
        *(tuning.optimize(project_id) for _ in range(4)), return_exceptions=True
    )

    assert [Conflict] * 3 == [type(each) for each in at_once if not isinstance(each, Tuned)]
    await _hold(database, project_id, timedelta(seconds=-1))
    await tuning.optimize(project_id)
    await _hold(database, project_id, timedelta(seconds=60))
    with pytest.raises(Conflict, match="being tuned"):
        await tuning.optimize(project_id)


async def test_what_is_due_is_tuned_by_itself(database: Database, tuning: Tuning) -> None:
    """Where it is switched on and enough tasks have ended, and then after `EVERY_TASKS` more."""
    project_id = await tuned_project(database, ENOUGH, STRICT)
    off: Part = {"bayesian_optimization": {"enabled": False}}
    await tuned_project(database, ENOUGH, off)
    await tuned_project(database, ENOUGH - 1, STRICT)

    assert [project_id] == await tuning.tune_what_is_due()
    assert [] == await tuning.tune_what_is_due()
    await wasteful_tasks(database, project_id, EVERY_TASKS)
    assert [project_id] == await tuning.tune_what_is_due()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_as_many_configurations_are_tried_as_are_asked_for(
    database: Database, tuning: Tuning
) -> None:
    """More trials come closer to the best that there is."""
    gains = []
    for trials in (10, 60):
        asked: Part = STRICT | {"bayesian_optimization": {"enabled": True, "iterations": trials}}
        tuned = await tuning.optimize(await tuned_project(database, 110, asked))
        gains.append(tuned.answer.improvement or 0.0)

    assert 0 < gains[0] <= gains[1]


async def test_an_unknown_or_archived_project_is_not_tuned(
    database: Database, tuning: Tuning
) -> None:
    """Each says why."""
    project_id = await tuned_project(database, 1, STRICT)
    async with database.write() as session:
        await session.execute(update(models.Project).values(status=ProjectStatus.ARCHIVED))

    with pytest.raises(NotFound):
        await tuning.optimize(models.new_id())
    with pytest.raises(Conflict, match="archived"):
        await tuning.optimize(project_id)


async def _hold(database: Database, project_id: str, ahead: timedelta) -> None:
    async with database.write() as session:
        row = await session.get_one(models.Tuning, project_id)
        row.held_until = utc_now() + ahead
