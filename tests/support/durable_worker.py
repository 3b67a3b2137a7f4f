"""A worker that begins one run and hangs in the middle of it.

`python -m tests.support.durable_worker DATABASE_URL TASK LOG` appends a line to LOG in the run's
first step, says `hanging` and stays until it is killed.
"""

import asyncio
import os
import sys
from pathlib import Path

from pydantic import BaseModel

from phantom.db.database import Database
from phantom.engine.durable import Engine, step
from phantom.engine.workers import Roster


class Noted(BaseModel):
    """What the step gives."""

    by: int


async def noted(log: Path) -> Noted:
    """The run's first step."""

    async def note() -> Noted:
        with log.open("a") as file:
            file.write(f"{os.getpid()}\n")
        return Noted(by=os.getpid())

    return await step("note", Noted, note)


async def main(url: str, task_id: str, log: Path) -> None:
    """Run until killed."""
    database = Database(url)
    engine = Engine(database.url, concurrency=1)
    roster = Roster(database, engine, on_evicted=lambda: None)

    async def hang(_task: str, _attempt: int) -> None:
        await noted(log)
        sys.stdout.write("hanging\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    await roster.join()
    await engine.start(hang)
    await engine.enqueue(task_id, 1)
    await roster.keep()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
