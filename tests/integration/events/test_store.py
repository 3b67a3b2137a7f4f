"""Events are kept with the change that they tell, and read in the order of the commits."""

import asyncio
import random

import pytest
from sqlalchemy import delete, select

from phantom.db import models
from phantom.db.database import Database
from phantom.events.bus import LocalBus
from phantom.events.store import EventStore
from phantom.events.types import EVENT, SystemAlert
from phantom.vocabulary import Severity
from tests.support import rows

WRITERS, EACH = 6, 8


def alert(message: str) -> SystemAlert:
    """Any event."""
    return SystemAlert(message=message, severity=Severity.INFO)


async def messages(store: EventStore, seq: int = 0, **chosen: str) -> list[str]:
    """What the events after `seq` say."""
    return [event.body["message"] for event in await store.after(seq, **chosen)]


async def test_an_event_is_read_as_it_goes_over_the_wire(store: EventStore) -> None:
    """Its own fields, its number and its time."""
    await store.emit(alert("hello"), task_id=models.new_id())

    (stored,) = await store.after(0)

    assert stored.seq == stored.body["id"] == await store.last_seq()
    assert stored.body["timestamp"].endswith("Z")
    own = {k: v for k, v in stored.body.items() if k not in {"id", "timestamp"}}
    assert alert("hello") == EVENT.validate_python(own)


async def test_no_change_no_event(store: EventStore) -> None:
    """A transaction that fails takes its events with it, and wakes nobody."""

    async def fails() -> None:
        async with store.transaction() as transaction:
            transaction.session.add(rows.project())
            transaction.emit(alert("never happened"))
            raise LookupError

    async with store.bus.listen() as news:
        news.clear()
        with pytest.raises(LookupError):
            await fails()
        assert not news.is_set()

    assert [] == await store.after(0)
    assert 0 == await store.last_seq()


async def test_a_change_and_its_events_appear_together(store: EventStore) -> None:
    """Whoever is woken by the bus finds both."""
    async with store.bus.listen() as news:
        news.clear()
        async with store.transaction() as transaction:
            transaction.session.add(rows.project(name="New"))
            transaction.emit(alert("first"))
            transaction.emit(alert("second"))
            await transaction.session.flush()
            assert not news.is_set()
            assert [] == await messages(store)
        assert news.is_set()

    assert ["first", "second"] == await messages(store)
    async with store.database.read() as session:
        assert ["New"] == list(await session.scalars(select(models.Project.name)))


async def test_events_are_chosen_by_task_and_project(store: EventStore) -> None:
    """Each reader sees its own, oldest first, in pages."""
    task, other, project = (models.new_id() for _ in range(3))
    for number in range(3):
        await store.emit(alert(f"task {number}"), task_id=task, project_id=project)
        await store.emit(alert(f"other {number}"), task_id=other, project_id=project)
        await store.emit(alert(f"system {number}"))

    assert ["task 0", "task 1", "task 2"] == await messages(store, task_id=task)
    assert 6 == len(await store.after(0, project_id=project))
    page = await store.after(0, limit=4)
    assert ["task 0", "other 0", "system 0", "task 1"] == [e.body["message"] for e in page]
    assert 5 == len(await store.after(page[-1].seq))
    assert [] == await store.after(await store.last_seq())


async def test_a_number_is_never_given_twice(store: EventStore) -> None:
    """Not even when the newest events have been deleted: a client would take new ones for old."""
    await store.emit(alert("old"))
    last = await store.last_seq()
    async with store.database.write() as session:
        await session.execute(delete(models.Event))

    await store.emit(alert("new"))

    assert last < await store.last_seq()


async def test_whoever_follows_the_numbers_misses_nothing(
    database: Database, database_url: str
) -> None:
    """Under many writers at once: no event ever appears before one that was seen already.

    A number is drawn before the commit, so without an order of commits a reader could see 8 and
    never look back for the 7 that came later.
    """
    other = Database(database_url)
    stores = [EventStore(database, LocalBus()), EventStore(other, LocalBus())]
    written: list[str] = []
    done = asyncio.Event()

    async def write(name: int) -> None:
        chance = random.Random(name)
        store = stores[name % 2]
        for number in range(EACH):
            # Many numbers in one transaction take a while to draw: others come between.
            own = [f"{name}.{number}.{part}" for part in range(chance.choice([1, 2, 80]))]
            async with store.transaction() as transaction:
                transaction.session.add(rows.project())
                for message in own:
                    transaction.emit(alert(message))
            written.extend(own)

    async def follow() -> list[str]:
        seen, last = [], 0
        while True:
            finished = done.is_set()
            events = await stores[0].after(last, limit=50)
            seen += [event.body["message"] for event in events]
            last = events[-1].seq if events else last
            if finished and not events:
                return seen
            await asyncio.sleep(0)

    reader = asyncio.create_task(follow())
    await asyncio.gather(*(write(name) for name in range(WRITERS)))
    done.set()
    seen = await reader
    await other.close()

    assert sorted(written) == sorted(seen)
    for name in range(WRITERS):
        of_one = [[m for m in each if m.startswith(f"{name}.")] for each in (written, seen)]
        assert of_one[0] == of_one[1]


_DAWDLE = """
CREATE FUNCTION dawdle() RETURNS trigger AS
$$ BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$ LANGUAGE plpgsql
"""
_AT_COMMIT = """
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON projects DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.name = 'slow') EXECUTE FUNCTION dawdle()
"""


async def test_a_commit_that_dawdles_is_not_overtaken(postgres: Database) -> None:
    """Its number is drawn, its row not yet seen: whoever draws a later number waits for it."""
    store = EventStore(postgres, LocalBus())
    async with postgres.write() as session:
        for statement in (_DAWDLE, _AT_COMMIT):
            await (await session.connection()).exec_driver_sql(statement)
    appended = asyncio.Event()

    async def slow() -> None:
        async with store.transaction() as transaction:
            transaction.session.add(rows.project(name="slow"))
            transaction.emit(alert("slow"))
            appended.set()

    dawdling = asyncio.create_task(slow())
    await appended.wait()
    await asyncio.sleep(0.2)
    await store.emit(alert("fast"))
    seen = await messages(store)
    await dawdling

    assert ["slow", "fast"] == seen


async def test_a_listener_is_woken_once_at_its_start_and_at_each_publication() -> None:
    """So that it looks at what was there before it came; when it is gone, nobody minds."""
    bus = LocalBus()
    async with bus.listen() as first, bus.listen() as second:
        assert first.is_set()
        first.clear()
        second.clear()
        await bus.publish()
        assert first.is_set()
        assert second.is_set()
    await bus.publish()
