"""Old events go from the oldest on; a client that comes back for them is told so."""

from datetime import timedelta
from pathlib import Path

from phantom.api.conversation import greeting
from phantom.clock import utc_now
from phantom.db import models
from phantom.events.hub import GLOBAL, EventHub
from phantom.events.store import EventStore
from phantom.events.trimming import trim
from phantom.events.types import SystemAlert
from phantom.vocabulary import Severity
from tests.support import rows
from tests.support.phantom_command import PhantomCommand


async def alerts(store: EventStore, many: int, *, task_id: str | None = None) -> list[int]:
    """So many more events; their numbers."""
    before = await store.last_seq()
    for _ in range(many):
        alert = SystemAlert(message="hello", severity=Severity.INFO)
        await store.emit(alert, task_id=task_id)
    return [event.seq for event in await store.after(before)]


async def kept(store: EventStore) -> list[int]:
    """The numbers of the events that are left."""
    return [event.seq for event in await store.after(0)]


async def test_the_oldest_go_and_the_newest_stays(store: EventStore) -> None:
    """Nothing of now, all but the last of what is old, and the numbers go on growing."""
    seqs = await alerts(store, 4)

    assert 0 == await trim(store.database, utc_now() - timedelta(hours=1))
    assert 3 == await trim(store.database, utc_now() + timedelta(hours=1))
    assert seqs[3:] == await kept(store)
    assert seqs[3] < (await alerts(store, 1))[0]


async def test_what_somebody_has_still_to_be_told_stays(store: EventStore) -> None:
    """An open task's events and all after them, and what Langfuse has not got yet."""
    later = utc_now() + timedelta(hours=1)
    task = await rows.stored_task(store.database)
    before, _ = await alerts(store, 1), await alerts(store, 1, task_id=task.id)
    after = await alerts(store, 3)
    assert len(before) == await trim(store.database, later)

    async with store.database.write() as session:
        (await session.get_one(models.Task, task.id)).status = "completed"
        session.add(models.ExportPosition(name="langfuse", position=after[0]))
    await trim(store.database, later)

    assert after[1:] == await kept(store)


async def test_a_client_is_told_that_what_it_missed_is_gone(store: EventStore) -> None:
    """One that knows the event before the oldest, or none, has missed nothing."""
    seqs = await alerts(store, 4)
    await trim(store.database, utc_now() + timedelta(hours=1))

    async with EventHub(store).listening(GLOBAL) as listener:
        complete = {
            since: greeting(GLOBAL, listener, since).complete
            for since in (None, *seqs, seqs[3] + 10)
        }

    late = {seqs[0], seqs[1]}
    assert {since: since not in late for since in complete} == complete


def test_the_command_tells_what_went(tmp_path: Path) -> None:
    """With nothing there, too."""
    phantom = PhantomCommand(tmp_path, {})

    assert "0 workspaces, 0 transcripts, 0 events were removed" in phantom("clean").stdout
    assert '"events": 0' in phantom("clean", "--json").stdout
