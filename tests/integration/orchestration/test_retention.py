"""What ended tasks leave in the home directory goes after its time, and nothing else."""

from datetime import timedelta
from pathlib import Path

from phantom.clock import utc_now
from phantom.db import migrate, models
from phantom.db.database import Database
from phantom.orchestration.retention import Retention
from phantom.projects.service import AD_HOC_ID, ProjectService


async def test_only_what_ended_long_ago_is_removed(database_url: str, tmp_path: Path) -> None:
    """A running task and one that ended just now keep theirs; a link is left alone."""
    database = Database(database_url)
    await migrate.upgrade(database)
    await ProjectService(database).ensure_ad_hoc()
    now = utc_now()
    ages = {"running": None, "recent": now - timedelta(hours=1), "old": now - timedelta(hours=9)}
    ids = {name: models.new_id() for name in ages}
    async with database.write() as session:
        for name, completed_at in ages.items():
            session.add(_task(ids[name], completed_at=completed_at))
    workspaces = tmp_path / "workspaces"
    for task_id in (*ids.values(), models.new_id()):
        (workspaces / task_id / "1" / "tree").mkdir(parents=True)
    (workspaces / "link").symlink_to(tmp_path)
    retention = Retention(database, (workspaces, tmp_path / "absent"), timedelta(hours=8))

    removed = await retention.collect()
    await database.close()

    assert 2 == removed
    kept = {path.name for path in workspaces.iterdir()}
    assert {ids["running"], ids["recent"], "link"} == kept


def _task(task_id: str, **fields: object) -> models.Task:
    return models.Task(
        id=task_id,
        project_id=AD_HOC_ID,
        title="A task",
        status="completed",
        prompt="Do",
        task_type="debugging",
        assigned_agent="local",
        max_iterations=4,
        **fields,
    )
