"""Which configuration applies: the task's, else its project's, else the server's, else a preset."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db import models
from phantom.hrm.builtin import BUILTIN, BY_ID, OWNER, Builtin
from phantom.hrm.config import HrmConfig
from phantom.hrm.project import ProjectWishes

_CHANGE_LOCK = 0x68726D  # "hrm"


_VERSIONS = (
    select(models.HrmConfig)
    .where(
        models.HrmConfig.scope == bindparam("scope"),
        models.HrmConfig.scope_id == bindparam("scope_id"),
    )
    .order_by(models.HrmConfig.version.desc())
)
_NEWEST_LASTING = _VERSIONS.where(models.HrmConfig.temporary.is_(False)).limit(1)


class Scope(StrEnum):
    """What a configuration is for, the narrowest first; the narrowest one that is set applies."""

    TASK = "task"
    PROJECT = "project"
    SERVER = "server"
    PRESET = "preset"
    """Nobody has set anything: the built-in preset of the project's priority."""

    def within(self, other: "Scope") -> bool:
        """True where a configuration of this scope goes before, or replaces, one of `other`."""
        order = list(Scope)
        return order.index(self) <= order.index(other)


Place = tuple[Scope, str]
"""A scope and whose it is: the id of the task or the project, or an empty text."""
SERVER: Place = (Scope.SERVER, "")


@dataclass(frozen=True, slots=True)
class Applied:
    """A configuration and where it comes from.

    Attributes:
        config_id: its version's id, or that of the preset where nothing was ever set.
        preset_id: the preset that it is, unchanged; None where it is somebody's own.
        version: counts from 1 in its scope; 0 for a preset.
        temporary: it is forgotten when the server restarts.
    """

    config_id: str
    config: HrmConfig
    scope: Scope
    scope_id: str
    version: int
    preset_id: str | None
    preset_name: str | None
    temporary: bool
    updated_by: str
    updated_at: datetime | None

    @classmethod
    def of(cls, row: models.HrmConfig) -> "Applied":
        """A stored version."""
        return cls(
            config_id=row.id,
            config=HrmConfig.model_validate(row.config),
            scope=Scope(row.scope),
            scope_id=row.scope_id,
            version=row.version,
            preset_id=row.preset_id,
            preset_name=row.preset_name,
            temporary=row.temporary,
            updated_by=row.updated_by,
            updated_at=row.created_at,
        )

    @classmethod
    def of_preset(cls, preset: Builtin) -> "Applied":
        """A built-in preset, where nothing else was set."""
        return cls(
            config_id=preset.id,
            config=preset.config,
            scope=Scope.PRESET,
            scope_id="",
            version=0,
            preset_id=preset.id,
            preset_name=preset.name,
            temporary=False,
            updated_by=OWNER,
            updated_at=None,
        )


class Pinned(BaseModel):
    """The configuration that a run is held to, and as it acts under the project's switches."""

    model_config = ConfigDict(frozen=True)

    config_id: str
    effective: HrmConfig


class Configurations:
    """Finds the configuration that applies.

    Temporary ones are rows like all others, so that a run can be held to one over a restart; that
    they apply is remembered here and nowhere else.
    """

    def __init__(self) -> None:
        self._temporary: dict[Place, str] = {}

    def remember(self, place: Place, config_id: str) -> None:
        """Let a temporary configuration apply at `place` until the process ends."""
        self._temporary[place] = config_id

    def forget(self, place: Place) -> None:
        """Let the newest lasting configuration of `place` apply again."""
        self._temporary.pop(place, None)

    async def applicable(
        self,
        session: AsyncSession,
        *,
        task_id: str | None = None,
        project_id: str | None = None,
        preset: str = "balanced",
    ) -> Applied:
        """What applies to a task, a project, or the server; `preset` where nothing is set."""
        places = [SERVER]
        if project_id is not None:
            places.insert(0, (Scope.PROJECT, project_id))
        if task_id is not None:
            places.insert(0, (Scope.TASK, task_id))
        for place in places:
            if (row := await self._at(session, place)) is not None:
                return Applied.of(row)
        return Applied.of_preset(BUILTIN[preset])

    async def pin(self, session: AsyncSession, task: models.Task, project: models.Project) -> None:
        """Hold the run that begins in this transaction to what applies at this moment."""
        # Or a change that is being made just now would neither be seen here nor reach the run.
        await lock_changes(session, shared=True)
        applied = await self.applicable(
            session,
            task_id=task.id,
            project_id=task.project_id,
            preset=ProjectWishes.of(project.config).preset,
        )
        task.hrm_config_id, task.hrm_preset_id = applied.config_id, applied.preset_id

    async def _at(self, session: AsyncSession, place: Place) -> models.HrmConfig | None:
        """What is set at a place: what is remembered, else the newest lasting version."""
        if (remembered := self._temporary.get(place)) is not None:
            return await session.get(models.HrmConfig, remembered)
        scope, scope_id = place
        return await session.scalar(_NEWEST_LASTING, {"scope": scope, "scope_id": scope_id})


def versions(place: Place) -> Select[models.HrmConfig]:
    """All versions of a place, newest first."""
    scope, scope_id = place
    return _VERSIONS.params(scope=scope, scope_id=scope_id)


async def lock_changes(session: AsyncSession, *, shared: bool) -> None:
    """Until the end of the transaction nobody else changes a configuration.

    Those who hold it `shared` do not exclude each other. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        suffix = "_shared" if shared else ""
        await session.execute(
            text(f"SELECT pg_advisory_xact_lock{suffix}(:key)"), {"key": _CHANGE_LOCK}
        )


async def pinned(session: AsyncSession, task: models.Task, project: models.Project) -> Pinned:
    """What the run of a task is held to; a version that is gone is the project's preset."""
    wishes = ProjectWishes.of(project.config)
    found = await find(session, task.hrm_config_id) if task.hrm_config_id is not None else None
    if found is None:
        found = Applied.of_preset(BUILTIN[wishes.preset])
    return Pinned(config_id=found.config_id, effective=wishes.bend(found.config))


async def find(session: AsyncSession, config_id: str) -> Applied | None:
    """The configuration of that id: a version, or a built-in preset."""
    if (preset := BY_ID.get(config_id)) is not None:
        return Applied.of_preset(preset)
    row = await session.get(models.HrmConfig, config_id)
    return None if row is None else Applied.of(row)
