"""Reserve, settle and refund, as rows in the transaction of the call they pay for.

What counts against a cap: the true cost of settled calls, the reservation of those whose cost
nobody knows, and the reservations of calls under way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.clock import utc_now
from phantom.db.models import MICROS, LedgerEntry, Spending
from phantom.errors import PhantomError
from phantom.ledger.caps import Cap, Scope
from phantom.ledger.foresight import Estimate
from phantom.vocabulary import CostSource

# Made once: putting a statement together takes longer than running it.
_SPENT = select(func.coalesce(func.sum(LedgerEntry.amount_micros), 0)).where(
    LedgerEntry.task_id == bindparam("task_id"), LedgerEntry.kind == "settle"
)
# In the words of the index `ix_ledger_entries_open`.
_OPEN: ColumnElement[bool] = LedgerEntry.open == true()
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


class OverBudget(PhantomError):
    """A cap has no money left for the call; nothing was spent.

    Attributes:
        scope: whose cap it is.
    """

    def __init__(self, sentence: str, scope: Scope) -> None:
        super().__init__(sentence)
        self.scope = scope


class MoneyHeld(PhantomError):
    """What is left of a cap is set aside for calls under way, and may come back: wait for it.

    Attributes:
        agent_id: whose call has to wait.
    """

    def __init__(self, sentence: str, agent_id: str) -> None:
        super().__init__(sentence)
        self.agent_id = agent_id


@dataclass(frozen=True, slots=True)
class Account:
    """Whose money a call spends."""

    call_id: str
    task_id: str
    project_id: str
    agent: str


@dataclass(frozen=True, slots=True)
class _Standing:
    """How a cap stands, in micro-dollars.

    Attributes:
        partial: true while a call is under way for which less was left than it may cost.
    """

    settled: int
    reserved: int
    partial: bool


def micros(dollars: float | None) -> int | None:
    """Whole micro-dollars, None for an unknown amount."""
    return None if dollars is None else round(dollars * MICROS)


def dollars(amount_micros: int | None) -> float | None:
    """US dollars, None for an unknown amount."""
    return None if amount_micros is None else amount_micros / MICROS


async def reserve(
    session: AsyncSession, account: Account, estimate: Estimate, caps: Sequence[Cap]
) -> int | None:
    """Set aside what a call is foreseen to cost, in the transaction that opens the call's row.

    Where less than that is left, but enough to begin with, all that is left is set aside; a cap has
    one such call at a time, so that it is passed by no more than what one call costs on top. Others
    wait (MoneyHeld) as long as what is under way may give something back, and are refused
    (OverBudget) once nothing can.

    Returns the micro-dollars that the caps leave for the call, None for one that costs nothing,
    which always passes. `caps` are in the order of `Scope`.
    """
    amount, allowed = estimate.foreseen, None
    if estimate.foreseen > 0:
        await _lock(session, account, caps)
        lefts = [await _left(session, account, estimate, cap) for cap in caps]
        allowed = min(lefts, default=None)
        amount = min([estimate.foreseen, *lefts])
    session.add(
        LedgerEntry(
            **_of(account),
            kind="reserve",
            amount_micros=amount,
            foreseen_micros=estimate.foreseen,
            allowed_micros=allowed,
            open=True,
            source=CostSource.TABLE,
        )
    )
    return allowed


async def grow(session: AsyncSession, call_id: str, used_micros: int) -> None:
    """Set more aside for a call that has used more than was foreseen, so that others see it."""
    await session.execute(
        update(LedgerEntry)
        .where(LedgerEntry.call_id == call_id, LedgerEntry.kind == "reserve", _OPEN)
        .where(LedgerEntry.amount_micros < used_micros)
        .values(amount_micros=used_micros)
    )


async def settle(
    session: AsyncSession,
    account: Account,
    amount_micros: int | None,
    source: CostSource,
    *,
    stopped: bool = False,
) -> None:
    """Replace the call's reservation by its true cost, in the transaction that ends its row.

    An unknown cost leaves the reservation counting. What a `stopped` call did not use is put down
    as refunded. That row admits one end; a second settlement of a call violates a constraint and
    is refused.
    """
    reservation = await session.scalar(
        select(LedgerEntry)
        .where(LedgerEntry.call_id == account.call_id, LedgerEntry.kind == "reserve")
        .with_for_update()
    )
    reserved = 0
    if reservation is not None:
        reserved, reservation.open = reservation.amount_micros or 0, False
    entry = {**_of(account), "source": source}
    session.add(LedgerEntry(**entry, kind="settle", amount_micros=amount_micros))
    if stopped and amount_micros is not None and amount_micros < reserved:
        rest = reserved - amount_micros
        session.add(LedgerEntry(**entry, kind="refund", amount_micros=rest))
    await session.flush()
    if counted := reserved if amount_micros is None else amount_micros:
        await session.execute(
            _count(session.get_bind().dialect.name),
            {"project_id": account.project_id, "day": utc_now().date(), "micros": counted},
        )


async def abandon(session: AsyncSession, task_id: str) -> None:
    """Settle, as unknown, the calls of a task that ended without anybody seeing how they did."""
    left_open = select(LedgerEntry).where(LedgerEntry.task_id == task_id, _OPEN)
    for row in list(await session.scalars(left_open)):
        account = Account(row.call_id, row.task_id, row.project_id, row.agent)
        await settle(session, account, None, CostSource.UNKNOWN)


async def committed(session: AsyncSession, task_id: str) -> int:
    """Micro-dollars of a task that count against its cap."""
    found = (await session.execute(_of_task(), {"task_id": task_id})).one()
    return int(found.settled) + int(found.reserved)


async def spent(session: AsyncSession, task_id: str) -> int:
    """Micro-dollars that a task has settled; calls of unknown cost count nothing."""
    return int(await session.scalar(_SPENT, {"task_id": task_id}) or 0)


async def allowed(session: AsyncSession, call_id: str) -> int | None:
    """What the caps left for a call when it was reserved, in micro-dollars."""
    return await session.scalar(
        select(LedgerEntry.allowed_micros).where(
            LedgerEntry.call_id == call_id, LedgerEntry.kind == "reserve"
        )
    )


async def _lock(session: AsyncSession, account: Account, caps: Sequence[Cap]) -> None:
    """One reservation at a time against each cap: two that see no other would pass together."""
    if session.get_bind().dialect.name == "sqlite":
        return  # it has one writer
    keys = {Scope.SERVER: "", Scope.PROJECT: account.project_id, Scope.TASK: account.task_id}
    for scope in Scope:
        if any(cap.scope is scope for cap in caps):
            await session.execute(_LOCK, {"key": f"phantom.ledger.{scope}.{keys[scope]}"})


async def _left(session: AsyncSession, account: Account, estimate: Estimate, cap: Cap) -> int:
    """What a cap leaves for the call; raises where that is too little."""
    standing = await _standing(session, account, cap)
    left = cap.limit - standing.settled - standing.reserved
    if left >= estimate.foreseen or (left >= estimate.least and not standing.partial):
        return left
    sentence = cap.refusal(estimate.least, standing.settled, standing.reserved)
    if cap.limit - standing.settled >= estimate.least:
        raise MoneyHeld(sentence, account.agent)
    raise OverBudget(sentence, cap.scope)


async def _standing(session: AsyncSession, account: Account, cap: Cap) -> _Standing:
    # In one statement each, which sees a settlement that comes meanwhile as a whole or not at all.
    if cap.scope is Scope.TASK:
        wanted = _of_task()
    else:
        wanted = _of_days(of_project=cap.scope is Scope.PROJECT, since=cap.since is not None)
    given = {"task_id": account.task_id, "project_id": account.project_id, "since": cap.since}
    found = (await session.execute(wanted, given)).one()
    return _Standing(int(found.settled), int(found.reserved), bool(found.partial))


@cache
def _of_task() -> Select[int, int, int]:
    known = select(LedgerEntry.call_id).where(
        LedgerEntry.task_id == bindparam("task_id"),
        LedgerEntry.kind == "settle",
        LedgerEntry.amount_micros.is_not(None),
    )
    kept = and_(LedgerEntry.kind == "reserve", ~_OPEN, LedgerEntry.call_id.not_in(known))
    return select(
        _sum(or_(LedgerEntry.kind == "settle", kept)).label("settled"),
        *_open_ones(_OPEN),
    ).where(LedgerEntry.task_id == bindparam("task_id"))


@cache
def _of_days(*, of_project: bool, since: bool) -> Select[int, int, int]:
    settled = select(func.coalesce(func.sum(Spending.micros), 0))
    mine: list[ColumnElement[bool]] = [_OPEN]
    if of_project:
        settled = settled.where(Spending.project_id == bindparam("project_id"))
        mine.append(LedgerEntry.project_id == bindparam("project_id"))
    if since:
        settled = settled.where(Spending.day >= bindparam("since"))
    reserved, partial = _open_ones(*mine)
    return (
        select(settled.scalar_subquery().label("settled"), reserved, partial)
        .select_from(LedgerEntry)
        .where(*mine)
    )


def _open_ones(*mine: ColumnElement[bool]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """What is set aside for calls under way, and how many of them got less than they may cost."""
    less = and_(*mine, LedgerEntry.amount_micros < LedgerEntry.foreseen_micros)
    return (
        _sum(and_(*mine)).label("reserved"),
        func.count().filter(less).label("partial"),
    )


def _sum(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(LedgerEntry.amount_micros).filter(which), 0)


@cache
def _count(dialect: str) -> Insert:
    statement = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(Spending)
    return statement.on_conflict_do_update(
        index_elements=["project_id", "day"],
        set_={"micros": Spending.micros + statement.excluded.micros},
    )


def _of(account: Account) -> dict[str, str]:
    return {
        "call_id": account.call_id,
        "task_id": account.task_id,
        "project_id": account.project_id,
        "agent": account.agent,
    }
