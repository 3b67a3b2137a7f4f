"""Orders: what is taken, what is refused in words, and what can be done with a task later."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from phantom.api.services import Services
from phantom.db import models
from phantom.errors import Conflict, InvalidInput, NotFound
from phantom.projects.config import ProjectConfiguration
from phantom.projects.service import AD_HOC_ID
from phantom.tasks import listing
from phantom.tasks.service import MAX_PROMPT_BYTES, Order
from phantom.vocabulary import ProjectType, TaskStatus
from tests.support import rows
from tests.support.repositories import GitRepoFactory
from tests.support.runtime import failing, finishing, running

_PATIENCE_SECONDS = 30
UNKNOWN = "4f2f6a3e-0000-4000-8000-000000000000"


@pytest.fixture
async def services(tmp_path: Path, database_url: str) -> AsyncIterator[Services]:
    """A runtime whose agent is done at once."""
    async with running(tmp_path, [finishing()], database_url=database_url) as services:
        yield services


async def count(services: Services) -> int:
    """How many tasks there are."""
    async with services.database.read() as session:
        return await session.scalar(select(func.count()).select_from(models.Task)) or 0


async def done(services: Services, order: Order) -> models.Task:
    """The order's task, once it has ended."""
    task = await services.tasks.submit(order)
    async with asyncio.timeout(_PATIENCE_SECONDS):
        return await services.tasks.wait(task.id)


