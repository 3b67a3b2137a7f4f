"""Which configuration applies: the task's, else its project's, else the server's, else a preset."""

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db import models
from phantom.hrm.config import PRESET_OF_PRIORITY, PRESETS, HrmConfig


async def applicable(
    session: AsyncSession, *, task_id: str, project_id: str, priority_mode: str
) -> HrmConfig:
    """The configuration that a task of a project runs under, from its narrowest scope."""
    scopes = (("task", task_id), ("project", project_id), ("server", ""))
    rows = await session.scalars(
        select(models.HrmConfig)
        .where(tuple_(models.HrmConfig.scope, models.HrmConfig.scope_id).in_(scopes))
        .order_by(models.HrmConfig.version)
    )
    newest = {row.scope: row.config for row in rows}
    for scope, _ in scopes:
        if scope in newest:
            return HrmConfig.model_validate(newest[scope])
    return PRESETS[PRESET_OF_PRIORITY.get(priority_mode, "balanced")]
