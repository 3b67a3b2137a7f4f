"""Tuning: a search in a project's log for a better configuration, and a preset to propose it.

Nothing is ever applied. One search of a project runs at a time, whichever process does it: it holds
a lease, and one that was killed is done again when that has run out. The search is a process of its
own, so that neither the event loop nor its thread waits for it.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.clock import iso, utc_now
from phantom.db import models
from phantom.db.periodic import every
from phantom.errors import Conflict, NotFound, Unavailable
from phantom.events.store import EventStore
from phantom.events.types import HrmOptimization, HrmOptimizationResult
from phantom.hrm.builtin import OWNER
from phantom.hrm.changes import Part, merged, whole
from phantom.hrm.config import HrmConfig
from phantom.hrm.logbook import logged
from phantom.hrm.presets import Visibility
from phantom.hrm.project import ProjectWishes
from phantom.hrm.resolve import Configurations
from phantom.hrm.search import ENOUGH, Answer, Question
from phantom.processes import Limits, run
from phantom.vocabulary import ProjectStatus

EVERY_TASKS = 50
"""After so many more ended tasks of a project its configuration is tuned again."""
_LOOK_SECONDS = 60.0
_LIMITS = Limits(wall_seconds=120.0, cpu_seconds=100)
_LEASE = timedelta(seconds=180)
_ENDED = select(func.sum(models.Rollup.tasks_ended)).where(models.Rollup.day == date.min)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a search came to; `preset_id` is its proposal, where it may claim anything."""

    answer: Answer
    preset_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Lease:
    """The right to search for a project, of which so many tasks had ended."""

    project_id: str
    until: datetime
    ended: int


class Tuning:
    """Searches for better configurations, when asked and by itself where that is switched on."""

    def __init__(self, store: EventStore, configurations: Configurations) -> None:
        self._store = store
        self._configurations = configurations

    async def optimize(self, project_id: str) -> Tuned:
        """Search now, in the project's log.

        Raises NotFound; Conflict where a search is under way or the project is archived;
        Unavailable where the extra `tune` is not installed or the search does not end.
        """
        if find_spec("optuna") is None:
            raise Unavailable(
                "Tuning needs the extra `tune`; install phantom[tune] and start the server again."
            )
        lease = await self._lease(project_id)
        question = await self._question(project_id)
        return await self._keep(lease, question, await _searched(question))

    async def keep_tuning(self) -> None:
        """Tune again and again what is due, until cancelled; without the extra nothing is."""
        if find_spec("optuna") is not None:
            await every(_LOOK_SECONDS, self.tune_what_is_due)

    async def tune_what_is_due(self) -> list[str]:
        """Search for each project where it is switched on and due; returns their ids."""
        done = []
        async with self._store.database.read() as session:
            grown = [await session.get_one(models.Project, each) for each in await _grown(session)]
            due = [
                project.id
                for project in grown
                if (await self._acting(session, project)).bayesian_optimization.enabled
            ]
        for project_id in due:
            try:
                await self.optimize(project_id)
            except (Conflict, NotFound, Unavailable) as error:
                _log.info("a configuration was not tuned", project=project_id, reason=str(error))
            else:
                done.append(project_id)
        return done

    async def _acting(self, session: AsyncSession, project: models.Project) -> HrmConfig:
        return ProjectWishes.of(project.config).bend(await self._applied(session, project))

    async def _applied(self, session: AsyncSession, project: models.Project) -> HrmConfig:
        preset = ProjectWishes.of(project.config).preset
        found = await self._configurations.applicable(session, project_id=project.id, preset=preset)
        return found.config

    async def _lease(self, project_id: str) -> _Lease:
        async with self._store.database.write() as session:
            project = await session.get(models.Project, project_id, with_for_update=True)
            if project is None:
                raise NotFound(f"There is no project {project_id}.")
            if project.status == ProjectStatus.ARCHIVED:
                raise Conflict(f"Project '{project.name}' is archived and can only be read.")
            row = await session.get(models.Tuning, project_id)
            now = utc_now()
            if row is not None and row.held_until is not None and row.held_until > now:
                raise Conflict(f"Project '{project.name}' is being tuned at this moment.")
            if row is None:
                row = models.Tuning(project_id=project_id, tasks_ended=0)
                session.add(row)
            row.held_until = now + _LEASE
            ended = await session.scalar(_ENDED.where(models.Rollup.project_id == project_id))
        return _Lease(project_id, row.held_until, int(ended or 0))

    async def _question(self, project_id: str) -> Question:
        async with self._store.database.read() as session:
            project = await session.get_one(models.Project, project_id)
            acting = await self._acting(session, project)
            return Question(
                config=await self._applied(session, project),
                project=project.config,
                trials=acting.bayesian_optimization.iterations,
                log=await logged(session, project_id),
            )

    async def _keep(self, lease: _Lease, question: Question, answer: Answer) -> Tuned:
        """Give the lease back; tell and propose what was found, unless another holds it by now."""
        async with self._store.transaction() as transaction:
            session = transaction.session
            row = await session.get(models.Tuning, lease.project_id, with_for_update=True)
            if row is None or row.held_until != lease.until:
                raise Conflict("The search took so long that another one has taken its place.")
            row.held_until, row.tasks_ended = None, lease.ended
            if answer.improvement is None:
                return Tuned(answer)
            newest = question.log[-1].task_id
            transaction.emit(
                HrmOptimizationResult(
                    task_id=newest,
                    optimization_type="bayesian",
                    # Staying as it is is better by exactly nothing.
                    result=HrmOptimization(
                        best_params=answer.best if answer.claimed else {},
                        improvement=answer.improvement if answer.claimed else 0.0,
                    ),
                ),
                task_id=newest,
                project_id=lease.project_id,
            )
            if not answer.claimed:
                return Tuned(answer)
            row.preset_id = await _propose(session, row, question, answer)
            return Tuned(answer, row.preset_id)


