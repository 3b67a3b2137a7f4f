"""What ended tasks leave in the home goes after its time, or where it is too much; nothing else."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from phantom.clock import utc_now
from phantom.db import models
from phantom.db.database import Database
from phantom.orchestration.janitor import Janitor
from phantom.orchestration.retention import Retention, Shelf
from phantom.settings import Settings
from tests.support import rows

_BLOCK = 200_000


@pytest.fixture
async def ids(database: Database) -> dict[str, str]:
    """Tasks by how long ago they ended."""
    now = utc_now()
    ages = {
        "waiting": None,
        "recent": now - timedelta(hours=1),
        "older": now - timedelta(hours=7),
        "old": now - timedelta(hours=9),
    }
    project = rows.project()
    found = {}
    async with database.write() as session:
        session.add(project)
        await session.flush()
        for name, ended_at in ages.items():
            status = "pending" if ended_at is None else "completed"
            task = rows.task(project.id, status=status, completed_at=ended_at)
            session.add(task)
            found[name] = task.id
    return found


def shelf(directory: Path, ids: dict[str, str], *, hours: float = 8) -> Shelf:
    """A directory for each task, with a file in it that takes room."""
    for task_id in ids.values():
        tree = directory / task_id / "1" / "tree"
        tree.mkdir(parents=True)
        (tree / "file").write_bytes(b"x" * _BLOCK)
    return Shelf(directory.name, directory, timedelta(hours=hours))


def left(shelf: Shelf, ids: dict[str, str]) -> set[str]:
    """The tasks whose directories are left; others by their own name."""
    names = {task_id: name for name, task_id in ids.items()}
    return {names.get(path.name, path.name) for path in shelf.directory.iterdir()}


async def test_only_what_ended_long_ago_is_removed(
    database: Database, ids: dict[str, str], tmp_path: Path
) -> None:
    """An open task keeps its own; so does a link; what no task owns, or was half removed, goes."""
    workspaces = await asyncio.to_thread(shelf, tmp_path / "workspaces", ids)
    (workspaces.directory / models.new_id()).mkdir()
    (workspaces.directory / f"{ids['recent']}.removed").mkdir()
    (workspaces.directory / "link").symlink_to(tmp_path)
    absent = Shelf("absent", tmp_path / "absent", timedelta())

    removed = await Retention(database, (workspaces, absent)).collect()

    assert {"waiting", "recent", "older", "link"} == left(workspaces, ids)
    assert {"workspaces": 3} == dict(removed.many)
    assert removed.size["workspaces"] >= _BLOCK


async def test_what_is_too_much_goes_from_the_oldest_end_on(
    database: Database, ids: dict[str, str], tmp_path: Path
) -> None:
    """Until it fits, over all shelves; an open task's counts, and is not touched."""
    workspaces = await asyncio.to_thread(shelf, tmp_path / "workspaces", ids, hours=1000)
    transcripts = await asyncio.to_thread(shelf, tmp_path / "calls", ids, hours=1000)
    retention = Retention(database, (workspaces, transcripts), most_bytes=5 * _BLOCK)

    await retention.collect()

    both = left(workspaces, ids) | left(transcripts, ids)
    assert {"waiting", "recent"} == left(workspaces, ids) & left(transcripts, ids)
    assert "old" not in both
    retention = Retention(database, (workspaces, transcripts), most_bytes=0)
    await retention.collect()
    assert {"waiting"} == left(workspaces, ids) == left(transcripts, ids)


async def test_a_task_that_is_started_again_keeps_what_it_had(
    database: Database, ids: dict[str, str], tmp_path: Path
) -> None:
    """Also where that happens between the look and the removal."""
    workspaces = await asyncio.to_thread(shelf, tmp_path / "workspaces", ids)
    retention = Retention(database, (workspaces,))
    removed = await retention.collect()
    (tmp_path / "workspaces" / ids["old"]).mkdir()
    found = await retention._of_ended_tasks(removed)
    async with database.write() as session:
        task = await session.get_one(models.Task, ids["old"])
        task.status, task.completed_at = "pending", None

    for each in found:
        await retention._remove(each, removed)

    assert {"waiting", "old"} == left(workspaces, ids)


async def test_one_process_of_a_home_tidies_at_a_time(database: Database, tmp_path: Path) -> None:
    """The other one leaves it at that, and counts nothing."""
    settings = await asyncio.to_thread(lambda: Settings(home=tmp_path, keep_event_days=0))
    first, second = (Janitor.of(settings, database) for _ in range(2))

    ends = await asyncio.gather(first.tidy(), second.tidy())

    assert 1 == sum(end is None for end in ends)
    assert await second.tidy() is not None
