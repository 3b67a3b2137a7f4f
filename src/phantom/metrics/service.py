"""Queries of metrics: a few rows of sums for each, however many tasks there are."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.agents.pricing import Prices
from phantom.clock import utc_now
from phantom.db.database import Database
from phantom.db.models import Project, Rollup
from phantom.errors import InvalidInput, NotFound
from phantom.ledger import rollups
from phantom.metrics import figures
from phantom.metrics.figures import (
    DAYS_OF_A_MONTH,
    AgentPerformance,
    CostDay,
    CostReport,
    Dashboard,
    Performance,
    PerformanceDay,
    PerformanceReport,
    QualityDay,
    Sums,
)
from phantom.metrics.prices import claude_price

_COSTS = ("cost_micros", "calls", "calls_of_unknown_cost", "tokens")
"""The sums that a day of the cost report shows."""
S = TypeVar("S", bound=Select[*tuple[Any, ...]])


class Period(StrEnum):
    """The last so many days, today included."""

    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"

    @property
    def days(self) -> int:
        """How many days it has."""
        return int(self.removesuffix("d"))


class MetricsService:
    """Figures over all tasks or those of one project. Days are UTC."""

    def __init__(self, database: Database, prices: Prices) -> None:
        self._database = database
        self._prices = prices

    async def dashboard(self) -> Dashboard:
        """Everything at a glance, since the beginning."""
        today = utc_now().date()
        async with self._database.read() as session:
            by_agent = {
                agent: _sums(each) for agent, *each in await session.execute(_EVER_BY_AGENT)
            }
            now = (await _by_day(session, None, today, today)).get(today, Counter())
            still_open = await rollups.open_counts(session)
            projects = await session.scalar(
                select(func.count()).select_from(Project).where(Project.slot.is_not(None))
            )
            projection = await _projection(session, None, today)
        claude = await claude_price(self._prices, *by_agent.values())
        return Dashboard(
            total_projects=projects or 0,
            active_tasks=sum(still_open.values()),
            completed_today=now["tasks_completed"],
            total_cost_today=figures.dollars(now),
            performance=Performance.of(figures.added(by_agent.values()), claude),
            cost=figures.cost(by_agent, projection, claude),
        )

    async def quality(
        self, project_id: str | None, start: date | None, end: date | None
    ) -> list[QualityDay]:
        """Each day on which something was measured, both ends included; by default 30 days.

        Raises NotFound, and InvalidInput where the end is before the start.
        """
        end = end or max(start or date.min, utc_now().date())
        start = start or end - timedelta(days=DAYS_OF_A_MONTH - 1)
        if end < start:
            raise InvalidInput(f"The end_date {end} is before the start_date {start}.")
        async with self._database.read() as session:
            await _check(session, project_id)
            days = await _by_day(session, project_id, start, end)
        return [
            figures.quality_day(_midnight(day), sums)
            for day, sums in days.items()
            if sums["quality_count"] or sums["coverage_count"] or sums["security_count"]
        ]

    async def cost(self, project_id: str | None, period: Period) -> CostReport:
        """What was spent in the period. Raises NotFound."""
        start, end = _bounds(period)
        async with self._database.read() as session:
            await _check(session, project_id)
            by_agent = await _by_agent(session, project_id, start, end)
            costs = await _costs(session, project_id, start, end)
            projection = await _projection(session, project_id, end)
        claude = await claude_price(self._prices, *by_agent.values())
        whole = figures.cost(by_agent, projection, claude)
        days = [start + timedelta(days=n) for n in range(period.days)]
        return CostReport(
            **whole.model_dump(),
            period=period,
            daily=[_cost_day(day, costs.get(day, {})) for day in days],
        )

    async def performance(self, project_id: str | None, period: Period) -> PerformanceReport:
        """How the tasks that ended in the period went. Raises NotFound."""
        async with self._database.read() as session:
            await _check(session, project_id)
            by_day = await _by_day(session, project_id, *_bounds(period))
        claude = await claude_price(self._prices, *by_day.values())
        whole = Performance.of(figures.added(by_day.values()), claude)
        return PerformanceReport(
            **whole.model_dump(),
            period=period,
            daily=[
                PerformanceDay.model_validate(
                    figures.performance(sums, claude) | {"date": _midnight(day)}
                )
                for day, sums in by_day.items()
                if sums["tasks_ended"]
            ],
        )

    async def agents(self, project_id: str | None, period: Period) -> list[AgentPerformance]:
        """Every agent with which a task ended in the period, by name. Raises NotFound."""
        async with self._database.read() as session:
            await _check(session, project_id)
            by_agent = await _by_agent(session, project_id, *_bounds(period))
        return [
            figures.agent_performance(agent, sums)
            for agent, sums in sorted(by_agent.items())
            if sums["tasks_ended"]
        ]


async def _check(session: AsyncSession, project_id: str | None) -> None:
    if project_id is not None and await session.get(Project, project_id) is None:
        raise NotFound(f"There is no project {project_id}.")


async def _by_day(
    session: AsyncSession, project_id: str | None, start: date, end: date
) -> dict[date, Sums]:
    """Over all agents, for each day on which there was anything."""
    wanted = _days(of_project=project_id is not None)
    asked = {"start": start, "end": end, "project_id": project_id}
    return {day: _sums(found) for day, *found in await session.execute(wanted, asked)}


async def _by_agent(
    session: AsyncSession, project_id: str | None, start: date, end: date
) -> dict[str, Sums]:
    """Over all days, for each agent type."""
    wanted = _agents(of_project=project_id is not None)
    asked = {"start": start, "end": end, "project_id": project_id}
    return {agent: _sums(found) for agent, *found in await session.execute(wanted, asked)}


async def _costs(
    session: AsyncSession, project_id: str | None, start: date, end: date
) -> dict[date, dict[str, Sums]]:
    """`_COSTS` by day and agent type."""
    wanted = _daily_costs(of_project=project_id is not None)
    asked = {"start": start, "end": end, "project_id": project_id}
    costs: dict[date, dict[str, Sums]] = {}
    for day, agent, *found in await session.execute(wanted, asked):
        costs.setdefault(day, {})[agent] = _sums(found, _COSTS)
    return costs


def _sums(found: Sequence[int | Decimal], names: Sequence[str] = rollups.FIGURES) -> Sums:
    sums: Sums = Counter()
    # The counter's own way counts one by one. PostgreSQL adds whole numbers up to a decimal.
    dict.update(sums, zip(names, map(int, found), strict=True))
    return sums


# Made once: putting a statement of so many columns together takes longer than running it.
_COLUMNS = [func.sum(getattr(Rollup, name)) for name in rollups.FIGURES]
_EVER_BY_AGENT = (
    select(Rollup.agent, *_COLUMNS).where(Rollup.day == rollups.EVER).group_by(Rollup.agent)
)


@cache
def _days(*, of_project: bool) -> Select[date, *tuple[int, ...]]:
    wanted = select(Rollup.day, *_COLUMNS).group_by(Rollup.day).order_by(Rollup.day)
    return _in_period(wanted, of_project)


@cache
def _agents(*, of_project: bool) -> Select[str, *tuple[int, ...]]:
    return _in_period(select(Rollup.agent, *_COLUMNS).group_by(Rollup.agent), of_project)


@cache
def _daily_costs(*, of_project: bool) -> Select[date, str, *tuple[int, ...]]:
    columns = [func.sum(getattr(Rollup, name)) for name in _COSTS]
    wanted = select(Rollup.day, Rollup.agent, *columns).group_by(Rollup.day, Rollup.agent)
    return _in_period(wanted, of_project)


def _in_period(wanted: S, of_project: bool) -> S:
    days = Rollup.day.between(bindparam("start"), bindparam("end")) & (Rollup.day != rollups.EVER)
    wanted = wanted.where(days)
    return wanted.where(Rollup.project_id == bindparam("project_id")) if of_project else wanted


async def _projection(session: AsyncSession, project_id: str | None, today: date) -> float:
    since = today - timedelta(days=DAYS_OF_A_MONTH - 1)
    wanted = _spent_since(of_project=project_id is not None)
    asked = {"since": since, "project_id": project_id}
    first, spent = (await session.execute(wanted, asked)).one()
    return figures.monthly_projection(int(spent or 0), first, today)


@cache
def _spent_since(*, of_project: bool) -> Select[date | None, int | None]:
    spent = func.sum(Rollup.cost_micros).filter(Rollup.day >= bindparam("since"))
    wanted = select(func.min(Rollup.day), spent)
    wanted = wanted.where(Rollup.calls > 0, Rollup.day != rollups.EVER)
    return wanted.where(Rollup.project_id == bindparam("project_id")) if of_project else wanted


def _cost_day(day: date, by_agent: dict[str, Sums]) -> CostDay:
    sums = figures.added(by_agent.values())
    return CostDay(
        date=_midnight(day),
        total_cost=figures.dollars(sums),
        cost_by_agent=figures.cost_by_agent(by_agent),
        calls=sums["calls"],
        calls_of_unknown_cost=sums["calls_of_unknown_cost"],
        tokens=sums["tokens"],
    )


def _bounds(period: Period) -> tuple[date, date]:
    today = utc_now().date()
    return today - timedelta(days=period.days - 1), today


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
