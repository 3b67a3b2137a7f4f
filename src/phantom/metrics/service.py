"""Queries of metrics: a few rows of sums for each, however many tasks there are."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache

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

Sheet = dict[date, dict[str, Sums]]
"""Sums by day and agent type."""


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
            by_agent = await _by_agent(session)
            now = figures.added((await _sheet(session, None, today, today)).get(today, {}).values())
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
        sheet = await self._load(project_id, start, end)
        days = ((day, figures.added(by_agent.values())) for day, by_agent in sheet.items())
        return [
            figures.quality_day(_midnight(day), sums)
            for day, sums in days
            if sums["quality_count"] or sums["coverage_count"] or sums["security_count"]
        ]

    async def cost(self, project_id: str | None, period: Period) -> CostReport:
        """What was spent in the period. Raises NotFound."""
        start, end = _bounds(period)
        async with self._database.read() as session:
            await _check(session, project_id)
            sheet = await _sheet(session, project_id, start, end)
            projection = await _projection(session, project_id, end)
        by_agent = _over_days(sheet)
        claude = await claude_price(self._prices, *by_agent.values())
        whole = figures.cost(by_agent, projection, claude)
        days = [start + timedelta(days=n) for n in range(period.days)]
        return CostReport(
            **whole.model_dump(),
            period=period,
            daily=[_cost_day(day, sheet.get(day, {})) for day in days],
        )

    async def performance(self, project_id: str | None, period: Period) -> PerformanceReport:
        """How the tasks that ended in the period went. Raises NotFound."""
        sheet = await self._load(project_id, *_bounds(period))
        by_day = {day: figures.added(by_agent.values()) for day, by_agent in sheet.items()}
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
        by_agent = _over_days(await self._load(project_id, *_bounds(period)))
        return [
            figures.agent_performance(agent, sums)
            for agent, sums in sorted(by_agent.items())
            if sums["tasks_ended"]
        ]

    async def _load(self, project_id: str | None, start: date, end: date) -> Sheet:
        async with self._database.read() as session:
            await _check(session, project_id)
            return await _sheet(session, project_id, start, end)


async def _check(session: AsyncSession, project_id: str | None) -> None:
    if project_id is not None and await session.get(Project, project_id) is None:
        raise NotFound(f"There is no project {project_id}.")


async def _sheet(session: AsyncSession, project_id: str | None, start: date, end: date) -> Sheet:
    found = await session.execute(
        _by_day(of_project=project_id is not None),
        {"start": start, "end": end, "project_id": project_id},
    )
    sheet: Sheet = {}
    for day, agent, *figures_of_day in found:
        sheet.setdefault(day, {})[agent] = _sums(figures_of_day)
    return sheet


async def _by_agent(session: AsyncSession) -> dict[str, Sums]:
    return {agent: _sums(found) for agent, *found in await session.execute(_EVER_BY_AGENT)}


def _sums(found: Sequence[int | Decimal]) -> Sums:
    # PostgreSQL adds whole numbers up to a decimal.
    return Counter(dict(zip(rollups.FIGURES, map(int, found), strict=True)))


# Made once: putting a statement of so many columns together takes longer than running it.
_COLUMNS = [func.sum(getattr(Rollup, name)) for name in rollups.FIGURES]
_EVER_BY_AGENT = (
    select(Rollup.agent, *_COLUMNS).where(Rollup.day == rollups.EVER).group_by(Rollup.agent)
)


@cache
def _by_day(*, of_project: bool) -> Select[date, str, *tuple[int, ...]]:
    days = Rollup.day.between(bindparam("start"), bindparam("end")) & (Rollup.day != rollups.EVER)
    wanted = select(Rollup.day, Rollup.agent, *_COLUMNS).where(days)
    wanted = wanted.group_by(Rollup.day, Rollup.agent).order_by(Rollup.day)
    return wanted.where(Rollup.project_id == bindparam("project_id")) if of_project else wanted


async def _projection(session: AsyncSession, project_id: str | None, today: date) -> float:
    since = today - timedelta(days=DAYS_OF_A_MONTH - 1)
    wanted = select(
        func.min(Rollup.day), func.sum(Rollup.cost_micros).filter(Rollup.day >= since)
    ).where(Rollup.calls > 0, Rollup.day != rollups.EVER)
    if project_id is not None:
        wanted = wanted.where(Rollup.project_id == project_id)
    first, spent = (await session.execute(wanted)).one()
    return figures.monthly_projection(int(spent or 0), first, today)


def _over_days(sheet: Sheet) -> dict[str, Sums]:
    by_agent: defaultdict[str, Sums] = defaultdict(Counter)
    for day in sheet.values():
        for agent, sums in day.items():
            by_agent[agent].update(sums)
    return dict(by_agent)


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
