"""How far a cap is passed, and who is refused, when many calls want its money at the same moment.

Run as `./dev bench budget`. The calls of several tasks reserve, take a moment, and settle, through
the ledger as the loop does, against a daily cap of the server; on PostgreSQL over four workers'
connections. Costs are drawn at random from a fixed seed; the kinds of agents are in the table. The
goal: a cap is passed by no more than what one call cost beyond what was left for it, and nobody is
refused while the price of a prompt is left.
"""

import argparse
import asyncio
import os
import platform
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from phantom.clock import utc_now
from phantom.db import migrate, models
from phantom.db.database import Database
from phantom.ledger import foresight, ledger
from phantom.ledger.caps import Cap, Scope
from phantom.ledger.ledger import Account, MoneyHeld, OverBudget
from phantom.vocabulary import CostSource
from tools.postgres import PostgresServer

CALLS = 200
CAP = 10_000_000
PROMPT = 2_000
SHARE = 700_000
"""Micro-dollars, as all amounts here: the cap, the price of a prompt, a share of a task's."""
WORKERS = 4
LOOK_SECONDS = 0.25

Cost = Callable[[random.Random], int]
AGENTS: dict[str, Cost] = {
    "alike, $0.10": lambda chance: round(chance.uniform(90_000, 110_000)),
    "heavy tail, median $0.10": lambda chance: round(100_000 * chance.lognormvariate(0, 0.8)),
}


@dataclass
class Result:
    """What became of the calls, by the benchmark's own books."""

    spent: int = 0
    made: int = 0
    refused: int = 0
    refused_with_money_left: int = 0
    true_ups: list[int] = field(default_factory=list)
    looks: int = 0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--calls", type=int, default=CALLS, help="calls at once")
    options = parser.parse_args()
    print(f"budget: {options.calls} calls at once, cap ${CAP / 1e6:.2f}, ", end="")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores")
    print(
        f"{'database':<11}{'agent':<26}{'history':>8}{'made':>6}{'refused':>8}{'with money':>11}"
        f"{'spent':>9}{'over':>9}{'largest':>9}{'units':>7}{'s':>6}"
    )
    for name, opened in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        for agent, cost in AGENTS.items():
            for known in (True, False):
                with opened() as urls:
                    began = time.monotonic()
                    result = asyncio.run(spend(urls, cost, calls=options.calls, known=known))
                    print(row(name, agent, result, known=known, took=time.monotonic() - began))


def row(name: str, agent: str, result: Result, *, known: bool, took: float) -> str:
    """One line: the overshoot in dollars, and in units of the largest true-up of one call."""
    over, largest = max(0, result.spent - CAP), max(result.true_ups, default=0)
    return (
        f"{name:<11}{agent:<26}{'20' if known else 'none':>8}{result.made:>6}{result.refused:>8}"
        f"{result.refused_with_money_left:>11}{result.spent / 1e6:>9.4f}{over / 1e6:>9.4f}"
        f"{largest / 1e6:>9.4f}{over / largest if largest else 0.0:>7.2f}{took:>6.1f}"
    )


@contextmanager
def sqlite() -> Iterator[list[str]]:
    """One worker: SQLite has no more."""
    with tempfile.TemporaryDirectory(prefix="phantom-bench-") as directory:
        yield [f"sqlite:///{Path(directory) / 'phantom.db'}"]


@contextmanager
def postgresql() -> Iterator[list[str]]:
    """Several workers, each with connections of its own."""
    with PostgresServer() as server, server.database() as url:
        yield [url] * WORKERS


async def spend(urls: list[str], cost: Cost, *, calls: int, known: bool) -> Result:
    """All calls at once, against one cap."""
    databases = [Database(url) for url in urls]
    await migrate.upgrade(databases[0])
    chance, result = random.Random(20_261_127), Result()
    tasks = await some_tasks(databases[0], cost, chance, known=known)
    cap = Cap(
        Scope.SERVER, CAP, "the server's daily cap", utc_now().date() - timedelta(days=1), utc_now()
    )
    await asyncio.gather(
        *(
            call(databases[n % len(databases)], tasks[n % len(tasks)], n, cost(chance), cap, result)
            for n in range(calls)
        )
    )
    for database in databases:
        await database.close()
    return result


async def call(  # noqa: PLR0917 - who calls, what it costs, and where it is put down
    database: Database, task: models.Task, number: int, cost: int, cap: Cap, result: Result
) -> None:
    """Reserve, as soon as that is possible; work; settle."""
    account = Account(f"{task.id}/1/{number}", task.id, task.project_id, "paid")
    while True:
        result.looks += 1
        try:
            reserved = await begin(database, account, cap)
            break
        except OverBudget:
            result.refused += 1
            result.refused_with_money_left += CAP - result.spent >= PROMPT
            return
        except MoneyHeld:
            await asyncio.sleep(LOOK_SECONDS * (0.5 + number % 100 / 100))
    await asyncio.sleep(0.02 + number % 7 / 100)
    async with database.write() as session:
        await ledger.settle(session, account, cost, CostSource.AGENT)
        ended = await session.get_one(models.AgentCall, account.call_id)
        ended.cost_micros, ended.completed_at = cost, utc_now()
    result.made += 1
    result.spent += cost
    result.true_ups.append(max(0, cost - reserved))


async def begin(database: Database, account: Account, cap: Cap) -> int:
    """The reservation, in one transaction with the call's row."""
    async with database.write() as session:
        costs = await foresight.last_costs(session, account.agent)
        estimate = foresight.foresee(costs, prompt=PROMPT, share=SHARE)
        left = await ledger.reserve(session, account, estimate, [cap])
        session.add(row_of(account, state="running"))
    return min(estimate.foreseen, left or 0)


async def some_tasks(
    database: Database, cost: Cost, chance: random.Random, *, known: bool
) -> list[models.Task]:
    """Tasks of one project, and calls of an earlier day where the agent is known."""
    project = models.Project(
        id=models.new_id(), name="Bench", type="python", status="active", config={}
    )
    tasks = [
        models.Task(
            id=models.new_id(),
            project_id=project.id,
            title="A task",
            status="in_progress",
            prompt="Do",
            task_type="debugging",
            assigned_agent="openai",
            max_iterations=7,
        )
        for _ in range(10)
    ]
    async with database.write() as session:
        session.add(project)
        await session.flush()
        session.add_all(tasks)
        await session.flush()
        for n in range(foresight.MEMORY if known else 0):
            account = Account(f"earlier/{n}", tasks[0].id, project.id, "paid")
            ended = utc_now() - timedelta(days=2)
            session.add(
                row_of(account, state="finished", cost_micros=cost(chance), completed_at=ended)
            )
    return tasks


def row_of(account: Account, **fields: object) -> models.AgentCall:
    """A call's row."""
    return models.AgentCall(
        call_id=account.call_id,
        task_id=account.task_id,
        attempt=1,
        iteration=1,
        agent=account.agent,
        agent_type="openai",
        **fields,
    )


if __name__ == "__main__":
    main()
