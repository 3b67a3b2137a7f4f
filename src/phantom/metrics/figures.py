"""The figures and their formulas; `docs/formulas.md` states each of them for the reader.

A sum or an average over nothing is 0; a comparison or a measurement that nothing was known for is
None. Nothing is a sample.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from phantom.agents.pricing import ListPrice
from phantom.db.models import MICROS
from phantom.ledger import rollups
from phantom.metrics.prices import at_list_price
from phantom.vocabulary import AgentType

Sums = Counter[str]
DAYS_OF_A_MONTH = 30


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Performance(_Frozen):
    """How tasks went."""

    avg_time_per_task: float
    avg_iterations: float
    avg_quality: float
    success_rate: float
    token_reduction_percent: float | None
    speed_improvement_factor: float | None
    cost_savings_percent: float | None
    tasks_ended: int

    @classmethod
    def of(cls, sums: Sums, claude: ListPrice | None) -> Self:
        """The figures of what was added up."""
        return cls.model_validate(performance(sums, claude))


class PerformanceDay(Performance):
    """How the tasks that ended on a day went."""

    date: datetime


class PerformanceReport(Performance):
    """How tasks went in a period, and on each day of it on which one ended."""

    period: str
    daily: list[PerformanceDay]


class Cost(_Frozen):
    """What was spent, in US dollars."""

    total_cost: float
    cost_by_agent: dict[str, float]
    avg_cost_per_task: float
    monthly_projection: float
    savings_vs_all_claude: float | None
    prices_as_of: date | None
    calls_of_unknown_cost: int


class CostDay(_Frozen):
    """What was spent on a day."""

    date: datetime
    total_cost: float
    cost_by_agent: dict[str, float]
    calls: int
    calls_of_unknown_cost: int
    tokens: int


class CostReport(Cost):
    """What was spent in a period, and on each of its days."""

    period: str
    daily: list[CostDay]


class Dashboard(_Frozen):
    """Everything at a glance."""

    total_projects: int
    active_tasks: int
    completed_today: int
    total_cost_today: float
    performance: Performance
    cost: Cost


class QualityDay(_Frozen):
    """The quality of what was delivered on a day."""

    date: datetime
    overall_quality: float | None
    test_coverage: float | None
    security_score: float | None


class AgentPerformance(_Frozen):
    """How an agent did with the tasks that ended with it."""

    agent: AgentType
    total_tasks: int
    success_rate: float
    avg_quality: float
    avg_cost: float
    avg_time: float


def performance(sums: Sums, claude: ListPrice | None) -> dict[str, float | None]:
    """The fields of `Performance`; `claude` is the price that they are compared with."""
    return {
        "avg_time_per_task": average(sums["run_milliseconds"] / 1000, sums["tasks_run"]),
        "avg_iterations": average(sums["run_iterations"], sums["tasks_run"]),
        "avg_quality": rollups.mean(sums, "quality") or 0.0,
        "success_rate": success_rate(sums),
        "token_reduction_percent": 100 * (1 - sums["sent_tokens"] / sums["original_tokens"])
        if sums["original_tokens"]
        else None,
        "speed_improvement_factor": sums["sequential_milliseconds"] / sums["timed_milliseconds"]
        if sums["timed_milliseconds"]
        else None,
        "cost_savings_percent": savings_percent(sums, claude),
        "tasks_ended": sums["tasks_ended"],
    }


def success_rate(sums: Sums) -> float:
    """Share of the tasks that were completed, among those that nobody cancelled."""
    return average(sums["tasks_completed"], sums["tasks_ended"] - sums["tasks_cancelled"])


def savings(sums: Sums, claude: ListPrice | None) -> float | None:
    """US dollars that the calls of known tokens and cost would have cost more at Claude's price.

    Negative where they cost more than that; None where there is no such call, or no such price.
    """
    if claude is None or not sums["priced_calls"]:
        return None
    return (at_list_price(sums, claude) - sums["priced_micros"]) / MICROS


def savings_percent(sums: Sums, claude: ListPrice | None) -> float | None:
    """The same as a share of the price at Claude's; None where that is nothing, too."""
    saved = savings(sums, claude)
    if claude is None or saved is None or not (whole := at_list_price(sums, claude)):
        return None
    return 100 * saved * MICROS / whole


def cost(by_agent: Mapping[str, Sums], projection: float, claude: ListPrice | None) -> Cost:
    """The figures of what the agents' calls cost."""
    sums = added(by_agent.values())
    return Cost(
        total_cost=dollars(sums),
        cost_by_agent=cost_by_agent(by_agent),
        avg_cost_per_task=average(sums["charged_micros"] / MICROS, sums["tasks_charged"]),
        monthly_projection=projection,
        savings_vs_all_claude=savings(sums, claude),
        prices_as_of=None if claude is None else claude.as_of,
        calls_of_unknown_cost=sums["calls_of_unknown_cost"],
    )


def cost_by_agent(by_agent: Mapping[str, Sums]) -> dict[str, float]:
    """US dollars of every agent that was called."""
    return {agent: dollars(sums) for agent, sums in sorted(by_agent.items()) if sums["calls"]}


def monthly_projection(spent_micros: int, first: date | None, today: date) -> float:
    """US dollars a month, if every day costs as much as the last 30 did on average.

    `spent_micros` is what these 30 days cost, today included; where the history is shorter than
    that, the average is over the days since `first`.
    """
    if first is None:
        return 0.0
    days = min(DAYS_OF_A_MONTH, max(1, (today - first).days + 1))
    return spent_micros / MICROS / days * DAYS_OF_A_MONTH


def agent_performance(agent: str, sums: Sums) -> AgentPerformance:
    """The figures of one agent."""
    return AgentPerformance(
        agent=AgentType(agent),
        total_tasks=sums["tasks_ended"],
        success_rate=success_rate(sums),
        avg_quality=rollups.mean(sums, "quality") or 0.0,
        avg_cost=average(sums["charged_micros"] / MICROS, sums["tasks_charged"]),
        avg_time=average(sums["run_milliseconds"] / 1000, sums["tasks_run"]),
    )


def quality_day(moment: datetime, sums: Sums) -> QualityDay:
    """The means of one day."""
    return QualityDay(
        date=moment,
        overall_quality=rollups.mean(sums, "quality"),
        test_coverage=rollups.mean(sums, "coverage"),
        security_score=rollups.mean(sums, "security"),
    )


def average(total: float, count: int) -> float:
    """Mean; 0 over nothing."""
    return total / count if count else 0.0


def dollars(sums: Sums) -> float:
    """What the calls cost, as far as it is known."""
    return sums["cost_micros"] / MICROS


def added(every: Iterable[Sums]) -> Sums:
    """All of them, added up."""
    total: Sums = Counter()
    for sums in every:
        total.update(sums)
    return total
