"""Changing and deleting projects: what each status forbids, and what a deletion leaves."""

import asyncio

import pytest
from sqlalchemy import func, select

from phantom.clock import utc_now
from phantom.db import models
from phantom.db.database import Database
from phantom.errors import Conflict, InvalidInput, NotFound, PhantomError
from phantom.events.store import EventStore
from phantom.events.types import SystemAlert
from phantom.ledger import rollups
from phantom.projects.config import Priority, ProjectConfiguration, Timeframe
from phantom.projects.service import AD_HOC_ID, ProjectChanges, ProjectService, admit
from phantom.vocabulary import ProjectStatus, ProjectType, Severity, TaskStatus
from tests.support import rows


@pytest.fixture
def projects(database: Database) -> ProjectService:
    """The service."""
    return ProjectService(database)


async def created(projects: ProjectService, name: str = "One") -> models.Project:
    """A new project."""
    made = await projects.create(name, ProjectType.PYTHON, "owner/name", ProjectConfiguration())
    return made.project


async def put_task(database: Database, project_id: str, **fields: object) -> models.Task:
    """A task of the project, counted where it has ended."""
    task = rows.task(project_id, **fields)
    async with database.write() as session:
        session.add(task)
        if task.completed_at is not None:
            await rollups.add(session, await rollups.task_addition(session, task))
    return task


async def test_only_what_is_named_is_changed(projects: ProjectService) -> None:
    """A name alone leaves the repository; a repository of None takes it away."""
    project = await created(projects)
    renamed = (await projects.update(project.id, ProjectChanges(name="Two"))).project
    assert ("Two", "owner/name", "active") == (renamed.name, renamed.github_repo, renamed.status)
    bare = (await projects.update(project.id, ProjectChanges(sets_repository=True))).project
    assert ("Two", None) == (bare.name, bare.github_repo)


async def test_a_project_is_trusted_only_when_somebody_says_so(projects: ProjectService) -> None:
    """By default its repository's configuration that is code stays unread and unchanged."""
    project = await created(projects)
    assert not project.trusted
    assert (await projects.update(project.id, ProjectChanges(trusted=True))).project.trusted
    assert (await projects.update(project.id, ProjectChanges(name="Two"))).project.trusted
    assert not (await projects.update(project.id, ProjectChanges(trusted=False))).project.trusted


async def test_a_configuration_is_changed_field_by_field(projects: ProjectService) -> None:
    """What a change leaves out stays, and a null takes the weights away."""
    project = await created(projects)
    weights = Priority(mode="custom", custom_weights={"tests": 1.0})
    for change in (
        ProjectConfiguration(priority=weights),
        ProjectConfiguration(timeframe=Timeframe(max_minutes=15)),
    ):
        found = (await projects.update(project.id, ProjectChanges(config=change))).project
    assert {"tests": 1.0} == found.config["priority"]["custom_weights"]
    assert {"max_minutes": 15, "preset": "standard"} == found.config["timeframe"]
    plain = ProjectConfiguration(priority=Priority(mode="speed", custom_weights=None))
    found = (await projects.update(project.id, ProjectChanges(config=plain))).project
    assert {"mode": "speed"} == found.config["priority"]
    assert 15 == found.config["timeframe"]["max_minutes"]


async def test_an_archived_project_is_read_only_until_it_is_not(projects: ProjectService) -> None:
    """Every change is refused, except one that ends the archiving."""
    project = await created(projects)
    await projects.update(project.id, ProjectChanges(status=ProjectStatus.ARCHIVED))
    for change in (
        ProjectChanges(name="Two"),
        ProjectChanges(config=ProjectConfiguration()),
        ProjectChanges(status=ProjectStatus.ARCHIVED),
    ):
        with pytest.raises(Conflict, match="read-only"):
            await projects.update(project.id, change)
    back = await projects.update(project.id, ProjectChanges(status=ProjectStatus.ACTIVE, name="B"))
    assert ("active", "B") == (back.project.status, back.project.name)


@pytest.mark.parametrize("status", [ProjectStatus.PAUSED, ProjectStatus.ARCHIVED])
async def test_a_project_that_is_not_active_takes_no_work(
    projects: ProjectService, database: Database, status: ProjectStatus
) -> None:
    """Neither new nor retried."""
    project = await created(projects)
    await projects.update(project.id, ProjectChanges(status=status))
    async with database.write() as session:
        with pytest.raises(Conflict, match="takes no new work"):
            await admit(session, project.id)


