"""What can be done with HRM configurations; resolve.py says which of them applies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.clock import utc_now
from phantom.db import models
from phantom.errors import Conflict, InvalidInput, NotFound
from phantom.events.store import EventStore, Transaction
from phantom.events.types import HrmConfigUpdate, HrmImpact, HrmPresetApplied
from phantom.hrm import history
from phantom.hrm.changes import FieldChange, Part, differences, merged, whole
from phantom.hrm.config import HrmConfig
from phantom.hrm.estimator import TaskContext, compare
from phantom.hrm.impact import Impact, impact
from phantom.hrm.presets import visible
from phantom.hrm.project import ProjectWishes
from phantom.hrm.resolve import (
    SERVER,
    Applied,
    Configurations,
    Place,
    Scope,
    find,
    lock_changes,
    versions,
)
from phantom.vocabulary import ProjectStatus, TaskStatus, TaskType


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a configuration is for: a task, else a project, else the whole server."""

    project_id: str | None = None
    task_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A change, as somebody asks for it.

    Attributes:
        changes: sections, or parts of them; what is missing stays as it applies now.
        apply_now: running tasks go on under it; otherwise they keep what they began with.
        persist: False lasts until the server restarts.
        preset: id and name of the preset that the changes are, whole, or None.
    """

    changes: Part
    by: str
    apply_now: bool = True
    persist: bool = True
    preset: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """A target that was looked up: its scope, and what it belongs to."""

    place: Place
    project_id: str | None
    task_id: str | None
    task_type: TaskType | None
    wishes: ProjectWishes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change came to; `tasks_affected` are the running tasks that go on under it."""

    where: Where
    applied: Applied
    impact: Impact
    tasks_affected: int

    @property
    def future_tasks(self) -> bool:
        """Whether tasks yet to come run under it too."""
        return self.applied.scope is not Scope.TASK


@dataclass(frozen=True, slots=True)
class InForce:
    """The configuration that applies, and as the project's own switches let it act.

    Attributes:
        since: when it was set; where nobody ever set one, when what it is for came to be.
    """

    applied: Applied
    effective: HrmConfig
    since: datetime


class HrmService:
    """Changes and queries of configurations."""

    def __init__(self, store: EventStore, configurations: Configurations) -> None:
        self._store = store
        self._configurations = configurations

    async def in_force(self, target: Target) -> InForce:
        """What applies to the target now. Raises NotFound, InvalidInput."""
        async with self._store.database.read() as session:
            where = await _look_up(session, target)
            applied = await self._applied(session, where)
            since = applied.updated_at or await _beginning(session, where.project_id)
        return InForce(applied, where.wishes.bend(applied.config), since)

    async def update(self, target: Target, wish: Wish) -> Outcome:
        """Make a change a new version, with its events. Raises NotFound, InvalidInput, Conflict."""
        async with self._store.transaction() as transaction:
            outcome = await self._change(transaction, target, wish)
        self._remember(outcome.applied)
        return outcome

    async def apply_preset(
        self, target: Target, preset_id: str, *, by: str, apply_now: bool
    ) -> Outcome:
        """Make a preset the target's configuration, as a new version."""
        async with self._store.transaction() as transaction:
            preset = await visible(transaction.session, preset_id, by)
            wish = Wish(
                changes=preset.config,
                by=by,
                apply_now=apply_now,
                preset=(preset.id, preset.name),
            )
            outcome = await self._change(transaction, target, wish)
            where = outcome.where
            transaction.emit(
                HrmPresetApplied(
                    project_id=where.project_id, preset_name=preset.name, config=preset.config
                ),
                task_id=where.task_id,
                project_id=where.project_id,
            )
        self._remember(outcome.applied)
        return outcome

    async def restore(self, config_id: str, *, by: str, apply_now: bool) -> Outcome:
        """Make an earlier version the newest one of its scope. Raises NotFound, Conflict."""
        async with self._store.transaction() as transaction:
            found = await _existing(transaction.session, config_id)
            if found.scope is Scope.PRESET:
                raise Conflict("That is a preset, which was never replaced; apply it instead.")
            preset = None
            if found.preset_id is not None and found.preset_name is not None:
                preset = (found.preset_id, found.preset_name)
            wish = Wish(changes=whole(found.config), by=by, apply_now=apply_now, preset=preset)
            outcome = await self._change(transaction, _target(found), wish)
        self._remember(outcome.applied)
        return outcome

    async def history(self, config_id: str, limit: int) -> Sequence[Applied]:
        """The versions of the scope that the configuration belongs to, newest first.

        A built-in preset that applies by default has none. Raises NotFound.
        """
        async with self._store.database.read() as session:
            found = await _existing(session, config_id)
            if found.scope is Scope.PRESET:
                return []
            rows = await session.scalars(versions((found.scope, found.scope_id)).limit(limit))
            return [Applied.of(row) for row in rows]

    async def difference(self, before_id: str, after_id: str) -> Sequence[FieldChange]:
        """The fields in which two configurations differ, by name. Raises NotFound."""
        async with self._store.database.read() as session:
            before = await _existing(session, before_id)
            after = await _existing(session, after_id)
        return differences(before.config, after.config)

    async def simulate(
        self,
        current: Part,
        proposed: Part,
        context: TaskContext,
        *,
        target: Target,
        task_type: TaskType | None,
    ) -> tuple[Impact, HrmConfig]:
        """What a change would do; what a configuration leaves out is as it applies now."""
        async with self._store.database.read() as session:
            where = await _look_up(session, target)
            base = (await self._applied(session, where)).config
            basis = await history.basis(
                session, project_id=where.project_id, task_type=task_type or where.task_type
            )
        now, then = (where.wishes.bend(merged(base, part)) for part in (current, proposed))
        return impact(compare(now, then, context, basis), basis), then

    async def _applied(self, session: AsyncSession, where: Where) -> Applied:
        return await self._configurations.applicable(
            session,
            task_id=where.task_id,
            project_id=where.project_id,
            preset=where.wishes.preset,
        )

    async def _change(self, transaction: Transaction, target: Target, wish: Wish) -> Outcome:
        session = transaction.session
        # One change at a time: two would take the same version number.
        await lock_changes(session, shared=False)
        where = await _look_up(session, target, to_change=True)
        before = await self._applied(session, where)
        config = merged(before.config, wish.changes)
        row = await _new_version(session, where.place, config, wish)
        basis = await history.basis(session, project_id=where.project_id, task_type=where.task_type)
        bent = where.wishes.bend
        found = impact(compare(bent(before.config), bent(config), TaskContext(), basis), basis)
        affected = await self._repin(session, where, row) if wish.apply_now else 0
        _tell(transaction, where, row, found)
        return Outcome(where, Applied.of(row), found, affected)

    async def _repin(self, session: AsyncSession, where: Where, row: models.HrmConfig) -> int:
        """Let running tasks that the new version governs go on under it; returns how many."""
        running = select(models.Task).where(models.Task.status == TaskStatus.IN_PROGRESS)
        if where.task_id is not None:
            running = running.where(models.Task.id == where.task_id)
        elif where.project_id is not None:
            running = running.where(models.Task.project_id == where.project_id)
        affected = 0
        for task in await session.scalars(running.order_by(models.Task.id).with_for_update()):
            governing = await self._configurations.applicable(
                session, task_id=task.id, project_id=task.project_id
            )
            # The row itself is not yet in force where it is a temporary one.
            if where.place[0].within(governing.scope):
                task.hrm_config_id, task.hrm_preset_id = row.id, row.preset_id
                affected += 1
        return affected

    def _remember(self, applied: Applied) -> None:
        """Once committed: a temporary version is in force from now on, a lasting one ends it."""
        place = (applied.scope, applied.scope_id)
        if applied.temporary:
            self._configurations.remember(place, applied.config_id)
        else:
            self._configurations.forget(place)


