"""Configurations on both databases: which applies, versions, running tasks, events."""

import asyncio

import pytest

from phantom.db import models
from phantom.db.database import Database
from phantom.errors import Conflict, InvalidInput, NotFound
from phantom.events.store import EventStore
from phantom.hrm.builtin import BUILTIN
from phantom.hrm.config import PRESETS
from phantom.hrm.resolve import Configurations, Scope
from phantom.hrm.service import HrmService, Outcome, Target, Wish
from phantom.vocabulary import TaskStatus
from tests.support import rows

SERVER = Target()


@pytest.fixture
def configurations() -> Configurations:
    """What one server process remembers."""
    return Configurations()


@pytest.fixture
def service(store: EventStore, configurations: Configurations) -> HrmService:
    """The service of that process."""
    return HrmService(store, configurations)


@pytest.fixture
async def task(database: Database) -> models.Task:
    """A task under way, in a project of its own, held to the balanced preset."""
    balanced = BUILTIN["balanced"].id
    return await rows.stored_task(
        database,
        status=TaskStatus.IN_PROGRESS,
        hrm_config_id=balanced,
        hrm_preset_id=balanced,
    )


async def set_ceiling(service: HrmService, target: Target, dollars: float, **how: bool) -> Outcome:
    """Change one field."""
    changes = {"agent_switching": {"cost_ceiling": dollars}}
    return await service.update(target, Wish(changes=changes, by="somebody", **how))


async def ceiling(service: HrmService, target: Target) -> float:
    """That field, as it applies."""
    return (await service.in_force(target)).applied.config.agent_switching.cost_ceiling


async def held(database: Database, task: models.Task) -> str | None:
    """The configuration that the task is held to."""
    async with database.read() as session:
        return (await session.get_one(models.Task, task.id)).hrm_config_id


async def test_the_narrowest_scope_applies(service: HrmService, task: models.Task) -> None:
    """Task before project before server before preset."""
    of_task, of_project = Target(task_id=task.id), Target(project_id=task.project_id)
    assert 5.0 == await ceiling(service, of_task)
    assert Scope.PRESET is (await service.in_force(of_task)).applied.scope

    await set_ceiling(service, SERVER, 1)
    assert [1, 1, 1] == [await ceiling(service, each) for each in (SERVER, of_project, of_task)]
    await set_ceiling(service, of_project, 2)
    assert [1, 2, 2] == [await ceiling(service, each) for each in (SERVER, of_project, of_task)]
    await set_ceiling(service, of_task, 3)
    assert [1, 2, 3] == [await ceiling(service, each) for each in (SERVER, of_project, of_task)]


async def test_the_preset_is_that_of_the_projects_priority(
    service: HrmService, database: Database
) -> None:
    """`quality` starts from quality_first."""
    project = rows.project(config={"priority": {"mode": "quality"}})
    async with database.write() as session:
        session.add(project)

    found = await service.in_force(Target(project_id=project.id))

    assert PRESETS["quality_first"] == found.applied.config
    assert BUILTIN["quality_first"].id == found.applied.config_id
    assert project.updated_at == found.since


async def test_what_is_left_out_is_as_it_applied(service: HrmService, task: models.Task) -> None:
    """The first version of a project starts from what the server has."""
    await set_ceiling(service, SERVER, 1)
    changes = {"caching": {"disk": False}}
    target = Target(project_id=task.project_id)

    outcome = await service.update(target, Wish(changes=changes, by="somebody"))

    config = outcome.applied.config
    assert (1, False, True) == (
        config.agent_switching.cost_ceiling,
        config.caching.disk,
        config.caching.memory,
    )


async def test_each_change_is_a_version_and_any_can_come_back(service: HrmService) -> None:
    """Newest first; a restored one is a new version with the old content."""
    made = [await set_ceiling(service, SERVER, dollars) for dollars in (1, 2, 3)]
    restored = await service.restore(made[0].applied.config_id, by="somebody", apply_now=True)

    versions = await service.history(made[1].applied.config_id, 10)

    assert [4, 3, 2, 1] == [each.version for each in versions]
    assert [1, 3, 2, 1] == [each.config.agent_switching.cost_ceiling for each in versions]
    assert restored.applied == versions[0]
    assert 2 == len(await service.history(made[1].applied.config_id, 2))
    changes = await service.difference(made[0].applied.config_id, made[2].applied.config_id)
    assert [("agent_switching.cost_ceiling", 1, 3)] == [
        (each.field, each.before, each.after) for each in changes
    ]


