"""A step leaves one record, whoever does it and however often."""

from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError, OperationalError

from phantom.db import models
from phantom.engine.serialization import RunFailed
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


async def test_a_step_without_rows_is_done_once_too(store: EventStore, task: models.Task) -> None:
    """Its record is all that there is to keep of it."""
    ran: list[str] = []

    async def take_bare(steps: Steps, by: str) -> Given:
        async def body() -> Given:
            ran.append(by)
            return Given(by=by)

        return await steps.run("context", Given, body)

    await take_bare(Steps(store, task.id, 1), "first")
    async with store.database.read() as session:
        known = await load_records(session, task.id, 1)

    assert Given(by="first") == await take_bare(Steps(store, task.id, 1, known), "second")
    assert ["first"] == ran


async def test_a_stopped_run_stops_there_again_and_has_no_rows_of_the_step(
    store: EventStore, task: models.Task
) -> None:
    """After a restart too, with the reason and the words of the error, and nothing is done."""

    async def body() -> Given:
        raise GitFailed("git is gone")

    async def never() -> Given:
        raise AssertionError

    async def commit(transaction: Transaction, given: Given) -> None:
        raise AssertionError((transaction, given))

    with pytest.raises(Stop, match="git is gone") as stopped:
        await Steps(store, task.id, 1).run("plan", Given, body, commit)
    async with store.database.read() as session:
        known = await load_records(session, task.id, 1)
    with pytest.raises(Stop, match="git is gone") as again:
        await Steps(store, task.id, 1, known).run("plan", Given, never, commit)

    assert Reason.WORKSPACE is stopped.value.reason is again.value.reason
    assert ["plan"] == list(known)


async def test_a_lost_database_is_tried_again(store: EventStore, task: models.Task) -> None:
    """A failure that time mends costs another try; what was committed before it is looked up."""
    tries: list[str] = []

    async def shaky() -> Given:
        tries.append("shaky")
        if len(tries) == 1:
            raise OperationalError("SELECT 1", {}, OSError("database is locked"))
        return Given(by="patience")

    async def committed_unseen() -> Given:
        tries.append("unseen")
        await Steps(store, task.id, 1).run("unseen", Given, patient)
        raise ConnectionResetError

    async def patient() -> Given:
        return Given(by="the commit")

    steps = Steps(store, task.id, 1)

    assert Given(by="patience") == await steps.run("shaky", Given, shaky)
    assert Given(by="the commit") == await steps.run("unseen", Given, committed_unseen)
    assert ["shaky", "shaky", "unseen"] == tries


async def test_a_database_that_stays_lost_fails_the_run_in_its_own_words(
    store: EventStore, task: models.Task
) -> None:
    """Without the SQL around them; a bug is not tried again."""
    tries: Counter[str] = Counter()

    def failing(name: str, error: Exception) -> Callable[[], Awaitable[Given]]:
        async def body() -> Given:
            tries[name] += 1
            raise error

        return body

    steps = Steps(store, task.id, 1)
    locked = OperationalError("INSERT INTO x", {}, OSError("database is locked"))
    with pytest.raises(ZeroDivisionError):
        await steps.run("bug", Given, failing("bug", ZeroDivisionError("by zero")))
    with pytest.raises(RunFailed, match=r"\Adatabase is locked\Z"):
        await steps.run("locked", Given, failing("locked", locked))

    assert {"bug": 1, "locked": 4} == tries


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