async def _propose(
    session: AsyncSession, row: models.Tuning, question: Question, answer: Answer
) -> str:
    """Keep the proposal as a preset in place of the project's last one; returns its id."""
    if row.preset_id is not None:
        last = await session.get(models.HrmPreset, row.preset_id)
        if last is not None:
            await session.delete(last)
    project = await session.get_one(models.Project, row.project_id)
    low, high = answer.interval or (0.0, 0.0)
    changes: Part = {section: dict(values) for section, values in answer.best.items()}
    preset = models.HrmPreset(
        id=models.new_id(),
        name=f"tuned for {project.name[:50]}, {iso(utc_now())}",
        description=(
            f"Proposed by tuning from {answer.tasks} tasks: better by {answer.improvement:.3f} "
            f"(80 % interval {low:.3f} to {high:.3f}) on the newest of them."
        ),
        icon="custom",
        color="#6b7280",
        visibility=Visibility.SHARED,
        created_by=OWNER,
        config=whole(merged(question.config, changes)),
    )
    session.add(preset)
    return preset.id


async def _grown(session: AsyncSession) -> Sequence[str]:
    """Ids of projects with enough ended tasks, and `EVERY_TASKS` more than when last tuned."""
    ended = func.sum(models.Rollup.tasks_ended)
    last = func.coalesce(models.Tuning.tasks_ended, 0)
    return (
        await session.scalars(
            select(models.Rollup.project_id)
            .join(models.Project, models.Project.id == models.Rollup.project_id)
            .outerjoin(models.Tuning, models.Tuning.project_id == models.Rollup.project_id)
            .where(models.Rollup.day == date.min, models.Project.status != ProjectStatus.ARCHIVED)
            .group_by(models.Rollup.project_id, last)
            .having(ended >= ENOUGH, ended - last >= EVERY_TASKS)
        )
    ).all()


async def _searched(question: Question) -> Answer:
    """Ask the process of its own. Raises Unavailable where it does not answer."""
    ended = await run(
        [sys.executable, "-m", "phantom.hrm.search"],
        cwd=Path("/"),
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.defpath},
        limits=_LIMITS,
        stdin=question.model_dump_json().encode(),
    )
    if ended.returncode != 0 or ended.timed_out:
        _log.error("the search for a configuration failed", stderr=ended.error_text[-2000:])
        raise Unavailable("The search for a better configuration did not come to an end.")
    return Answer.model_validate_json(ended.stdout)
