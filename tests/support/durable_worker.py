"""A worker that begins one run and hangs in the middle of it.

`python -m tests.support.durable_worker DATABASE_URL TASK LOG` appends a line to LOG in the run,
says `hanging` and stays until it is killed.
"""

import asyncio
import os
import sys
from pathlib import Path

from phantom.db.database import Database
from phantom.engine.durable import Engine
from phantom.engine.workers import Roster


def note(log: Path) -> None:
    """Leave a line that tells which process ran."""
    with log.open("a") as file:
        file.write(f"{os.getpid()}\n")


async def main(url: str, task_id: str, log: Path) -> None:
    """Run until killed."""
    database = Database(url)
    engine = Engine(database.url, concurrency=1)
    roster = Roster(database, engine, on_evicted=lambda: None)

    async def hang(_task: str, _attempt: int) -> None:
        note(log)
        sys.stdout.write("hanging\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    await roster.join()
    await engine.start(hang)
    await engine.enqueue(task_id, 1)
    await roster.keep()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