async def test_a_temporary_change_lasts_as_long_as_the_process(
    service: HrmService, store: EventStore
) -> None:
    """It wins over lasting versions of its scope, until a restart or the next lasting one."""
    await set_ceiling(service, SERVER, 1)
    await set_ceiling(service, SERVER, 2, persist=False)
    assert 2 == await ceiling(service, SERVER)
    assert 1 == await ceiling(HrmService(store, Configurations()), SERVER)

    await set_ceiling(service, SERVER, 3)
    assert 3 == await ceiling(service, SERVER)


async def test_running_tasks_of_the_scope_go_on_under_the_change(
    service: HrmService, database: Database, task: models.Task
) -> None:
    """They are counted by looking; a task of its own configuration is not among them."""
    other = await rows.stored_task(database, status=TaskStatus.IN_PROGRESS)
    waiting = await rows.stored_task(database, status=TaskStatus.PENDING)
    await set_ceiling(service, Target(task_id=other.id), 9, apply_now=False)

    outcome = await set_ceiling(service, SERVER, 1)

    assert 1 == outcome.tasks_affected
    assert outcome.applied.config_id == await held(database, task)
    assert [None, None] == [await held(database, each) for each in (other, waiting)]


async def test_a_change_for_later_leaves_running_tasks_alone(
    service: HrmService, database: Database, task: models.Task
) -> None:
    """They keep what they began with."""
    outcome = await set_ceiling(service, Target(task_id=task.id), 1, apply_now=False)

    assert 0 == outcome.tasks_affected
    assert not outcome.future_tasks
    assert BUILTIN["balanced"].id == await held(database, task)


async def test_a_change_is_told_with_its_impact(
    service: HrmService, store: EventStore, task: models.Task
) -> None:
    """In the channels of the project and the task, with the reference's fields."""
    changes = {"latent_reasoning": {"compression_ratio_target": 8.0}}
    target = Target(task_id=task.id)

    outcome = await service.update(target, Wish(changes=changes, by="somebody"))

    (event,) = await store.after(0)
    assert (task.id, task.project_id) == (event.task_id, event.project_id)
    assert {"type", "id", "timestamp", "project_id", "config_id", "config", "impact"} == set(
        event.body
    )
    assert outcome.applied.config_id == event.body["config_id"]
    assert outcome.impact.summary() == event.body["impact"]
    assert 0 < event.body["impact"]["token_reduction"]


async def test_a_preset_is_applied_and_told(service: HrmService, store: EventStore) -> None:
    """As a version that names it, until something else is changed."""
    outcome = await service.apply_preset(SERVER, BUILTIN["speed"].id, by="me", apply_now=True)

    assert ("speed", PRESETS["speed"]) == (outcome.applied.preset_name, outcome.applied.config)
    update, applied = [event.body for event in await store.after(0)]
    assert ["hrm_config_update", "hrm_preset_applied"] == [update["type"], applied["type"]]
    assert {"type", "id", "timestamp", "project_id", "preset_name", "config"} == set(applied)
    assert ("speed", None) == (applied["preset_name"], applied["project_id"])

    later = await set_ceiling(service, SERVER, 1)
    assert None is later.applied.preset_name
    again = await service.restore(outcome.applied.config_id, by="me", apply_now=True)
    assert "speed" == again.applied.preset_name


async def test_changes_at_once_get_a_version_each(service: HrmService) -> None:
    """None is lost and none fails."""
    await asyncio.gather(*(set_ceiling(service, SERVER, dollars) for dollars in range(1, 9)))

    newest = (await service.in_force(SERVER)).applied
    versions = await service.history(newest.config_id, 100)
    assert list(range(8, 0, -1)) == [each.version for each in versions]
    assert set(range(1, 9)) == {each.config.agent_switching.cost_ceiling for each in versions}


async def test_a_wrong_target_is_refused(
    service: HrmService, database: Database, task: models.Task
) -> None:
    """What is not there, what does not belong together, and what can only be read."""
    nobody = models.new_id()
    for target in (Target(task_id=nobody), Target(project_id=nobody), Target(task_id="x")):
        with pytest.raises(NotFound):
            await set_ceiling(service, target, 1)
    other = rows.project(status="archived")
    async with database.write() as session:
        session.add(other)
    with pytest.raises(InvalidInput, match="does not belong"):
        await set_ceiling(service, Target(task_id=task.id, project_id=other.id), 1)
    with pytest.raises(Conflict, match="archived"):
        await set_ceiling(service, Target(project_id=other.id), 1)
    with pytest.raises(NotFound):
        await service.history(nobody, 10)
    with pytest.raises(Conflict, match="preset"):
        await service.restore(BUILTIN["speed"].id, by="me", apply_now=True)
    assert [] == await service.history(BUILTIN["speed"].id, 10)
