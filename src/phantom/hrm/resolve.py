"""Which configuration applies: the task's, else its project's, else the server's, else a preset."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db import models
from phantom.hrm.config import PRESET_OF_PRIORITY, PRESETS, HrmConfig


async def applicable(
    session: AsyncSession, *, task_id: str, project_id: str, priority_mode: str
) -> HrmConfig:
    """The configuration that a task of a project runs under, from its narrowest scope."""
    for scope, scope_id in (("task", task_id), ("project", project_id), ("server", "")):
        newest = await session.scalars(
            select(models.HrmConfig)
            .where(models.HrmConfig.scope == scope, models.HrmConfig.scope_id == scope_id)
            .order_by(models.HrmConfig.version.desc())
            .limit(1)
        )
        if (row := newest.first()) is not None:
            return HrmConfig.model_validate(row.config)
    return PRESETS[PRESET_OF_PRIORITY.get(priority_mode, "balanced")]
