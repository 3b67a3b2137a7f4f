"""Laws of the ledger: whatever is reserved, used, settled and stopped, in whichever order."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db import migrate
from phantom.db.database import Database
from phantom.ledger import ledger
from phantom.ledger.foresight import Estimate
from phantom.ledger.ledger import Account, MoneyHeld, OverBudget
from phantom.vocabulary import CostSource
from tests.support import rows
from tests.support.books import project_cap, task_cap

MICROS = st.integers(0, 120)


@dataclass
class Call:
    """A call as the model sees it; `promised` is what was set aside when it began."""

    promised: int
    foreseen: int
    reserved: int


class Books(RuleBasedStateMachine):
    """The ledger of one project against a plain model of it."""

    database: Database
    runner: asyncio.Runner

    def __init__(self) -> None:
        super().__init__()
        self.task = self.runner.run(rows.stored_task(self.database))
        self.open: dict[int, Call] = {}
        self.settled = self.on_top = self.calls = 0
        self.limit = 300

    def write(self, act: Callable[[AsyncSession], Awaitable[object]]) -> None:
        """One transaction."""

        async def transaction() -> None:
            async with self.database.write() as session:
                await act(session)

        self.runner.run(transaction())

    def account(self, call: int) -> Account:
        """A call's."""
        return Account(f"{self.task.id}/1/{call}", self.task.id, self.task.project_id, "paid")

    @rule(least=st.integers(1, 120), more=MICROS)
    def reserve(self, least: int, more: int) -> None:
        """Admitted, made to wait, or refused, each for its reason alone."""
        estimate = Estimate(least, least + more)
        left = self.limit - self.settled - sum(call.reserved for call in self.open.values())
        partial = any(call.reserved < call.foreseen for call in self.open.values())
        caps = (project_cap(self.limit), task_cap(self.limit))
        account = self.account(self.calls)
        try:
            self.write(lambda session: ledger.reserve(session, account, estimate, caps))
        except OverBudget:
            assert self.settled + least > self.limit
        except MoneyHeld:
            assert self.open
            assert self.settled + least <= self.limit
            assert left < least or (partial and left < estimate.foreseen)
        else:
            assert left >= least
            amount = min(left, estimate.foreseen)
            self.open[self.calls] = Call(amount, estimate.foreseen, amount)
        self.calls += 1

    @precondition(lambda self: self.open)
    @rule(data=st.data(), used=MICROS)
    def use(self, data: st.DataObject, used: int) -> None:
        """A call tells what it has used so far."""
        number = data.draw(st.sampled_from(sorted(self.open)))
        call_id = self.account(number).call_id
        self.write(lambda session: ledger.grow(session, call_id, used))
        self.open[number].reserved = max(self.open[number].reserved, used)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), cost=st.none() | MICROS, stopped=st.booleans())
    def settle(self, data: st.DataObject, cost: int | None, *, stopped: bool) -> None:
        """A call ends or is stopped, at a cost or nobody knows which."""
        number = data.draw(st.sampled_from(sorted(self.open)))
        source = CostSource.UNKNOWN if cost is None else CostSource.AGENT
        account = self.account(number)
        self.write(lambda session: ledger.settle(session, account, cost, source, stopped=stopped))
        call = self.open.pop(number)
        counted = call.reserved if cost is None else cost
        self.settled += counted
        self.on_top += max(0, counted - call.promised)

    @invariant()
    def the_books_are_the_models(self) -> None:
        """To the micro-dollar."""

        async def committed() -> int:
            async with self.database.read() as session:
                return await ledger.committed(session, self.task.id)

        reserved = sum(call.reserved for call in self.open.values())
        assert self.settled + reserved == self.runner.run(committed())

    @invariant()
    def the_cap_is_passed_by_what_calls_cost_on_top_alone(self) -> None:
        """Never because too many were admitted."""
        on_top = self.on_top
        on_top += sum(max(0, call.reserved - call.promised) for call in self.open.values())
        reserved = sum(call.reserved for call in self.open.values())
        assert self.settled + reserved <= self.limit + on_top


@pytest.mark.slow
def test_the_laws_hold_in_any_order(tmp_path: Path) -> None:
    """On SQLite; that PostgreSQL keeps the same books is what test_ledger shows."""
    with asyncio.Runner() as runner:
        database = Database(f"sqlite:///{tmp_path / 'phantom.db'}")
        runner.run(migrate.upgrade(database))
        Books.database, Books.runner = database, runner
        run_machine(Books, settings=settings(max_examples=30, stateful_step_count=25))
        runner.run(database.close())