async def _look_up(session: AsyncSession, target: Target, *, to_change: bool = False) -> Where:
    task = None
    if target.task_id is not None:
        task = await session.get(models.Task, _uuid(target.task_id, "task"))
        if task is None:
            raise NotFound(f"There is no task {target.task_id[:100]!r}.")
    project_id = task.project_id if task is not None else None
    if target.project_id is not None:
        named = _uuid(target.project_id, "project")
        if project_id is not None and named != project_id:
            raise InvalidInput(f"Task {target.task_id} does not belong to project {named}.")
        project_id = named
    project = None
    if project_id is not None:
        project = await session.get(models.Project, project_id)
        if project is None:
            raise NotFound(f"There is no project {project_id}.")
        if to_change and project.status == ProjectStatus.ARCHIVED:
            raise Conflict(f"Project '{project.name}' is archived and can only be read.")
    place = SERVER
    if task is not None:
        place = (Scope.TASK, task.id)
    elif project_id is not None:
        place = (Scope.PROJECT, project_id)
    return Where(
        place=place,
        project_id=project_id,
        task_id=task.id if task is not None else None,
        task_type=TaskType(task.task_type) if task is not None else None,
        wishes=ProjectWishes.of(project.config if project is not None else {}),
    )


async def _beginning(session: AsyncSession, project_id: str | None) -> datetime:
    """When the project was last changed, whose priority picks the preset; else the first of all."""
    if project_id is not None:
        return (await session.get_one(models.Project, project_id)).updated_at
    return await session.scalar(select(func.min(models.Project.created_at))) or utc_now()


async def _existing(session: AsyncSession, config_id: str) -> Applied:
    found = await find(session, _uuid(config_id, "configuration"))
    if found is None:
        raise NotFound(f"There is no configuration {config_id}.")
    return found


async def _new_version(
    session: AsyncSession, place: Place, config: HrmConfig, wish: Wish
) -> models.HrmConfig:
    scope, scope_id = place
    newest = await session.scalar(
        select(func.max(models.HrmConfig.version)).where(
            models.HrmConfig.scope == scope, models.HrmConfig.scope_id == scope_id
        )
    )
    row = models.HrmConfig(
        id=models.new_id(),
        scope=scope,
        scope_id=scope_id,
        version=(newest or 0) + 1,
        config=whole(config),
        preset_id=wish.preset[0] if wish.preset is not None else None,
        preset_name=wish.preset[1] if wish.preset is not None else None,
        temporary=not wish.persist,
        updated_by=wish.by,
    )
    session.add(row)
    await session.flush()
    return row


def _tell(transaction: Transaction, where: Where, row: models.HrmConfig, found: Impact) -> None:
    transaction.emit(
        HrmConfigUpdate(
            project_id=where.project_id,
            config_id=row.id,
            config=row.config,
            impact=HrmImpact.model_validate(found.summary()),
        ),
        task_id=where.task_id,
        project_id=where.project_id,
    )


def _target(found: Applied) -> Target:
    match found.scope:
        case Scope.TASK:
            return Target(task_id=found.scope_id)
        case Scope.PROJECT:
            return Target(project_id=found.scope_id)
        case _:
            return Target()


def _uuid(given: str, what: str) -> str:
    try:
        return str(UUID(given))
    except ValueError:
        raise NotFound(f"There is no {what} {given[:100]!r}; ids are UUIDs.") from None
