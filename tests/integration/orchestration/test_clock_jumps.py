"""What becomes of a run's time limit where the system's clock is set.

Within a process it is counted by a clock that nobody can set. Only a process that takes a run up
has to go by what was written down.
"""

from datetime import timedelta

import pytest

from phantom.clock import utc_now
from phantom.db.database import Database
from phantom.orchestration.run import Run, load
from phantom.projects.config import ProjectConfiguration
from tests.support import rows

LIMIT_SECONDS = ProjectConfiguration().timeframe.max_minutes * 60


async def taken_up(database: Database, ago: timedelta) -> Run:
    """A run that began so long ago by what is written down."""
    task = await rows.stored_task(database)
    async with database.read() as session:
        return await load(session, task, utc_now() - ago)


@pytest.mark.parametrize("ago", [timedelta(), timedelta(minutes=-5), timedelta(days=-1)])
async def test_a_run_that_began_in_the_future_has_no_more_than_its_time(
    database: Database, ago: timedelta
) -> None:
    """The clock was set back between its start and the restart."""
    run = await taken_up(database, ago)

    assert LIMIT_SECONDS - 60 < run.seconds_left <= LIMIT_SECONDS
    assert abs((run.deadline - utc_now()).total_seconds() - run.seconds_left) < 60


async def test_what_was_spent_before_the_restart_counts(database: Database) -> None:
    """A limit that was reached while no server ran is reached."""
    half = timedelta(seconds=LIMIT_SECONDS / 2)

    assert (await taken_up(database, half)).seconds_left <= LIMIT_SECONDS / 2
    assert 0 == (await taken_up(database, timedelta(days=2))).seconds_left
