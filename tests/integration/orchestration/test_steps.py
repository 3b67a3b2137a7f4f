"""A step leaves one record, whoever does it and however often."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from phantom.db import models
from phantom.engine.durable import Engine
from phantom.errors import GitFailed
from phantom.events.store import EventStore, Transaction
from phantom.events.types import SystemAlert
from phantom.orchestration.steps import Steps, load_records
from phantom.orchestration.stops import Reason, Stop
from phantom.vocabulary import Severity
from tests.support import rows


class Given(BaseModel):
    """What the step gives."""

    by: str


@pytest.fixture(autouse=True)
async def idle_engine(store: EventStore) -> AsyncIterator[None]:
    """An engine, without which there is no step; outside of a run it records nothing itself."""

    async def nothing(_task: str, _attempt: int) -> None:
        """A run that nobody queues."""

    engine = Engine(store.database.url, concurrency=1)
    try:
        await engine.start(nothing)
        yield
    finally:
        await engine.stop()


@pytest.fixture
async def task(store: EventStore) -> models.Task:
    """Whose step it is."""
    return await rows.stored_task(store.database)


async def take(steps: Steps, by: str) -> Given:
    """One step with an event."""

    async def body() -> Given:
        return Given(by=by)

    async def commit(transaction: Transaction, given: Given) -> None:
        transaction.emit(SystemAlert(message=given.by, severity=Severity.INFO))

    return await steps.run("plan", Given, body, commit)


async def test_two_workers_that_do_one_step_agree_on_the_first(
    store: EventStore, task: models.Task
) -> None:
    """One of them was declared dead too early; what it does again is not kept twice."""
    first, second = (Steps(store, task.id, 1) for _ in range(2))

    given = [await take(first, "first"), await take(second, "second")]

    assert [Given(by="first")] * 2 == given
    assert ["first"] == [event.body["message"] for event in await store.after(0)]


async def test_a_record_of_an_earlier_process_is_taken(
    store: EventStore, task: models.Task
) -> None:
    """Of the same run only: another attempt begins anew."""
    await take(Steps(store, task.id, 1), "first")
    async with store.database.read() as session:
        known = await load_records(session, task.id, 1)
        none = await load_records(session, task.id, 2)

    assert Given(by="first") == await take(Steps(store, task.id, 1, known), "second")
    assert {} == none
    assert Given(by="third") == await take(Steps(store, task.id, 2), "third")


async def test_a_body_that_stops_the_run_leaves_no_rows(
    store: EventStore, task: models.Task
) -> None:
    """The stop has the reason and the words of the error."""

    async def body() -> Given:
        raise GitFailed("git is gone")

    async def commit(transaction: Transaction, given: Given) -> None:
        raise AssertionError((transaction, given))

    with pytest.raises(Stop, match="git is gone") as stopped:
        await Steps(store, task.id, 1).run("plan", Given, body, commit)

    assert Reason.WORKSPACE is stopped.value.reason
    async with store.database.read() as session:
        counted = select(func.count()).select_from(models.StepRecord)
        assert 0 == await session.scalar(counted)


async def test_a_broken_constraint_of_the_steps_own_rows_is_a_bug(
    store: EventStore, task: models.Task, tmp_path: Path
) -> None:
    """It is not taken for another worker's record."""

    async def body() -> Given:
        return Given(by=str(tmp_path))

    async def commit(transaction: Transaction, _given: Given) -> None:
        transaction.session.add(rows.task(models.new_id()))

    with pytest.raises(IntegrityError):
        await Steps(store, task.id, 1).run("plan", Given, body, commit)
