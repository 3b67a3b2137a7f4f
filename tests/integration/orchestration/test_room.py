"""Tasks wait while the machine is short of disk or memory, say so, and begin by themselves."""

import asyncio
import contextlib
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from phantom.api.application import create_api
from phantom.api.services import Services
from phantom.db import models
from phantom.tasks.service import Order
from phantom.vocabulary import TaskStatus, TaskType
from tests.support.api import exchange
from tests.support.runtime import finishing, running

ORDER = Order(prompt="Do something", task_type=TaskType.DEBUGGING)
MORE_THAN_ANY = 1_000_000_000
_MEGABYTE = 1_000_000
_PATIENCE_SECONDS = 60


@pytest.fixture
def ballast(tmp_path: Path) -> Path:
    """A file that takes half a gigabyte of the disk."""
    path = tmp_path / "ballast"
    try:
        with path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, 500 * _MEGABYTE)
    except OSError:
        pytest.skip("the disk has no half gigabyte to spare")
    return path


async def health(services: Services) -> models.JsonObject:
    """What `/api/health` says."""

    @contextlib.asynccontextmanager
    async def nothing() -> AsyncIterator[None]:
        yield

    app = create_api(services, nothing)
    answer = await exchange(app, "GET", "/api/health", [("Host", "127.0.0.1:1336")])
    found: models.JsonObject = json.loads(answer.body)
    return found


async def told(services: Services, task: models.Task) -> str:
    """The alert of the task that waits, once there is one."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            for event in await services.store.after(0, task_id=task.id):
                if event.body["type"] == "system_alert":
                    return str(event.body["message"])
            await asyncio.sleep(0.05)


async def test_a_task_waits_for_disk_and_begins_by_itself(tmp_path: Path, ballast: Path) -> None:
    """Once the file that takes the room is gone; the task, the health and the figures say why."""
    floor = (await asyncio.to_thread(shutil.disk_usage, tmp_path)).free // _MEGABYTE + 250
    further = {"min_free_disk_mb": floor, "min_free_memory_mb": 0}
    async with running(tmp_path, [finishing()], further=further) as services:
        task = await services.tasks.submit(ORDER)
        why = await told(services, task)
        short = await health(services)
        waiting = await services.tasks.get(task.id)
        await asyncio.to_thread(ballast.unlink)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            ended = await services.tasks.wait(task.id)
        well = await health(services)

    assert f"{floor:,} MB (`min_free_disk_mb`)" in why
    assert TaskStatus.PENDING == waiting.status
    assert "degraded" == short["status"]
    assert "MB are free on the disk" in str(short["short_of"])
    assert TaskStatus.COMPLETED == ended.status
    assert ("healthy", None) == (well["status"], well["short_of"])


async def test_a_task_that_waits_for_memory_can_be_cancelled(tmp_path: Path) -> None:
    """It ends at once and was never begun; the one behind it in the queue waits, too."""
    further = {"min_free_memory_mb": MORE_THAN_ANY, "min_free_disk_mb": 0, "concurrency": 1}
    async with running(tmp_path, [finishing()], further=further) as services:
        first, second = [await services.tasks.submit(ORDER) for _ in range(2)]
        why = await told(services, first)
        await services.tasks.cancel(first.id)
        ended = await services.tasks.get(first.id)
        await told(services, second)

    assert "MB of memory are available" in why
    assert ("cancelled", None) == (ended.failure_reason, ended.started_at)


async def test_a_task_that_waits_is_begun_by_the_next_server(tmp_path: Path) -> None:
    """A server that stops does not wait for its room."""
    further = {"min_free_memory_mb": MORE_THAN_ANY, "shutdown_seconds": 600}
    async with running(tmp_path, [finishing()], further=further) as services:
        task = await services.tasks.submit(ORDER)
        await told(services, task)
    async with running(tmp_path, [finishing()]) as services:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            ended = await services.tasks.wait(task.id)

    assert TaskStatus.COMPLETED == ended.status
