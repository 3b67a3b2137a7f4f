"""A step leaves one record, whoever does it and however often."""

import asyncio
import errno
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError, OperationalError

from phantom.db import models
from phantom.engine.leaving import Leaving, Released
from phantom.engine.serialization import RunFailed
from phantom.errors import GitFailed
from phantom.events.store import EventStore, Transaction
from phantom.events.types import SystemAlert
from phantom.orchestration.claim import Claim, Deleted, Superseded
from phantom.orchestration.steps import Recorded, Steps, load_records
from phantom.orchestration.stops import Reason, Stop
from phantom.vocabulary import Severity
from tests.support import rows

NOTHING: Mapping[str, Recorded] = {}


class Given(BaseModel):
    """What the step gives."""

    by: str


@pytest.fixture
async def task(store: EventStore) -> models.Task:
    """Whose step it is."""
    return await rows.stored_task(store.database)


def of_start(
    store: EventStore, task: models.Task, start: int, known: Mapping[str, Recorded] = NOTHING
) -> Steps:
    """The steps of one start of the task's run, in a process that stays."""
    return Steps(store, Claim(task.id, task.attempt, start), Leaving(), known)


async def begun_anew(store: EventStore, task: models.Task, **fields: int) -> None:
    """Another process has the run from now on."""
    async with store.database.write() as session:
        row = await session.get_one(models.Task, task.id, with_for_update=True)
        for name, value in fields.items():
            setattr(row, name, value)
            setattr(task, name, value)


async def never() -> Given:
    """A step that is not to be done."""
    raise AssertionError


async def take(steps: Steps, by: str) -> Given:
    """One step with an event."""

    async def body() -> Given:
        return Given(by=by)

    async def commit(transaction: Transaction, given: Given) -> None:
        transaction.emit(SystemAlert(message=given.by, severity=Severity.INFO))

    return await steps.run("plan", Given, body, commit)


async def test_who_was_declared_dead_and_wakes_up_writes_nothing(
    store: EventStore, task: models.Task
) -> None:
    """Another process has begun the run since: its steps count, and only they."""
    woken, other = of_start(store, task, 0), of_start(store, task, 1)
    await begun_anew(store, task, starts=1)

    with pytest.raises(Superseded):
        await take(woken, "woken")
    assert Given(by="other") == await take(other, "other")

    assert ["other"] == [event.body["message"] for event in await store.after(0)]


async def test_of_two_that_believe_to_have_a_run_one_writes(
    store: EventStore, task: models.Task
) -> None:
    """The other one begins it while the first is about to write: one order or the other."""
    first, second = of_start(store, task, 0), of_start(store, task, 1)

    async def beginning() -> Given:
        await begun_anew(store, task, starts=1)
        return await take(second, "second")

    ends = await asyncio.gather(take(first, "first"), beginning(), return_exceptions=True)

    said = [event.body["message"] for event in await store.after(0)]
    kept = [end.by for end in ends if isinstance(end, Given)]
    assert 1 == len(said)
    assert kept == said


async def test_a_run_of_a_task_that_was_deleted_is_over(
    store: EventStore, task: models.Task
) -> None:
    """Nothing is written, and nobody is to take it over."""
    async with store.database.write() as session:
        await session.delete(await session.get_one(models.Task, task.id))

    with pytest.raises(Deleted):
        await take(of_start(store, task, 0), "late")


async def test_no_step_is_begun_by_a_process_that_leaves(
    store: EventStore, task: models.Task
) -> None:
    """What is recorded is passed over all the same; the next step is another process's."""
    leaving = Leaving()
    await take(of_start(store, task, 0), "first")
    async with store.database.read() as session:
        known = await load_records(session, task.id, 1)
    leaving.begin()
    steps = Steps(store, Claim(task.id, 1, 0), leaving, known)

    assert Given(by="first") == await take(steps, "second")
    with pytest.raises(Released):
        await steps.run("context", Given, never)


async def test_a_record_of_an_earlier_process_is_taken(
    store: EventStore, task: models.Task
) -> None:
    """Of the same run only: another attempt begins anew."""
    await take(of_start(store, task, 0), "first")
    async with store.database.read() as session:
        known = await load_records(session, task.id, 1)
        none = await load_records(session, task.id, 2)

    assert Given(by="first") == await take(of_start(store, task, 0, known), "second")
    assert {} == none
    await begun_anew(store, task, attempt=2)
    assert Given(by="third") == await take(of_start(store, task, 0), "third")


async def test_a_step_without_rows_is_done_once_too(store: EventStore, task: models.Task) -> None:
    """Its record is all that there is to keep of it."""
    ran: list[str] = []

    async def take_bare(steps: Steps, by: str) -> Given:
        async def body() -> Given:
            ran.append(by)
            return Given(by=by)

        return await steps.run("context", Given, body)

    await take_bare(of_start(store, task, 0), "first")
    async with store.database.read() as session:
        known = await load_records(session, task.id, 1)

    assert Given(by="first") == await take_bare(of_start(store, task, 0, known), "second")
    assert ["first"] == ran


async def test_a_stopped_run_stops_there_again_and_has_no_rows_of_the_step(
    store: EventStore, task: models.Task
) -> None:
    """After a restart too, with the reason and the words of the error, and nothing is done."""

    async def body() -> Given:
        raise GitFailed("git is gone")

    async def commit(transaction: Transaction, given: Given) -> None:
        raise AssertionError((transaction, given))

    with pytest.raises(Stop, match="git is gone") as stopped:
        await of_start(store, task, 0).run("plan", Given, body, commit)
    async with store.database.read() as session:
        known = await load_records(session, task.id, 1)
    with pytest.raises(Stop, match="git is gone") as again:
        await of_start(store, task, 0, known).run("plan", Given, never, commit)

    assert Reason.WORKSPACE is stopped.value.reason is again.value.reason
    assert ["plan"] == list(known)


@pytest.mark.parametrize(
    "step", ["workspace", "context", "plan", "call-1-1", "evaluate-1", "finish"]
)
async def test_a_full_disk_in_any_step_ends_the_run_there(
    store: EventStore, task: models.Task, step: str
) -> None:
    """With its own reason and what to do, once and for all."""

    async def full() -> Given:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(Stop, match="Free some, then retry") as stopped:
        await of_start(store, task, 0).run(step, Given, full)
    async with store.database.read() as session:
        known = await load_records(session, task.id, 1)

    assert Reason.DISK_FULL is stopped.value.reason
    assert Reason.DISK_FULL is known[step].stop


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
        await of_start(store, task, 0).run("unseen", Given, patient)
        raise ConnectionResetError

    async def patient() -> Given:
        return Given(by="the commit")

    steps = of_start(store, task, 0)

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

    steps = of_start(store, task, 0)
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
        await of_start(store, task, 0).run("plan", Given, body, commit)
