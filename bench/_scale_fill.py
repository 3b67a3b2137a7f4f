"""Fills a database with tasks by the million, and makes sure that its rows agree."""

import sqlite3
import sys
import time
from collections.abc import Sequence

from sqlalchemy import Connection, Index, create_engine, event, insert, make_url, text

from bench import _scale_rows as rows
from phantom.db import models
from phantom.ledger import rollups
from phantom.projects.config import ProjectConfiguration
from phantom.projects.service import SLOTS

_BATCH = 100_000
_FILLED = (models.Task, models.Iteration, models.AgentCall, models.LedgerEntry)


class Filler:
    """Fills a database of the newest version that holds nothing, and that nobody has open.

    A fill can be continued. While it goes on the indexes that hold no constraint are away, and keys
    between tables are not looked up row by row.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._sqlite = parsed.get_backend_name() == "sqlite"
        self._dialect = rows.SQLITE if self._sqlite else rows.POSTGRES
        driver = "sqlite" if self._sqlite else "postgresql+psycopg"
        self._engine = create_engine(parsed.set(drivername=driver), isolation_level="AUTOCOMMIT")
        event.listen(self._engine, "connect", self._prepare)
        self._now = int(time.time())
        self._number = 0

    def fill(self, number: int) -> None:
        """Go on until there are `number` tasks; says on standard error how far it is.

        Raises AssertionError where the rows do not agree with each other.
        """
        began = time.monotonic()
        with self._engine.connect() as connection:
            if self._number == 0:
                connection.execute(insert(models.Project), _projects())
            for index in _indexes():
                index.drop(connection)
            while self._number < number:
                self._batch(connection, min(self._number + _BATCH, number))
                self._say(f"{self._number:,} of {number:,} tasks", began)
            for index in _indexes():
                index.create(connection)
            self._say("indexes are built", began)
            self._add_up(connection)
            _check(connection, number)
            self._say("sums are added up and agree", began)
            connection.execute(text(self._dialect.finish))
        self._engine.dispose()

    def _prepare(self, driver: sqlite3.Connection, _record: object) -> None:
        if self._sqlite:
            driver.create_function("md5", 1, rows.md5, deterministic=True)
        cursor = driver.cursor()
        for statement in self._dialect.prepare:
            cursor.execute(statement)
        cursor.close()

    def _say(self, what: str, began: float) -> None:
        took = time.monotonic() - began
        print(f"{self._dialect.name}: {what}, {took:.0f} s", file=sys.stderr, flush=True)

    def _batch(self, connection: Connection, end: int) -> None:
        """The tasks up to `end`, and everything that hangs on them."""
        made = rows.made(self._dialect, self._number, end, self._now)
        for statement in (
            "BEGIN",
            f"CREATE TEMPORARY TABLE made AS {made}",
            f"CREATE TEMPORARY TABLE rounds AS {rows.rounds(self._dialect)}",
            rows.insertion(models.Task, rows.TASKS, rows.task(self._dialect)),
            rows.insertion(models.Iteration, "rounds", rows.iteration(self._dialect)),
            rows.insertion(models.AgentCall, "rounds", rows.call(self._dialect)),
            rows.insertion(models.LedgerEntry, "rounds", rows.entry(self._dialect, "reserve")),
            rows.insertion(models.LedgerEntry, "rounds", rows.entry(self._dialect, "settle")),
            "DROP TABLE rounds",
            "DROP TABLE made",
            "COMMIT",
        ):
            connection.execute(text(statement))
        self._number = end

    def _add_up(self, connection: Connection) -> None:
        connection.execute(text("DELETE FROM rollups"))
        connection.execute(text("DELETE FROM preset_sums"))
        for statement in rows.sums(self._dialect):
            connection.execute(text(statement))


def _projects() -> list[dict[str, object]]:
    config = ProjectConfiguration().model_dump(mode="json", exclude_none=True)
    return [
        {"id": project, "name": slot, "type": "python", "status": "active", "slot": slot}
        | {"config": config}
        for project, slot in zip(rows.PROJECTS, SLOTS, strict=True)
    ]


def _indexes() -> Sequence[Index]:
    """Those that hold no constraint, of the tables that grow."""
    return [
        index for model in _FILLED for index in model.metadata.tables[model.__tablename__].indexes
    ]


def _check(connection: Connection, number: int) -> None:
    """Count and add up each table by itself; a row that belongs to no task is in no sum."""
    facts = {
        "tasks": "SELECT count(*), sum(actual_cost_micros), sum(tokens) FROM tasks",
        "iterations": "SELECT count(*), sum(cost_micros), sum(tokens) FROM iterations",
        "calls": "SELECT count(*), sum(cost_micros), sum(tokens) FROM agent_calls",
        "ledger": "SELECT count(*), sum(amount_micros) FROM ledger_entries WHERE kind = 'settle'",
        "days": "SELECT sum(calls), sum(cost_micros), sum(tokens), sum(iterations),"
        f" sum(tasks_ended), sum(charged_micros) FROM rollups WHERE day <> '{rollups.EVER}'",
        "ever": "SELECT sum(calls), sum(cost_micros), sum(tokens), sum(iterations),"
        f" sum(tasks_ended), sum(charged_micros) FROM rollups WHERE day = '{rollups.EVER}'",
    }
    found = {
        name: [int(n) for n in connection.execute(text(sql)).one()] for name, sql in facts.items()
    }
    rounds, (_, cost, tokens) = number * rows.ROUNDS, found["tasks"]
    summed = [rounds, cost, tokens, rounds, number, cost]
    assert found == {
        "tasks": [number, cost, tokens],
        "iterations": [rounds, cost, tokens],
        "calls": [rounds, cost, tokens],
        "ledger": [rounds, cost],
        "days": summed,
        "ever": summed,
    }, found
