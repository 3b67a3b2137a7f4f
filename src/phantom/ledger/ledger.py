"""Reserve and settle, as rows in the transaction of the call they pay for."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db.models import MICROS, LedgerEntry, Task
from phantom.errors import PhantomError
from phantom.vocabulary import CostSource

# Made once: putting a statement together takes longer than running it.
_SPENT = select(func.coalesce(func.sum(LedgerEntry.amount_micros), 0)).where(
    LedgerEntry.task_id == bindparam("task_id"), LedgerEntry.kind == "settle"
)


class OverBudget(PhantomError):
    """A reservation would pass the cap; nothing was spent."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose money a call spends."""

    call_id: str
    task_id: str
    project_id: str
    agent: str


def micros(dollars: float | None) -> int | None:
    """Whole micro-dollars, None for an unknown amount."""
    return None if dollars is None else round(dollars * MICROS)


def dollars(amount_micros: int | None) -> float | None:
    """US dollars, None for an unknown amount."""
    return None if amount_micros is None else amount_micros / MICROS


async def reserve(
    session: AsyncSession, account: Account, amount_micros: int, *, task_cap_micros: int
) -> None:
    """Set `amount_micros` aside for a call, in the transaction that opens the call's row.

    A call that costs nothing always passes. Raises OverBudget where what the task has settled and
    reserved plus this amount is more than its cap.
    """
    if amount_micros > 0:
        await _check_cap(session, account.task_id, amount_micros, task_cap_micros)
    session.add(_row(account, "reserve", amount_micros, CostSource.TABLE))


async def _check_cap(
    session: AsyncSession, task_id: str, amount_micros: int, task_cap_micros: int
) -> None:
    # One reservation of a task at a time: two that do not see each other would pass together.
    await session.execute(select(Task.id).where(Task.id == task_id).with_for_update())
    held = await committed(session, task_id)
    if held + amount_micros > task_cap_micros:
        raise OverBudget(
            f"The next call may cost ${amount_micros / MICROS:.4f}, but of the task's cost ceiling "
            f"of ${task_cap_micros / MICROS:.2f} only "
            f"${max(0, task_cap_micros - held) / MICROS:.4f} is left."
        )


def settle(
    session: AsyncSession, account: Account, amount_micros: int | None, source: CostSource
) -> None:
    """Replace the call's reservation by its true cost, in the transaction that ends its row.

    That row admits one end; a second settlement of a call violates a constraint and is refused.
    """
    session.add(_row(account, "settle", amount_micros, source))


async def committed(session: AsyncSession, task_id: str) -> int:
    """Micro-dollars that a task has settled, plus what is reserved for calls not yet settled."""
    settled_calls = select(LedgerEntry.call_id).where(
        LedgerEntry.task_id == task_id, LedgerEntry.kind == "settle"
    )
    total = select(func.coalesce(func.sum(LedgerEntry.amount_micros), 0)).where(
        LedgerEntry.task_id == task_id,
        (LedgerEntry.kind == "settle") | LedgerEntry.call_id.not_in(settled_calls),
    )
    return int(await session.scalar(total) or 0)


async def spent(session: AsyncSession, task_id: str) -> int:
    """Micro-dollars that a task has settled; calls of unknown cost count nothing."""
    return int(await session.scalar(_SPENT, {"task_id": task_id}) or 0)


def _row(account: Account, kind: str, amount: int | None, source: CostSource) -> LedgerEntry:
    return LedgerEntry(
        call_id=account.call_id,
        task_id=account.task_id,
        project_id=account.project_id,
        agent=account.agent,
        kind=kind,
        amount_micros=amount,
        source=source,
    )