async def test_work_under_way_may_end_in_a_paused_project_only(
    projects: ProjectService, database: Database
) -> None:
    """Pausing lets it run on; archiving and deleting are refused until it has ended."""
    project = await created(projects)
    await put_task(database, project.id, status=TaskStatus.IN_PROGRESS)
    await projects.update(project.id, ProjectChanges(status=ProjectStatus.PAUSED))
    with pytest.raises(Conflict, match="1 task that has not ended"):
        await projects.update(project.id, ProjectChanges(status=ProjectStatus.ARCHIVED))
    with pytest.raises(Conflict, match="1 task that has not ended"):
        await projects.delete(project.id)


async def test_the_built_in_project_stays(projects: ProjectService) -> None:
    """It is neither changed nor deleted."""
    await projects.ensure_ad_hoc()
    with pytest.raises(Conflict):
        await projects.delete(AD_HOC_ID)
    with pytest.raises(Conflict):
        await projects.update(AD_HOC_ID, ProjectChanges(name="Mine"))


async def test_a_deletion_leaves_nothing_and_frees_the_slot(
    projects: ProjectService, database: Database, store: EventStore
) -> None:
    """Tasks, sums, events and configurations go; those of another project stay."""
    gone, kept = await created(projects), await created(projects, "Two")
    for project in (gone, kept):
        task = await put_task(
            database, project.id, status=TaskStatus.COMPLETED, completed_at=utc_now()
        )
        alert = SystemAlert(message="Look", severity=Severity.INFO)
        await store.emit(alert, task_id=task.id, project_id=project.id)
        async with database.write() as session:
            for scope, scope_id in (("project", project.id), ("task", task.id)):
                session.add(
                    models.HrmConfig(
                        scope=scope, scope_id=scope_id, version=1, config={}, updated_by="local"
                    )
                )

    await projects.delete(gone.id)

    tables = (models.Task, models.Rollup, models.Event, models.HrmConfig, models.Project)
    async with database.read() as session:
        left = [await session.scalar(select(func.count()).select_from(each)) for each in tables]
    assert [1, 2, 1, 2, 1] == left  # sums: of its day, and since the beginning
    with pytest.raises(NotFound):
        await projects.delete(gone.id)
    assert "Projekt-A" == (await created(projects)).slot


async def test_concurrent_creates_and_deletes_never_share_a_slot(
    projects: ProjectService,
) -> None:
    """Whatever order they come in, each slot holds at most one project, and no call breaks."""

    async def come_and_go(name: str) -> None:
        try:
            project = await created(projects, name)
        except InvalidInput:
            return
        await asyncio.sleep(0)
        await projects.delete(project.id)

    await asyncio.gather(*(come_and_go(f"P{n}") for n in range(12)))

    assert [] == list(await projects.list())
    answers = await asyncio.gather(
        *(created(projects, f"P{n}") for n in range(6)), return_exceptions=True
    )
    slots = sorted(each.slot or "" for each in answers if isinstance(each, models.Project))
    assert ["Projekt-A", "Projekt-B", "Projekt-C"] == slots


async def test_work_is_never_left_in_a_project_that_was_deleted_at_once(
    projects: ProjectService, database: Database
) -> None:
    """Either the work came first and the deletion is refused, or it finds no project."""
    project = await created(projects)

    async def order() -> str:
        async with database.write() as session:
            await admit(session, project.id)
            await asyncio.sleep(0)
            session.add(rows.task(project.id))
        return "ordered"

    async def remove() -> str:
        await projects.delete(project.id)
        return "deleted"

    outcomes = await asyncio.gather(*(order() for _ in range(4)), remove(), return_exceptions=True)

    unexpected = [
        each
        for each in outcomes
        if not isinstance(each, str) and not isinstance(each, PhantomError)
    ]
    assert [] == unexpected
    async with database.read() as session:
        tasks = await session.scalar(select(func.count()).select_from(models.Task))
    assert outcomes.count("ordered") == tasks
    assert ("deleted" in outcomes) == (tasks == 0)