async def test_a_prompt_of_a_megabyte_is_taken_and_kept_whole(services: Services) -> None:
    """To the byte; one more is refused, with what to do instead."""
    prompt = "ä" * (MAX_PROMPT_BYTES // 2)
    task = await done(services, Order(prompt=prompt))
    assert TaskStatus.COMPLETED == task.status
    assert prompt == (await services.tasks.get(task.id)).prompt
    assert len(task.title) < 200

    with pytest.raises(InvalidInput, match=r"1,048,576 bytes.*file of the workspace"):
        await services.tasks.submit(Order(prompt=f"{prompt}."))
    assert 1 == await count(services)


BAD_ORDERS = (
    (Order(prompt=""), "prompt is empty"),
    (Order(prompt=" \n\t "), "prompt is empty"),
    (Order(prompt="Do", files=("../secret",)), "points out of the workspace"),
    (Order(prompt="Do", files=("",)), "file pattern"),
    (Order(prompt="Do\0it"), "holds a NUL"),
    (Order(prompt="Do", title="\ud800"), "surrogate"),
    (Order(prompt="Do", labels=("fine", "\0")), "holds a NUL"),
    (Order(prompt="Do", agent="a" * 101), "No agent has a name"),
    (Order(prompt="Do", workspace="/"), "outside the allowed roots"),
    (Order(prompt="Do", workspace="absent"), "does not exist"),
    (Order(prompt="Do", workspace="."), "not in a git repository"),
)


async def test_what_cannot_be_done_is_refused_and_leaves_nothing(services: Services) -> None:
    """Each in a sentence that names what is wrong."""
    for order, words in BAD_ORDERS:
        with pytest.raises(InvalidInput, match=words):
            await services.tasks.submit(order)
    for project_id in ("nonsense", UNKNOWN):
        with pytest.raises(NotFound, match="no project"):
            await services.tasks.submit(Order(prompt="Do", project_id=project_id))

    assert 0 == await count(services)
    assert 0 == await services.store.last_seq()


async def test_a_task_belongs_to_the_project_whose_checkout_holds_its_workspace(
    services: Services, git_repo: GitRepoFactory
) -> None:
    """The innermost one; else to the built-in project."""
    outer = git_repo({"a/b.txt": "b\n"}, name="outer")
    other = git_repo({"c.txt": "c\n"}, name="outer-not")
    made = {
        name: await services.projects.create(
            name, ProjectType.PYTHON, checkout, ProjectConfiguration()
        )
        for name, checkout in (("out", str(outer)), ("in", f"file://{outer}/a"), ("far", "o/n"))
    }

    async def project_of(workspace: Path | None) -> str:
        named = str(workspace) if workspace is not None else None
        return (await services.tasks.submit(Order(prompt="Do", workspace=named))).project_id

    assert made["out"].project.id == await project_of(outer)
    assert made["in"].project.id == await project_of(outer / "a")
    assert AD_HOC_ID == await project_of(other)
    assert AD_HOC_ID == await project_of(None)


async def test_only_a_failed_task_is_retried(tmp_path: Path) -> None:
    """As its next attempt, whose branch lies beside the first's; the history stays."""
    async with running(tmp_path, [failing("weak")]) as services:
        failed = await done(services, Order(prompt="Do"))
        await services.tasks.retry(failed.id)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            again = await services.tasks.wait(failed.id)
        async with services.database.read() as session:
            attempts = list(await session.scalars(select(models.AgentCall.attempt)))
    assert (TaskStatus.FAILED, 2) == (again.status, again.attempt)
    assert [1, 1, 2, 2] == sorted(attempts)

    async with running(tmp_path, [finishing()]) as services:
        await services.tasks.retry(failed.id)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            completed = await services.tasks.wait(failed.id)
        assert TaskStatus.COMPLETED == completed.status
        for forbidden in (services.tasks.retry, services.tasks.cancel):
            with pytest.raises(Conflict, match="completed"):
                await forbidden(failed.id)


async def test_retries_at_once_are_one_retry(tmp_path: Path, database_url: str) -> None:
    """The others are told that the task is not failed any more."""
    async with running(tmp_path, [failing("weak")], database_url=database_url) as services:
        failed = await done(services, Order(prompt="Do"))

        tried = await asyncio.gather(
            *(services.tasks.retry(failed.id) for _ in range(4)), return_exceptions=True
        )
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await services.tasks.wait(failed.id)

        # One that comes after the retried run has failed again is another retry.
        refused = [each for each in tried if isinstance(each, Conflict)]
        assert 4 - len(refused) + 1 == (await services.tasks.get(failed.id)).attempt
        assert len(refused) >= 2


async def test_an_unknown_task_is_not_found(services: Services) -> None:
    """Whatever the id looks like, and whatever is asked."""
    tasks = services.tasks
    for task_id in ("", "nonsense", "\0", "1" * 5000, UNKNOWN):
        for asked in (tasks.get, tasks.cancel, tasks.retry, tasks.wait):
            with pytest.raises(NotFound, match="no task"):
                await asked(task_id)


async def test_all_who_wait_for_a_task_are_told(services: Services) -> None:
    """However many, and who comes late at once; one who gives up disturbs nobody."""
    task = await services.tasks.submit(Order(prompt="Do"))
    waiting = [asyncio.create_task(services.tasks.wait(task.id)) for _ in range(20)]
    waiting[0].cancel()
    async with asyncio.timeout(_PATIENCE_SECONDS):
        ended = await asyncio.gather(*waiting[1:])
        late = await services.tasks.wait(task.id)

    assert {TaskStatus.COMPLETED} == {each.status for each in [*ended, late]}


async def test_a_list_that_is_followed_is_not_disturbed_by_new_tasks(services: Services) -> None:
    """Every task that was there is seen once, in order; those that came meanwhile are not."""
    first = await services.tasks.submit(Order(prompt="Do"))
    async with services.database.write() as session:
        # The same moment for some: the id decides.
        session.add_all(
            rows.task(AD_HOC_ID, created_at=first.created_at, status=TaskStatus.COMPLETED)
            for _ in range(9)
        )
    there = {task.id for task in (await services.tasks.list(page_size=100)).items}
    seen: list[models.Task] = []
    page = await services.tasks.list(page_size=3)
    while True:
        seen += page.items
        if page.cursor is None:
            break
        await services.tasks.submit(Order(prompt="New"))
        page = await services.tasks.list(page_size=3, cursor=page.cursor)

    assert 10 == len(there)
    assert sorted(there) == sorted(task.id for task in seen)
    order = [(task.created_at, task.id) for task in seen]
    assert sorted(order, reverse=True) == order


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "ä",
        "=",
        _encoded(1),
        _encoded([]),
        _encoded(["2026-01-01T00:00:00Z", 5]),
        _encoded(["0001-01-01T00:00:00+14:00", UNKNOWN]),
        _encoded(["2026-01-01T00:00:00", UNKNOWN]),
        _encoded(["yesterday", UNKNOWN]),
        _encoded({"created": 1, "id": 2}),
        _encoded([["a"] * 50] * 2),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_cursor_that_no_list_gave_is_refused(cursor: str) -> None:
    """With what to do."""
    with pytest.raises(InvalidInput, match="start without it"):
        listing.place(cursor)


@given(st.one_of(st.text(max_size=60), st.binary(max_size=60).map(base64.urlsafe_b64encode)))
def test_any_text_is_a_cursor_or_is_refused(cursor: str | bytes) -> None:
    """Nothing else can happen."""
    text = cursor.decode() if isinstance(cursor, bytes) else cursor
    with pytest.raises(InvalidInput):
        listing.place(text)
